/** Operations, messages, faults and plans in words: one line each, the same wherever they are printed. */
import { describeFault } from '../faults/fault.js';
import { millis as plainMillis } from '../faults/fault-type.js';
import type { Counterfactuals, WithoutIt } from '../explore/counterfactuals.js';
import type { AnyOperation } from '../history/entry.js';
import type { RecordedOperation } from '../history/operations.js';
import { describeOperation, isListOfOperations, isOperation, printAnswer } from '../history/vocabulary.js';
import type { Plan } from '../plan/plan.js';
import type { Completion } from '../world/context.js';
import type { AnyMessage } from '../world/protocol.js';
import type { FaultPoint } from '../world/fault-points.js';
import type { Fate } from '../world/network.js';

/** `12_345` µs as `12.345`: milliseconds, right-aligned in 9 columns. */
export const millis = (micros: number): string => (micros / 1_000).toFixed(3).padStart(9);

/** `1234567` as `1,234,567`, whatever the locale. */
export const grouped = (count: number): string => String(count).replaceAll(/\B(?=(\d{3})+$)/g, ',');

/** `text`, or its beginning and … where it is longer than `max` characters. */
export const cut = (text: string, max: number): string => (text.length <= max ? text : `${text.slice(0, max - 1)}…`);

/** Breaks `text` between words so that no line is longer than `columns`; lines after the first begin `indent` further in. */
export function wrap(text: string, { columns, indent }: { readonly columns: number; readonly indent: number }): string {
  const lines: string[] = [];
  for (const paragraph of text.split('\n')) {
    let line = '';
    for (const word of paragraph.split(' ')) {
      if (line !== '' && line.length + 1 + word.length > columns) {
        lines.push(line);
        line = word;
      } else {
        line = line === '' ? word : `${line} ${word}`;
      }
    }
    lines.push(line);
  }
  return lines.join(`\n${' '.repeat(indent)}`);
}

/** Plain data, short: strings bare, null as nil, the rest as JSON, cut at `max` characters. */
export function describeValue(value: unknown, max = 48): string {
  if (value === null) return 'nil';
  return cut(typeof value === 'string' ? value : value === undefined ? '–' : JSON.stringify(value), max);
}

/** A field of a message: operations in their own words, strings bare, the rest with its name. */
function describeField(name: string, value: unknown): string {
  if (typeof value === 'string') return value;
  if (isOperation(value)) return cut(compact(value), 60);
  if (isListOfOperations(value)) return `${name}=${value.map((one) => cut(compact(one), 60)).join(' ')}`;
  return `${name}=${cut(compact(value), 44)}`;
}

/** Plain data without quotes, operations within it in their own words and first of their object: they tell most. */
function compact(value: unknown): string {
  if (typeof value !== 'object' || value === null) return describeValue(value, Infinity);
  if (Array.isArray(value)) return `[${value.map(compact).join(',')}]`;
  if (isOperation(value)) {
    const words = describeOperation(value);
    if (!words.includes('{')) return `(${words})`;
    const { kind, ...fields } = value;
    return `(${[kind, ...Object.values(fields).map(compact)].join(' ')})`;
  }
  const fields = Object.entries(value).filter(([, one]) => one !== undefined);
  const ordered = [...fields.filter(([, one]) => isOperation(one)), ...fields.filter(([, one]) => !isOperation(one))];
  return `{${ordered.map(([name, one]) => `${name}:${compact(one)}`).join(',')}}`;
}

function describeFields(data: object, max: number): string {
  const fields = Object.entries(data)
    .filter(([field]) => field !== 'kind')
    .map(([field, value]: [string, unknown]) => describeField(field, value));
  return cut(shortNumbers(fields.join(' ')), max);
}

/** `round=…1824` for `round=271375721824`: numbers that only tell one thing from another are short where they are shown. */
export const shortNumbers = (words: string): string => words.replaceAll(/\d{9,}/g, (digits) => `…${digits.slice(-4)}`);

/** `put x 1`, cut at 60 characters. */
export const operationWords = (operation: AnyOperation): string => cut(describeOperation(operation), 60);

/** What a client was told of `operation`: `ok`, `ok: nil`, `failed: no quorum`, `outcome unknown: no reply`. */
export function completionWords(completion: Completion, operation: AnyOperation | undefined): string {
  switch (completion.type) {
    case 'ok':
      return `ok${operation === undefined ? '' : printAnswer(operation, completion.result)}`;
    case 'fail':
      return `failed: ${completion.reason}`;
    case 'info':
      return `outcome unknown: ${completion.reason}`;
  }
}

