/** What the properties of both systems judge: what the store has in the end, and what those hold who follow it. */
import type { CheckResult, Observed, Property, Seen } from '../../../framework/index.js';
import { isCommand, type BankOperation, type RecordedEvent } from '../messages.js';
import { STORE } from '../nodes.js';
import type { Delivery } from './messages.js';

/** An effect on a consumer's disk. */
export interface Effect {
  readonly id: string;
  readonly position: number;
  readonly stream: string;
  /** How it came. */
  readonly connection: string;
  readonly retries: number;
  readonly replayed: boolean;
}

/** What a node holds in the end. */
export type Holding =
  | { readonly kind: 'log'; readonly events: readonly RecordedEvent[] }
  | {
      readonly kind: 'projection';
      readonly position: number;
      readonly view: Readonly<Record<string, number>>;
      readonly seen: Seen;
    }
  /** `again`: events that came once more since the consumer last started, and left no second effect. */
  | { readonly kind: 'sink'; readonly effects: readonly Effect[]; readonly again: number }
  | {
      readonly kind: 'subscription';
      readonly checkpoint: number;
      readonly parked: readonly Pick<Delivery, 'event'>[];
      readonly seen: Seen;
    };

export type Evidence = Observed<BankOperation, Holding>;
export type SubscriptionProperty = Property<BankOperation, Holding>;

export const inspectLog = ({ log }: { readonly log: readonly RecordedEvent[] }): Holding => ({
  kind: 'log',
  events: log,
});

export const unknown = (reason: string, seen: Seen = {}): CheckResult => ({ verdict: 'unknown', reason, seen });

export const invalid = (rule: string, explanation: string, seen: Seen): CheckResult => ({
  verdict: 'invalid',
  violation: { rule, explanation, operations: [] },
  seen,
});

/** What `nodes` hold, if all of them were there to be asked; and the store's log, by position. */
export function holdings<K extends Holding['kind']>(
  { replicas }: Evidence,
  kind: K,
  nodes: readonly string[],
): readonly { readonly node: string; readonly holding: Extract<Holding, { readonly kind: K }> }[] | undefined {
  const found = nodes.flatMap((node) => {
    const holding = replicas.get(node);
    return holding?.kind === kind ? [{ node, holding: holding as Extract<Holding, { readonly kind: K }> }] : [];
  });
  return found.length === nodes.length ? found : undefined;
}

export const logOf = (run: Evidence): readonly RecordedEvent[] | undefined =>
  holdings(run, 'log', [STORE])?.[0]?.holding.events.toSorted((one, other) => one.position - other.position);

/** How many events were appended while there were faults: those of probes prove little. */
export function eventsBeforeProbes({ history, probesFrom }: Evidence, log: readonly RecordedEvent[]): number {
  const before = new Set<number>();
  for (const entry of history.slice(0, probesFrom))
    if (entry.type === 'invoke' && isCommand(entry.operation)) before.add(entry.operation.n);
  return log.filter(({ command }) => before.has(command)).length;
}

/** The verdict on a run in which nothing was found: it proves nothing if nothing was appended under faults. */
export const provenBy = (run: Evidence, log: readonly RecordedEvent[], seen: Seen): CheckResult =>
  eventsBeforeProbes(run, log) > 0
    ? { verdict: 'valid', seen }
    : unknown('nothing was appended before the probes', seen);
