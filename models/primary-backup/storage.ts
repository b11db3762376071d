/**
 * The disk of a replica: a log, and a checkpoint of the state that the log's first records have made (store.ts). With each
 * checkpoint the rest of the log moves to a new file, and the checkpoint, one record, says which file that is: thus index
 * and data can never differ, and the old file is emptied only when the checkpoint is durable.
 */
import { DiskError } from '../../framework/index.js';
import type { LogRecord, Store } from './messages.js';
import type { ReplicaContext, ReplicaState, Setting } from './replica-state.js';
import type { Rules } from './rules.js';
import { applyTo, EMPTY_STORE, recordsOf } from './store.js';

/** A record on disk: by its index, a log shows that nothing is missing. */
interface Stored extends LogRecord {
  readonly index: number;
}

interface Checkpoint {
  readonly store: Store;
  /** How many checkpoints there have been: the log that goes with it is in the file of this number. */
  readonly generation: number;
  /** How many of them came from a primary. */
  readonly installs: number;
}

/** Two files, in turn. */
const fileOf = (generation: number): string => `log-${generation % 2}`;

/** The checkpoint, and the log from there up to the first gap: a sync that failed has lost what it covered. */
export function readStorage({ disk }: ReplicaContext): Checkpoint & { readonly log: readonly LogRecord[] } {
  const checkpoint = disk.get<Checkpoint>('checkpoint') ?? { store: EMPTY_STORE, generation: 0, installs: 0 };
  const file = fileOf(checkpoint.generation);
  const stored = disk.read<Stored>(file);
  const gap = stored.findIndex(({ index }, place) => index !== checkpoint.store.applied + place);
  const whole = gap < 0 ? stored : stored.slice(0, gap);
  if (whole.length < stored.length) disk.truncate(file, whole.length);
  return { ...checkpoint, log: whole.map(({ id, key, value, term }) => ({ id, key, value, term })) };
}

/** The length of the whole log, with what is applied. */
export const lengthOf = ({ store, log }: Pick<ReplicaState, 'store' | 'log'>): number => store.applied + log.length;

/** Appends `record` to the log, and has it written. */
export function appendRecord(state: ReplicaState, record: LogRecord, { rules }: Setting, ctx: ReplicaContext): void {
  const index = lengthOf(state);
  state.log.push(record);
  try {
    ctx.disk.append(fileOf(state.generation), { ...record, index } satisfies Stored);
  } catch (error) {
    if (!(error instanceof DiskError && rules.goesOnAfter('write'))) throw error;
  }
}

/** Begins to make the log, as it is, durable. */
export function syncLog(state: ReplicaState, ctx: ReplicaContext): void {
  ctx.disk.sync('logged', `${state.cuts}/${lengthOf(state)}`);
}

/** A sync is over: records that are still in the log are durable now. */
export function noteSynced(state: ReplicaState, key: string): void {
  const [cuts, length] = key.split('/').map(Number);
  if (cuts === state.cuts && length !== undefined) state.durable = Math.max(state.durable, length);
}

/**
 * The rewind (PostgreSQL: pg_rewind; MongoDB: rollback): records that are not the primary's are cut off and kept aside.
 * They are kept before they are cut, so that a crash in between leaves them in one place at least. What is applied can
 * not be undone: if a primary does not have even that, this replica begins from nothing.
 */
export function rewind(state: ReplicaState, wanted: number, ctx: ReplicaContext): void {
  const { store } = state;
  const kept = wanted < store.applied ? 0 : wanted;
  const cutOff = [...(kept < store.applied ? recordsOf(store) : []), ...state.log.slice(kept - store.applied)];
  if (cutOff.length === 0) return;
  for (const record of cutOff) {
    state.rewound.push(record);
    ctx.disk.append('rewound', record);
  }
  if (kept < store.applied) {
    const { generation, installs } = state;
    state.store = EMPTY_STORE;
    ctx.disk.set('checkpoint', { store: EMPTY_STORE, generation, installs } satisfies Checkpoint);
  }
  state.log.length = kept - state.store.applied;
  state.durable = Math.min(state.durable, kept);
  state.stable = Math.min(state.stable, kept);
  // An asynchronous primary committed on its own what now turns out to be its alone. Synchronously this changes nothing.
  state.committed = Math.min(state.committed, kept);
  state.cuts++;
  ctx.disk.truncate(fileOf(state.generation), state.log.length);
}

/** Applies what can not be taken back any more, if that is worth the trouble, and drops it from the log. */
export function takeCheckpoint(state: ReplicaState, { configuration, rules }: Setting, ctx: ReplicaContext): void {
  const { store } = state;
  const count = Math.min(state.stable, state.durable) - store.applied;
  if (state.checkpointing || count < configuration.checkpointRecords) return;
  const after = applyTo(store, state.log.slice(0, count));
  beginCheckpoint(state, { store: after, log: state.log.slice(count) }, rules, ctx);
}

/** A primary's checkpoint in place of records that it has no more. It has all that is here: this replica has joined it. */
export function installCheckpoint(state: ReplicaState, store: Store, { rules }: Setting, ctx: ReplicaContext): void {
  if (state.checkpointing || lengthOf(state) >= store.applied) return;
  state.installs++;
  beginCheckpoint(state, { store, log: [] }, rules, ctx);
}

function beginCheckpoint(
  state: ReplicaState,
  { store, log }: { readonly store: Store; readonly log: LogRecord[] },
  rules: Rules,
  ctx: ReplicaContext,
): void {
  const before = state.store;
  state.store = store;
  state.log = log;
  state.generation++;
  state.checkpointing = true;
  const { generation, installs } = state;
  ctx.disk.truncate(fileOf(generation), 0);
  for (const [place, record] of log.entries())
    ctx.disk.append(fileOf(generation), { ...record, index: store.applied + place } satisfies Stored);
  for (const written of rules.checkpointWrites(before, store))
    ctx.disk.set('checkpoint', { store: written, generation, installs } satisfies Checkpoint);
  ctx.disk.sync('checkpointed');
}

/** The checkpoint is durable: the file before it is of no use any more. */
export function checkpointSynced(state: ReplicaState, ctx: ReplicaContext): void {
  state.checkpointing = false;
  state.durable = Math.max(state.durable, state.store.applied);
  ctx.disk.truncate(fileOf(state.generation + 1), 0);
}
