/** The decisions of the store on which its promises rest, one method each. */
import { isLocked, readableThrough } from '../transactions.js';
import type { Expected, HeldSnapshot, Snapshot, Through } from './events.js';
import type { Append } from './messages.js';
import { exists, type StoreState } from './state.js';

export interface StoreRules {
  /** As in the store of `../rules.ts`: no reader passes the position of an open transaction. */
  readonly visibleThrough: (store: StoreState) => number;
  /** Whether an append must wait for an open transaction on its stream (a row lock). */
  readonly mustWait: (store: StoreState, stream: string) => boolean;
  /** Whether the stream is as an append demands (the expected version of EventStoreDB, Marten, emmett). */
  readonly accepts: (store: StoreState, stream: string, expected: Expected) => boolean;
  /** The version after an append that has been made already, by the ids of its events; in every mode. */
  readonly recognises: (store: StoreState, append: Append) => number | undefined;
  /** The time of an event: the clock may go back, the times of a stream may not. */
  readonly timeOf: (now: number, lastTime: number) => number;
  /** Whether a state at `version` may be gone on from, where events below `hidden` are truncated or deleted. */
  readonly counts: (version: number, hidden: number) => boolean;
  /** Whether a snapshot lies in the past that is asked for. */
  readonly reaches: (snapshot: HeldSnapshot, through: Through) => boolean;
  /** Whether a snapshot takes the place of the one held. They may arrive late, and twice. */
  readonly replaces: (held: HeldSnapshot, given: Snapshot) => boolean;
  /** When the file that a scavenge writes becomes the one that counts. */
  readonly scavengeCounts: 'once it is whole' | 'from its beginning';
  /** Whether transactions that are written to the old file, and not acknowledged yet, are carried over to the new one. */
  readonly carriesOver: boolean;
}

export const storeRules: StoreRules = {
  visibleThrough: readableThrough,
  mustWait: isLocked,
  accepts(store, stream, expected) {
    if (expected === 'any') return true;
    if (expected === 'no stream') return !exists(store, stream);
    if (expected === 'stream exists') return exists(store, stream);
    return expected === (store.versions[stream] ?? 0);
  },
  // All of an append's events are kept or none, so its last one speaks for all.
  recognises: ({ ids }, { events }) => ids[events.at(-1)?.id ?? ''],
  timeOf: (now, lastTime) => Math.max(now, lastTime),
  counts: (version, hidden) => version >= hidden,
  reaches: (snapshot, through) =>
    'version' in through ? snapshot.version <= through.version : snapshot.time <= through.time,
  replaces: (held, given) => given.version > held.version,
  scavengeCounts: 'once it is whole',
  carriesOver: true,
};
