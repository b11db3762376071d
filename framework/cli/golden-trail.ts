/**
 * What tells where a run with another golden digest first differs from the one that was recorded. Of every seed 12 bits of
 * the digest are kept after each 32 steps; of a few seeds 6 bits after each step, and what each step was, in words. It is a
 * file beside the digests, and only explains: what counts is the digests.
 */
import { brotliCompressSync, brotliDecompressSync } from 'node:zlib';
import { z } from 'zod';
import { avalanche, hashString } from '../kernel/hash.js';
import { formatTime } from '../kernel/time.js';
import { planGenerator } from '../plan/arbitrary.js';
import { describeMessage } from '../report/describe.js';
import { simulate, type Run } from '../simulation/simulate.js';
import type { System } from '../simulation/system.js';
import { describeEvent, isDispatch, type TraceEvent } from '../simulation/trace.js';

export const trailSchema = z.strictObject({
  faultline: z.literal('golden-trail'),
  version: z.literal(1),
  system: z.string(),
  /** A hash of the digests that it belongs to. */
  of: z.string(),
  /** By seed, two characters after each `STEPS_OF_CHECKPOINT` steps and after the last. */
  checkpoints: z.record(z.string(), z.string()),
  /** By seed, one character after each step. */
  steps: z.record(z.string(), z.string()),
  /** An `Events`, by brotli, in base64. */
  events: z.string(),
});

export type GoldenTrail = z.infer<typeof trailSchema>;

/** What steps were: by seed, the place of each step's words in the list. */
const eventsSchema = z.strictObject({ words: z.array(z.string()), seeds: z.record(z.string(), z.array(z.int())) });
type Events = z.infer<typeof eventsSchema>;

const STEPS_OF_CHECKPOINT = 32;
/** Steps are kept one by one of so many seeds: a change is seldom seen in one seed only. */
const SEEDS_IN_FULL = 2;

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const sixBits = (value: number): string => DIGITS.charAt(value & 63);
const twelveBits = (value: number): string => sixBits(value >>> 6) + sixBits(value);

/** The digest after each step, its bits mixed: by themselves the low ones hear of the high ones a step later only. */
const digestsAfter = ({ trail = [] }: Run): number[] => trail.map(avalanche);

/** Names the digests that a trail belongs to. */
export const hashOf = (digests: readonly string[]): string => (hashString(digests.join(' ')) >>> 0).toString(16);

const rerun = (system: System, seed: string): Run =>
  simulate(system, planGenerator(system)(seed), { trace: true, trail: true });

/** Runs every seed again, with its trace. */
export function recordTrail(system: System, digests: ReadonlyMap<string, string>): GoldenTrail {
  const trail: GoldenTrail = {
    faultline: 'golden-trail',
    version: 1,
    system: system.name,
    of: hashOf([...digests.values()]),
    checkpoints: {},
    steps: {},
    events: '',
  };
  const events: Events = { words: [], seeds: {} };
  const places = new Map<string, number>();
  for (const [index, seed] of [...digests.keys()].entries()) {
    const run = rerun(system, seed);
    trail.checkpoints[seed] = checkpointsOf(run);
    if (index >= SEEDS_IN_FULL) continue;
    trail.steps[seed] = digestsAfter(run).map(sixBits).join('');
    events.seeds[seed] = wordsOfSteps(run).map((words) => {
      const place = places.get(words) ?? places.size;
      if (place === places.size) places.set(words, place);
      return place;
    });
  }
  events.words.push(...places.keys());
  return { ...trail, events: brotliCompressSync(JSON.stringify(events)).toString('base64') };
}

function checkpointsOf(run: Run): string {
  const all = digestsAfter(run);
  const at = all.filter((_, index) => (index + 1) % STEPS_OF_CHECKPOINT === 0 || index === all.length - 1);
  return at.map(twelveBits).join('');
}

/** By step, from the first on. */
function wordsOfSteps({ steps, trace = [] }: Run): string[] {
  const words = Array.from({ length: steps }, () => UNTOLD);
  const isTold = new Uint8Array(steps);
  for (const event of trace) {
    const index = event.step - 1;
    if (index < 0 || isTold[index] === 1 || !MAIN.has(event.kind)) continue;
    // What ran is told before what came of it.
    isTold[index] = 1;
    words[index] = wordsOf(event);
  }
  return words;
}