/** An operation of a history with its outcome: `get x: nil`, `put x 1 (outcome unknown: no reply)`. */
export function answeredWords({ operation, outcome }: Pick<RecordedOperation, 'operation' | 'outcome'>): string {
  const asked = describeOperation(operation);
  switch (outcome.kind) {
    case 'ok':
      return `${asked}${printAnswer(operation, outcome.result)}`;
    case 'fail':
    case 'info':
      return `${asked} (${completionWords({ type: outcome.kind, reason: outcome.reason }, operation)})`;
    case 'open':
      return `${asked} (never answered)`;
  }
}

export const describeMessage = (message: AnyMessage): string => `${message.kind} ${describeFields(message, 88)}`.trim();

/** `timer again r0.1`, `disk sync done: persisted`: what a node was woken by that is no message. */
export const timerWords = ({
  kind,
  timer,
  key,
}: {
  readonly kind: 'timer' | 'synced';
  readonly timer: string;
  readonly key: string;
}): string => shortNumbers(`${kind === 'timer' ? 'timer' : 'disk sync done:'} ${timer} ${key}`.trim());

/** What a plan that decides the fate of a message calls it, on its link. */
export const messageName = ({ nth }: { readonly nth: number }): string => `message ${nth + 1}`;

/** `the 3rd message from s1 to s2 is dropped`. */
export function describeFate({ from, to, nth, delaysMicros }: Fate): string {
  const message = `${messageName({ nth })} from ${from} to ${to}`;
  const [first, ...more] = delaysMicros;
  if (first === undefined) return `${message} is dropped`;
  if (more.length === 0) return `${message} takes ${plainMillis(first)}`;
  return `${message} arrives ${delaysMicros.length} times, after ${delaysMicros.map(plainMillis).join(' and ')}`;
}

/** `fault point 'short-batch' fires at s1, the 3rd time`. */
export const describePoint = (point: FaultPoint): string =>
  'nth' in point
    ? `fault point '${point.point}' fires the time ${point.nth + 1} that ${point.node} comes to it`
    : `fault point '${point.point}' fires ${point.perMillion / 10_000} % of the times`;

/**
 * A plan, one line for each operation, fault and decided fate, in order of time; then what the network does. Where it is
 * known that the run fails even without one of them, its line says so.
 */
export function describePlan(plan: Plan, without?: Counterfactuals): string[] {
  const otherwise = (outcome: WithoutIt = 'does not fail') =>
    outcome === 'does not fail' ? '' : ` (without it, the run ${outcome})`;
  const timed = [
    ...plan.operations.map(({ at, client, operation }, index) => ({
      at,
      text: `c${client + 1} ${operationWords(operation)}${otherwise(without?.operations[index])}`,
    })),
    ...plan.faults.map((fault, index) => ({
      at: fault.at,
      text: `⚡ ${describeFault(fault)}${otherwise(without?.faults[index])}`,
    })),
    { at: plan.healAt, text: 'everything heals' },
  ];
  const untimed = [
    ...plan.fates.map((fate, index) => `${describeFate(fate)}${otherwise(without?.fates[index])}`),
    ...(plan.points ?? []).map((point, index) => `${describePoint(point)}${otherwise(without?.points[index])}`),
    describeNetwork(plan),
    ...(plan.servers === undefined ? [] : [`${plan.servers} servers are enough`]),
  ];
  return [
    ...timed.sort((one, other) => one.at - other.at).map(({ at, text }) => `${millis(at)} ms  ${text}`),
    ...untimed.map((text) => `${' '.repeat(14)}${text}`),
  ];
}

/** How long messages take, and how many are lost or doubled: a line. */
export function describeNetwork({ network, fates }: Pick<Plan, 'network' | 'fates'>): string {
  const { delay, dropPerMillion, duplicatePerMillion, changePoints } = network;
  const delays =
    delay.minMicros === delay.maxMicros
      ? `${fates.length > 0 ? 'every other' : 'every'} message takes ${plainMillis(delay.minMicros)}`
      : `messages take ${plainMillis(delay.minMicros)} to ${plainMillis(delay.maxMicros)} (${changePoints === undefined ? delay.kind : 'the same on each link'}, by the seed)`;
  const rates = [
    dropPerMillion > 0 ? `${dropPerMillion / 10_000} % are dropped` : '',
    duplicatePerMillion > 0 ? `${duplicatePerMillion / 10_000} % duplicated` : '',
  ].filter((text) => text !== '');
  const changes =
    changePoints === undefined || changePoints.length === 0
      ? []
      : [`the links of messages ${changePoints.map((nth) => nth + 1).join(', ')} are the slowest from these on`];
  return [delays, ...changes, ...rates].join(', ');
}

/** `run 6 (seed 5)`: runs count from 1, seeds from wherever the campaign began. */
export const describeFound = ({ seed, afterSeeds }: { readonly seed: string; readonly afterSeeds: number }): string =>
  `run ${afterSeeds} (seed ${seed})`;
