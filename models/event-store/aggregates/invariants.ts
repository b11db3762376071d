/**
 * What must hold after every step. Each check remembers what the store has committed, and looks at what is new: most steps
 * change nothing of it.
 */
import { equal, stateInvariant, type NodeId, type Role } from '../../../framework/index.js';
import type { RecordedEvent } from '../streams/events.js';
import type { StoreMessage } from '../streams/messages.js';
import type { StoreState } from '../streams/state.js';
import type { Message } from './messages.js';
import { STORE } from './nodes.js';
import { BLANK, booksOf, centsIn, enter, type Books } from './oracle.js';
import { sameState } from './same-state.js';
import type { ServiceState } from './work.js';

type Stores = ReadonlyMap<NodeId, StoreState>;

/** The store after a step of its own: events committed since, and whether the log was replaced, by a scavenge or a crash. */
interface Sight {
  readonly store: StoreState;
  readonly fresh: readonly RecordedEvent[];
  readonly replaced: boolean;
}

function watch(check: (sight: Sight) => string | undefined): (stores: Stores, changed: NodeId) => string | undefined {
  let log: readonly RecordedEvent[] = [];
  let length = 0;
  return (stores, changed) => {
    const store = changed === STORE ? stores.get(STORE) : undefined;
    if (store === undefined) return undefined;
    const replaced = store.log !== log;
    const fresh = replaced ? store.log : store.log.slice(length);
    log = store.log;
    length = log.length;
    return check({ store, fresh, replaced });
  };
}

/** Calls `judge` for each event the first time that it is seen. */
function each(judge: (event: RecordedEvent) => string | undefined) {
  const next = new Map<string, number>();
  return watch(({ fresh }) => {
    for (const event of fresh) {
      if (event.version < (next.get(event.stream) ?? 0)) continue;
      next.set(event.stream, event.version + 1);
      const breach = judge(event);
      if (breach !== undefined) return breach;
    }
    return undefined;
  });
}

const where = ({ version, stream, type }: RecordedEvent): string => `event ${version} of ${stream} (${type})`;

function gapless() {
  const at = new Map<string, readonly [stream: string, version: number]>();
  const next = new Map<string, number>();
  return watch(({ fresh }) => {
    for (const event of fresh) {
      const { stream, version, id } = event;
      const known = at.get(id);
      if (known !== undefined && (known[0] !== stream || known[1] !== version))
        return `${where(event)} is stored twice: it is event ${known[1]} too`;
      if (known !== undefined) continue;
      const expected = next.get(stream) ?? 0;
      if (version !== expected) return `${where(event)} was committed when version ${expected} was next`;
      at.set(id, [stream, version]);
      next.set(stream, version + 1);
    }
    return undefined;
  });
}

function nothingLost() {
  const committed = new Map<string, number>();
  return watch(({ store, fresh, replaced }) => {
    for (const { stream, version } of fresh) committed.set(stream, Math.max(committed.get(stream) ?? 0, version + 1));
    if (!replaced) return undefined;
    const left = new Map<string, number>();
    for (const { stream, version } of store.log)
      if (version >= (store.hidden[stream] ?? 0)) left.set(stream, (left.get(stream) ?? 0) + 1);
    for (const [stream, count] of committed) {
      const expected = Math.max(0, count - (store.hidden[stream] ?? 0));
      if ((left.get(stream) ?? 0) !== expected)
        return (
          `${stream} had ${count} events, of which those below ${store.hidden[stream] ?? 0} are truncated; ` +
          `${left.get(stream) ?? 0} of the others are left, not ${expected}`
        );
    }
    return undefined;
  });
}

function timesRise() {
  const last = new Map<string, RecordedEvent>();
  return each((event) => {
    const before = last.get(event.stream);
    last.set(event.stream, event);
    if (before === undefined || before.time <= event.time) return undefined;
    return `${where(event)} is of ${event.time} µs, and the event before it of ${before.time} µs`;
  });
}