const MAIN: ReadonlySet<string> = new Set([
  'deliver',
  'timer',
  'synced',
  'invoke',
  'fault-begins',
  'fault-ends',
  'phase',
]);
const UNTOLD = 'a moment for which something was planned';

/** Without the keys of timers, of which no two are the same. */
const wordsOf = (event: TraceEvent): string =>
  describeEvent(event.kind === 'timer' || event.kind === 'synced' ? { ...event, key: '' } : event);

/** In lines, where the run of `seed` leaves the one that was recorded, what it does there, and what it did. */
export function explainChange(system: System, seed: string, trail: GoldenTrail): string[] {
  const run = rerun(system, seed);
  const steps = trail.steps[seed];
  if (steps === undefined) return explainByCheckpoints(run, trail.checkpoints[seed] ?? '');
  const now = digestsAfter(run).map(sixBits).join('');
  const differing = firstDifference(steps, now, 1);
  if (differing === undefined) return [ONLY_THE_END];
  const [was, is] = [recordedWords(trail, seed), wordsOfSteps(run)];
  const index = withoutAccident(differing, was, is);
  const step = index + 1;
  const lines = [`first differs at step ${step}: now ${describeStep(run, step)}`];
  if (was !== undefined && was[index] !== is[index]) lines.push(`it was: ${was[index] ?? ENDED}`);
  else if (was !== undefined) {
    lines.push('it was the same event, with other contents or at another time');
    const other = firstDifference(was, is, 1);
    if (other !== undefined)
      lines.push(`the first other event is step ${other + 1}: ${is[other] ?? ENDED}; it was: ${was[other] ?? ENDED}`);
  }
  if (index > 0) lines.push(`before it, the same as ever: step ${index}, ${describeStep(run, index)}`);
  return lines;
}

/** One in 64 steps that differ has the same six bits; if it was another event, its words tell. */
function withoutAccident(differing: number, was: readonly string[] | undefined, is: readonly string[]): number {
  let index = differing;
  while (was !== undefined && index > 0 && was[index - 1] !== is[index - 1]) index--;
  return index;
}

const ENDED = 'the end of the run';
const ONLY_THE_END = 'every step is the same: only what nodes hold or show in the end differs';

function explainByCheckpoints(run: Run, recorded: string): string[] {
  const index = firstDifference(recorded, checkpointsOf(run), 2);
  if (index === undefined) return [ONLY_THE_END];
  const from = Math.min(index * STEPS_OF_CHECKPOINT + 1, run.steps);
  const to = Math.min(from + STEPS_OF_CHECKPOINT - 1, run.steps);
  return [`first differs between step ${from}, ${describeStep(run, from)}, and step ${to}, ${describeStep(run, to)}`];
}

/** The place, in units of `width`, at which one of the two is not as the other, or has ended. */
function firstDifference<T extends string | readonly string[]>(one: T, other: T, width: number): number | undefined {
  const length = Math.max(one.length, other.length);
  for (let at = 0; at < length; at += width)
    for (let index = at; index < at + width; index++) if (one[index] !== other[index]) return at / width;
  return undefined;
}

function recordedWords(trail: GoldenTrail, seed: string): string[] | undefined {
  const text = brotliDecompressSync(Buffer.from(trail.events, 'base64')).toString('utf8');
  const { words, seeds } = eventsSchema.parse(JSON.parse(text));
  return seeds[seed]?.map((place) => words[place] ?? UNTOLD);
}

/** `s2 receives put from s1 (put x 3; 12.250 ms; caused by step 305: s1 receives put from c1)`. */
function describeStep(run: Run, step: number): string {
  const { trace = [] } = run;
  const event = trace.find((one) => one.step === step && MAIN.has(one.kind));
  if (step > run.steps) return ENDED;
  if (event === undefined) return UNTOLD;
  const contents = event.kind === 'deliver' ? [describeMessage(event.message)] : [];
  const cause = 'cause' in event ? event.cause : 0;
  const by = trace.find((one) => one.step === cause && isDispatch(one));
  const caused = by === undefined ? [] : [`caused by step ${cause}: ${wordsOf(by)}`];
  return `${wordsOf(event)} (${[...contents, formatTime(event.time), ...caused].join('; ')})`;
}
