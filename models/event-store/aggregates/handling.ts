/** How a service makes aggregates of what it is told, and what it decides on them. Pure. */
import type { Expected, NewEvent, RecordedEvent, Through } from '../streams/events.js';
import type { Loaded } from '../streams/messages.js';
import { money } from './account.js';
import { apply, decide, nothingOf, type Aggregate, type AggregateEvent } from './aggregate.js';
import type { Result } from './messages.js';
import type { Setup } from './nodes.js';
import { isCommand, nameOf, type Request } from './operations.js';
import type { Rules } from './rules.js';
import { CURRENT, encode, upcast, upcastState, type TransferRequested } from './schema.js';

export type Verdict =
  /** There is no state to decide on. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'answer'; readonly result: Result }
  | {
      readonly kind: 'append';
      readonly expected: Expected;
      readonly events: readonly NewEvent[];
      /** The aggregate when they are appended; null if there is none. */
      readonly becomes: Aggregate | null;
    };

/** What is to be done about a request, `aggregate` being what is known of its stream. */
export function decideOn(aggregate: Aggregate | undefined, request: Request, setup: Setup): Verdict {
  if (request.kind === 'note') return unconditional('any', [noteOf(nameOf(request))]);
  if (request.kind === 'transfer') {
    const { from, to, amount } = request;
    const requested = { type: 'requested' as const, from, to, ...money(amount) };
    return unconditional('no stream', newEvents(nameOf(request), [requested], setup));
  }
  const isStep = request.kind === 'debit' || request.kind === 'credit' || request.kind === 'refund';
  if (aggregate === undefined || !(isCommand(request) || isStep)) return { kind: 'unknown' };
  const command = nameOf(request);
  const { state, version, handled } = aggregate;
  const before = handled[command];
  if (before !== undefined)
    return { kind: 'answer', result: isStep ? { version: before, state } : { version: before } };
  const decision = decide(state, request);
  if (decision.kind === 'refused') return { kind: 'answer', result: { refused: decision.reason, version } };
  const becomes = decision.events.reduce((one, event) => apply(one, event, command), aggregate);
  // Money may be put into an account that others change meanwhile: it only has to be there.
  const expected = request.kind === 'deposit' ? 'stream exists' : version;
  return { kind: 'append', expected, events: newEvents(command, decision.events, setup), becomes };
}

const newEvents = (
  command: string,
  events: readonly (AggregateEvent | TransferRequested)[],
  { writes }: Setup,
): NewEvent[] =>
  events.map((event, index) => ({ id: `${command}.${index}`, ...encode(event, writes), metadata: { command } }));

const noteOf = (command: string): NewEvent => ({
  id: `${command}.0`,
  ...{ schema: CURRENT, type: 'noted', data: {}, metadata: { command } },
});

const unconditional = (expected: Expected, events: readonly NewEvent[]): Verdict => ({
  kind: 'append',
  ...{ expected, events, becomes: null },
});

/** Whose eyes a log is read with. */
interface Reader {
  readonly rules: Rules;
  readonly setup: Setup;
}

const foldFrom = (base: Aggregate, events: readonly RecordedEvent[], { rules, setup }: Reader): Aggregate =>
  events.reduce((one, event) => apply(one, upcast(event, rules, setup.currency), event.metadata.command), base);

function baseOf(stream: string, { snapshot, from }: Loaded, { rules, setup }: Reader): Aggregate {
  if (snapshot === null) return nothingOf(stream, from);
  return { ...upcastState(snapshot, rules, setup.currency), version: snapshot.version };
}

/** How far into the past a request looks; null: not at all. */
export function throughOf(request: Request): Through | null {
  if (request.kind === 'as of') return { version: request.version };
  return request.kind === 'back at' ? { time: request.micros } : null;
}

/** The aggregate as it is now: the snapshot, or what was cached, and the tail. */
export function present(stream: string, cached: Aggregate | undefined, loaded: Loaded, reader: Reader): Aggregate {
  const base =
    cached !== undefined && loaded.snapshot === null && cached.version === loaded.from
      ? cached
      : baseOf(stream, loaded, reader);
  return foldFrom(base, loaded.events, reader);
}

/** The aggregate as it was. */
export function asOf(stream: string, loaded: Loaded, reader: Reader): Result {
  if (!loaded.available) return { unavailable: true };
  const { version, state } = foldFrom(baseOf(stream, loaded, reader), loaded.events, reader);
  return { version, state };
}
