/**
 * What a stream costs as it grows: bytes stored, and events and bytes read to have its state again, with snapshots and
 * without, and when what a snapshot stands for is truncated and scavenged. Counted, not timed: a fold takes as long as it has
 * events.
 */
import { simulate, type AnyMessage, type AnyOperation } from '../../framework/index.js';
import { aggregatesLaboratory, loadOf } from '../../models/event-store/index.js';
import type { Claim } from './claim.js';
import { experiment, planOf, type AskedOperation } from './laboratory.js';

const EVENTS = [15, 155, 1_555];
/** A snapshot every so many events: never, now and then, often. */
const EVERY = [Infinity, 100, 10];
const HOP_MICROS = 500;
const ACCOUNT = 'alice';
/** Everything has been appended by then, and scavenged. */
const LATER_MICROS = 60_000_000;

interface Cost {
  readonly storedBytes: number;
  readonly eventsRead: number;
  readonly bytesRead: number;
}

type StoreMessage = Parameters<typeof loadOf>[0];

const asked = (operation: AnyOperation & Readonly<Record<string, unknown>>, at = 0): AskedOperation => ({
  operation,
  at,
});

/** Opens an account and puts money in until its stream has so many events; then asks how it is, from what is stored alone. */
function costOf({ events, every, truncated }: { events: number; every: number; truncated: boolean }): Cost {
  const asks = [
    asked({ kind: 'open', account: ACCOUNT, n: 1 }),
    ...Array.from({ length: events - 1 }, (_, index) =>
      asked({ kind: 'deposit', account: ACCOUNT, amount: 1, n: index + 2 }),
    ),
    ...(truncated ? [asked({ kind: 'truncate', account: ACCOUNT })] : []),
    asked({ kind: 'as of', account: ACCOUNT, version: events }, LATER_MICROS),
  ];
  let last = { events: NaN, bytes: NaN };
  const nothing = (): void => undefined;
  const observer = {
    ...{ sent: nothing, lost: nothing, patched: nothing },
    stepping({ kind, message }: { readonly kind: string; readonly message: AnyMessage | undefined }): void {
      if (kind === 'deliver' && message !== undefined) last = loadOf(message as StoreMessage) ?? last;
    },
  };
  const plan = planOf({ seed: 'event sourcing', hopMicros: HOP_MICROS, asks: [asks], healAt: LATER_MICROS });
  const { outcome, history, inspectionsFrom } = simulate(experiment(aggregatesLaboratory(every)), plan, { observer });
  if (outcome.kind !== 'completed') throw new Error(outcome.reason);
  const stored = history.slice(inspectionsFrom).find(({ type }) => type === 'ok');
  const storedBytes = stored?.type === 'ok' ? Number(stored.result) : NaN;
  return { storedBytes, eventsRead: last.events, bytesRead: last.bytes };
}

/** Without snapshots all events are read; with one every k, fewer than k; after a truncation none. */
const isAsSaid = ({ eventsRead }: Cost, events: number, every: number, truncated: boolean): boolean =>
  truncated ? eventsRead === 0 : eventsRead === (Number.isFinite(every) ? events % every : events);

export function eventSourcing(): Claim {
  let holds = true;
  const settings = [...EVERY.map((every) => ({ every, truncated: false })), { every: 10, truncated: true }];
  const rows = settings.flatMap(({ every, truncated }) =>
    EVENTS.map((events) => {
      const cost = costOf({ events, every, truncated });
      holds &&= isAsSaid(cost, events, every, truncated);
      const snapshots = Number.isFinite(every) ? `every ${every}` : 'never';
      return [
        truncated ? `${snapshots}, truncated` : snapshots,
        events,
        cost.storedBytes,
        cost.eventsRead,
        cost.bytesRead,
      ];
    }),
  );
  return {
    title: 'Storage and replay of a stream as it grows',
    text:
      'A stream of so many events, bytes that the store holds of it (events and snapshot, as JSON), and what is read to ' +
      'have its state again with an empty cache. Without snapshots all events must be read, with one every k the rest of ' +
      'the division by k, after a truncation none. A snapshot also holds the last commands, to know them again: from 64 ' +
      'to 127 of them, if there were so many.',
    headings: ['snapshots', 'events', 'bytes stored', 'events read', 'bytes read'],
    rows,
    holds,
    conclusion:
      'Storage grows with the events, unless the stream is truncated; what is read does not, if there are snapshots.',
  };
}