/** Full replay, kept by version, beside snapshot and tail. */
function snapshotsStand() {
  const books = new Map<string, Books[]>();
  const judged = new Map<string, string>();
  return watch(({ store, fresh }) => {
    for (const event of fresh) {
      const versions = books.get(event.stream) ?? [BLANK];
      books.set(event.stream, versions);
      if (versions.length === event.version + 1) versions.push(enter(versions[event.version] ?? BLANK, event));
    }
    for (const stream of Object.keys(store.snapshots).sort()) {
      const snapshot = store.snapshots[stream];
      if (snapshot === undefined || judged.get(stream) === `${snapshot.version} ${snapshot.schema}`) continue;
      judged.set(stream, `${snapshot.version} ${snapshot.schema}`);
      const replayed = (books.get(stream) ?? [BLANK])[snapshot.version];
      if (replayed === undefined)
        return `a snapshot of ${stream} stands for ${snapshot.version} events, but there were never so many`;
      if (!equal(booksOf(snapshot), replayed))
        return (
          `the snapshot of ${stream} at version ${snapshot.version} shows ${JSON.stringify(booksOf(snapshot))}, ` +
          `full replay ${JSON.stringify(replayed)}`
        );
    }
    return missingSnapshot(store);
  });
}

function missingSnapshot({ hidden, deleted, snapshots }: StoreState): string | undefined {
  for (const stream of Object.keys(hidden).sort()) {
    const before = hidden[stream] ?? 0;
    if (before > (deleted[stream] ?? 0) && (snapshots[stream]?.version ?? 0) < before)
      return `${stream} is truncated before version ${before}, and no snapshot stands for what is gone`;
  }
  return undefined;
}

/** Each transfer takes what was asked for from one account, once, and puts as much into another, or back, once. */
function moneyConserved() {
  const asked = new Map<string, number>();
  const out = new Map<string, number>();
  const back = new Map<string, number>();
  return each((event) => {
    const { type, data, metadata } = event;
    const transfer = String(data['transfer']);
    const cents = centsIn(event);
    if (type === 'requested') asked.set(metadata.command, cents);
    if (type === 'debited') {
      if (out.has(transfer)) return `${where(event)}: money was taken twice for transfer ${transfer}`;
      if (asked.get(transfer) !== cents)
        return `${where(event)}: ${cents} cents were taken for transfer ${transfer}, ${asked.get(transfer) ?? 0} asked for`;
      out.set(transfer, cents);
    }
    if (type === 'credited' || type === 'refunded') {
      const taken = out.get(transfer);
      if (back.has(transfer)) return `${where(event)}: money of transfer ${transfer} was given twice`;
      if (taken !== cents)
        return `${where(event)}: ${cents} cents of transfer ${transfer} were given, ${taken ?? 0} taken`;
      back.set(transfer, cents);
    }
    return undefined;
  });
}

export const INVARIANTS = {
  gapless: 'versions are gapless, and no append is doubled',
  nothingLost: 'nothing above the truncation point is lost',
  timesRise: 'the times of a stream never fall',
  snapshotsStand: 'snapshot and tail are the full replay',
  moneyConserved: 'money is conserved',
  sameState: 'the state at a version is the same however it is reached',
} as const;

export const aggregateInvariants = (store: Role<StoreState, StoreMessage>, service: Role<ServiceState, Message>) => [
  stateInvariant(store, INVARIANTS.gapless, gapless),
  stateInvariant(store, INVARIANTS.nothingLost, nothingLost),
  stateInvariant(store, INVARIANTS.timesRise, timesRise),
  stateInvariant(store, INVARIANTS.snapshotsStand, snapshotsStand),
  stateInvariant(store, INVARIANTS.moneyConserved, moneyConserved),
  stateInvariant(service, INVARIANTS.sameState, sameState),
];
