/**
 * A finding as it is kept: plain JSON with all that a replay needs and nothing that depends on the generator. Regression
 * files, saved findings and the command line all use this form.
 */
import { z } from 'zod';
import { hashString } from '../kernel/hash.js';
import type { Plan } from '../plan/plan.js';
import { parseBy, type Parsed } from '../plan/parse.js';
import { planSchema, unknownNodes } from '../plan/schema.js';
import { judge, type Failure, type Judgement } from '../simulation/judge.js';
import { simulate, type Run } from '../simulation/simulate.js';
import type { System } from '../simulation/system.js';
import type { Counterfactuals, PointOfNoReturn } from './counterfactuals.js';

/** A failure as it is kept in a file: the plan that fails, how it fails, and the digest of the run. */
export interface Finding {
  readonly faultline: 'finding';
  readonly version: 1;
  readonly system: string;
  readonly mutant: string | null;
  /** The seed whose plan failed first; the plan below has usually been shrunk since. */
  readonly seed: string;
  readonly signature: string;
  readonly explanation: string;
  /** Of the run of `plan`. */
  readonly digest: string;
  /** Four hexadecimal digits of the digest after each step, to tell where a replay differs; empty if not recorded. */
  readonly trail: string;
  readonly plan: Plan;
  /** What the run would be without each part of the plan, and from when on it could no longer pass, if that was asked. */
  readonly counterfactuals?: Counterfactuals | undefined;
  readonly pointOfNoReturn?: PointOfNoReturn | undefined;
}

/** The finding that a failing run makes. With `trail`, the run tells later where a replay differs. */
export function makeFinding(options: { readonly run: Run; readonly failure: Failure; readonly seed: string }): Finding {
  const { run, failure, seed } = options;
  const { signature, explanation } = failure;
  const about = { system: run.system, mutant: run.mutant ?? null, seed, signature, explanation };
  return { faultline: 'finding', version: 1, ...about, digest: run.digest, trail: stepDigests(run), plan: run.plan };
}

/** A run's trail as a finding keeps it. */
export function stepDigests({ trail }: Run): string {
  return (trail ?? []).map((value) => (value & 0xffff).toString(16).padStart(4, '0')).join('');
}

/** The first step, from 1, in which two such trails differ; undefined if they do not, or one was not recorded. */
function firstDifference(one: string, other: string): number | undefined {
  if (one === '' || other === '' || one === other) return undefined;
  for (let step = 1; ; step++) {
    const [start, end] = [4 * (step - 1), 4 * step];
    if (one.slice(start, end) !== other.slice(start, end)) return step;
  }
}

/** A file name for `finding` without an extension: the same for the same system, mutant, signature and seed. */
export function findingName({ system, mutant, seed, signature }: Finding): string {
  const what = slug(signature);
  const short = what.length <= SLUG_LENGTH_MAX ? what : withHash(what.slice(0, SLUG_LENGTH_MAX - 9), signature);
  // Any text can be a seed.
  const start = slug(seed) === seed ? seed : withHash(slug(seed), seed);
  return [system, slug(mutant ?? 'correct'), short, start].join('--');
}

const SLUG_LENGTH_MAX = 60;

const slug = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');

/** Tells texts apart that look alike once shortened. */
const withHash = (shortened: string, text: string): string =>
  `${shortened}-${(hashString(text) >>> 0).toString(16).padStart(8, '0')}`;

const withoutIt = z.enum(['does not fail', 'fails in the same way', 'fails otherwise', 'is cut short']);

const findingSchema = z.strictObject({
  faultline: z.literal('finding'),
  version: z.literal(1),
  system: z.string().min(1),
  mutant: z.string().min(1).nullable(),
  seed: z.string().min(1),
  signature: z.string().min(1),
  explanation: z.string(),
  digest: z.string().regex(/^[0-9a-f]{16}$/, 'expected 16 hexadecimal digits'),
  trail: z.string().regex(/^([0-9a-f]{4})*$/, 'expected 4 hexadecimal digits for each step'),
  plan: planSchema,
  counterfactuals: z
    .strictObject({
      operations: z.array(withoutIt),
      faults: z.array(withoutIt),
      fates: z.array(withoutIt),
      points: z.array(withoutIt),
    })
    .optional(),
  pointOfNoReturn: z
    .strictObject({ step: z.int().nonnegative(), timeMicros: z.int().nonnegative(), what: z.string() })
    .optional(),
});

/** Reads a finding from the text of a file; all problems are reported, each with its place. */
export function parseFinding(text: string): Parsed<Finding> {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { kind: 'malformed', problems: [`not JSON (cut short, perhaps): ${reason}`] };
  }
  return parseBy(findingSchema, data);
}

interface Rerun {
  readonly run: Run;
  readonly judgement: Judgement;
  /** The first step that differs from the recorded ones; undefined if none does, or if only the final states do. */
  readonly firstDifference: number | undefined;
}

/** How a replay compares with the finding: it must fail in the same way, by the same steps. */
export type Replay =
  | (Rerun & { readonly kind: 'reproduced'; readonly failure: Failure })
  /** The same failure by other steps: the model or the framework has changed since. */
  | (Rerun & { readonly kind: 'digest-changed'; readonly failure: Failure })
  /** Another failure, or none. */
  | (Rerun & { readonly kind: 'not-reproduced' })
  /** The plan does not fit the system as it is now. */
  | { readonly kind: 'misfit'; readonly reason: string };

/** Why a finding's plan cannot be run on `system` as it is now; undefined if it can. */
export function misfitOf(system: System, finding: Finding): string | undefined {
  const mutant = finding.mutant ?? undefined;
  if (mutant !== undefined && system.mutants[mutant] === undefined) {
    const known = Object.keys(system.mutants).join(', ') || 'none';
    return `system '${system.name}' has no mutant '${mutant}'; its mutants: ${known}`;
  }
  const { plan } = finding;
  const clients = Array.from({ length: plan.clients }, (_, index) => `c${index + 1}`);
  const { servers: counts } = system;
  if (plan.servers !== undefined && !(plan.servers >= (counts?.fewest ?? 1) && plan.servers <= (counts?.usual ?? 0)))
    return `system '${system.name}' does not come in ${plan.servers} servers`;
  const cluster = system.cluster(mutant, plan.servers);
  const servers = [...Object.keys(cluster.nodes), ...Object.keys(cluster.targets ?? {}).map((name) => `@${name}`)];
  const nodes = [...servers, ...clients];
  const strangers = unknownNodes(plan, { servers, clients });
  return strangers.length === 0
    ? undefined
    : `the plan names ${strangers.join(', ')}, but the nodes are ${nodes.join(', ')}`;
}

/** Runs a finding's plan again, with its trace, and compares. */
export function replay(system: System, finding: Finding): Replay {
  const reason = misfitOf(system, finding);
  if (reason !== undefined) return { kind: 'misfit', reason };
  const { plan } = finding;
  const run = simulate(system, plan, { mutant: finding.mutant ?? undefined, trace: true, trail: true });
  const judgement = judge(system, run);
  const failure = judgement.failures.find(({ signature }) => signature === finding.signature);
  const rerun = { run, judgement, firstDifference: firstDifference(finding.trail, stepDigests(run)) };
  if (failure === undefined) return { kind: 'not-reproduced', ...rerun };
  return { kind: run.digest === finding.digest ? 'reproduced' : 'digest-changed', ...rerun, failure };
}
