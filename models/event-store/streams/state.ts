/** What the store holds in memory and on disk, and how the one is made from the other after a crash. */
import type { Disk, NodeId } from '../../../framework/index.js';
import { noTransactions, type Transactions } from '../transactions.js';
import { TOMBSTONE, type HeldSnapshot, type RecordedEvent } from './events.js';
import type { Append, StoreMessage } from './messages.js';

/** A scavenge under way: the log is copied, without what is hidden, into the file of the next generation. */
export interface Scavenge {
  /** How many events of the log have been looked at. */
  looked: number;
  readonly kept: RecordedEvent[];
}

export interface StoreState extends Transactions<Append, RecordedEvent> {
  /** By id of an event: the version after it. Ids outlive their events, so that a late retry is still recognised. */
  readonly ids: Record<string, number>;
  /** By stream: events below this version are hidden, and may be scavenged. */
  readonly hidden: Record<string, number>;
  /** By stream: the version after its last tombstone. */
  readonly deleted: Record<string, number>;
  readonly snapshots: Record<string, HeldSnapshot>;
  /** The time of the last event inserted. */
  lastTime: number;
  /** Which file of events is the one that counts. */
  generation: number;
  scavenge: Scavenge | null;
  /** Transactions whose record is written and not yet known to be on disk. */
  readonly written: string[];
  /** Answers that wait until everything written so far is on disk. */
  readonly owed: Record<string, { readonly to: NodeId; readonly message: StoreMessage }>;
  /** How many such answers there have been. */
  answers: number;
}

/** A line of a file of events. */
export type FileRecord =
  | { readonly kind: 'events'; readonly events: readonly RecordedEvent[] }
  | { readonly kind: 'truncation'; readonly stream: string; readonly before: number }
  /** What a scavenge leaves of what it does not copy. */
  | ({ readonly kind: 'summary' } & Summary);

type Summary = Pick<StoreState, 'versions' | 'ids' | 'hidden' | 'deleted' | 'lastCommitted' | 'lastTime'>;

export const empty = (): StoreState => ({
  ...noTransactions<Append, RecordedEvent>(),
  ids: {},
  hidden: {},
  deleted: {},
  snapshots: {},
  lastTime: 0,
  generation: 0,
  scavenge: null,
  written: [],
  owed: {},
  answers: 0,
});

export const fileOf = (generation: number): string => `events ${generation}`;
export const snapshotKey = (stream: string): string => `snapshot ${stream}`;

/** A stream that was never written to, or deleted and not written to again, does not exist. */
export const exists = ({ versions, deleted }: Pick<StoreState, 'versions' | 'deleted'>, stream: string): boolean =>
  (versions[stream] ?? 0) > (deleted[stream] ?? 0);

export const summaryOf = (state: StoreState): FileRecord => ({
  kind: 'summary',
  versions: { ...state.versions },
  ids: { ...state.ids },
  hidden: { ...state.hidden },
  deleted: { ...state.deleted },
  lastCommitted: state.lastCommitted,
  lastTime: state.lastTime,
});

/** Makes what a record says part of the state. */
export function keep(state: StoreState, record: FileRecord): void {
  switch (record.kind) {
    case 'events':
      for (const event of record.events) keepEvent(state, event);
      return;
    case 'truncation':
      state.hidden[record.stream] = Math.max(state.hidden[record.stream] ?? 0, record.before);
      return;
    case 'summary':
      Object.assign(state.versions, record.versions);
      Object.assign(state.ids, record.ids);
      Object.assign(state.hidden, record.hidden);
      Object.assign(state.deleted, record.deleted);
      state.lastCommitted = Math.max(state.lastCommitted, record.lastCommitted);
      state.lastPosition = Math.max(state.lastPosition, state.lastCommitted);
      state.lastTime = Math.max(state.lastTime, record.lastTime);
      return;
  }
}

function keepEvent(state: StoreState, event: RecordedEvent): void {
  const next = event.version + 1;
  state.log.push(event);
  state.versions[event.stream] = Math.max(state.versions[event.stream] ?? 0, next);
  state.ids[event.id] = next;
  state.lastPosition = Math.max(state.lastPosition, event.position);
  state.lastCommitted = Math.max(state.lastCommitted, event.position);
  state.lastTime = Math.max(state.lastTime, event.time);
  if (event.type !== TOMBSTONE) return;
  state.deleted[event.stream] = next;
  state.hidden[event.stream] = Math.max(state.hidden[event.stream] ?? 0, next);
}

/** The state after a crash. What had not reached the disk is rolled back; what an unfinished scavenge wrote is not read. */
export function recoverFrom(disk: Pick<Disk, 'get' | 'read'>): StoreState {
  const state = empty();
  state.generation = disk.get<number>('generation') ?? 0;
  for (const record of disk.read<FileRecord>(fileOf(state.generation))) keep(state, record);
  for (const stream of Object.keys(state.versions).sort()) {
    const snapshot = disk.get<HeldSnapshot>(snapshotKey(stream));
    if (snapshot !== undefined) state.snapshots[stream] = snapshot;
  }
  return state;
}
