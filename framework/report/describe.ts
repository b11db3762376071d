/** Operations, messages, faults and plans in words: one line each, the same wherever they are printed. */
import type { Fault } from '../faults/fault.js';
import type { AnyOperation } from '../history/entry.js';
import { describeOperation } from '../history/vocabulary.js';
import type { Plan } from '../plan/plan.js';
import type { AnyMessage } from '../world/protocol.js';
import type { Fate } from '../world/network.js';

/** `12_345` µs as `12.345`: milliseconds, right-aligned in 9 columns. */
export const millis = (micros: number): string => (micros / 1_000).toFixed(3).padStart(9);

const plainMillis = (micros: number): string => `${(micros / 1_000).toFixed(3).replace(/\.?0+$/, '')} ms`;

/** Plain data, short: strings bare, the rest as JSON, cut at `max` characters. */
export function describeValue(value: unknown, max = 48): string {
  const text = typeof value === 'string' ? value : value === undefined ? '–' : JSON.stringify(value);
  return text.length <= max ? text : `${text.slice(0, max - 1)}…`;
}

function describeFields(data: object, max: number): string {
  const fields = Object.entries(data)
    .filter(([field]) => field !== 'kind')
    .map(([field, value]: [string, unknown]) =>
      typeof value === 'string' ? value : `${field}=${describeValue(value, 44).replaceAll('"', '')}`,
    );
  const text = fields.join(' ');
  return text.length <= max ? text : `${text.slice(0, max - 1)}…`;
}

/** `put x 1`, cut at 60 characters. */
export function operationWords(operation: AnyOperation): string {
  const text = describeOperation(operation);
  return text.length <= 60 ? text : `${text.slice(0, 59)}…`;
}

export const describeMessage = (message: AnyMessage): string => `${message.kind} ${describeFields(message, 88)}`.trim();

const lasting = (forMicros: number | null): string =>
  forMicros === null ? 'until healing' : `for ${plainMillis(forMicros)}`;

/** `s1 crashes for 20 ms, keeping 50 % of its unsynced writes`. */
export function describeFault(fault: Fault): string {
  switch (fault.kind) {
    case 'crash': {
      const kept =
        fault.unsyncedKeptPercent === 0 ? '' : `, keeping ${fault.unsyncedKeptPercent} % of its unsynced writes`;
      return `${fault.node} crashes ${fault.forMicros === null ? 'and stays down until healing' : `and restarts after ${plainMillis(fault.forMicros)}`}${kept}`;
    }
    case 'pause':
      return `${fault.node} is paused ${lasting(fault.forMicros)}`;
    case 'partition': {
      const arrow = fault.direction === 'both' ? '✂' : 'cannot reach';
      return `partition ${fault.from.join(' ')} ${arrow} ${fault.to.join(' ')} ${lasting(fault.forMicros)}`;
    }
    case 'clock': {
      const drift = `${fault.driftPerMillion >= 0 ? '+' : ''}${fault.driftPerMillion} ppm`;
      return `the clock of ${fault.node} jumps ${plainMillis(fault.offsetMicros)} ahead and drifts by ${drift}`;
    }
  }
}

/** `the 3rd message from s1 to s2 is dropped`. */
export function describeFate({ from, to, nth, delaysMicros }: Fate): string {
  const message = `message ${nth + 1} from ${from} to ${to}`;
  const [first, ...more] = delaysMicros;
  if (first === undefined) return `${message} is dropped`;
  if (more.length === 0) return `${message} takes ${plainMillis(first)}`;
  return `${message} arrives ${delaysMicros.length} times, after ${delaysMicros.map(plainMillis).join(' and ')}`;
}

/** A plan, one line for each operation, fault and decided fate, in order of time; then what the network does. */
export function describePlan(plan: Plan): string[] {
  const timed = [
    ...plan.operations.map(({ at, client, operation }) => ({
      at,
      text: `c${client + 1} ${operationWords(operation)}`,
    })),
    ...plan.faults.map((fault) => ({ at: fault.at, text: `⚡ ${describeFault(fault)}` })),
  ];
  const lines = timed.sort((one, other) => one.at - other.at).map(({ at, text }) => `${millis(at)} ms  ${text}`);
  lines.push(...plan.fates.map((fate) => `${' '.repeat(14)}${describeFate(fate)}`));
  const { delay, dropPerMillion, duplicatePerMillion } = plan.network;
  const delays =
    delay.minMicros === delay.maxMicros
      ? `${plan.fates.length > 0 ? 'every other' : 'every'} message takes ${plainMillis(delay.minMicros)}`
      : `messages take ${plainMillis(delay.minMicros)} to ${plainMillis(delay.maxMicros)} (${delay.kind}, by the seed)`;
  const rates = [
    dropPerMillion > 0 ? `${dropPerMillion / 10_000} % are dropped` : '',
    duplicatePerMillion > 0 ? `${duplicatePerMillion / 10_000} % duplicated` : '',
  ].filter((text) => text !== '');
  lines.push(`${millis(plan.healAt)} ms  everything heals; ${[delays, ...rates].join(', ')}`);
  return lines;
}
