/** What the database holds, and what comes back of it after a crash. */
import type { Context, NodeId } from '../../../framework/index.js';
import type { Decoded, Message, Statement } from '../messages.js';
import type { Rules } from '../rules.js';
import type { Row, Schema } from '../schema.js';
import { endOf, FIRST_LSN, intactPrefix, type LogRecord, type RowChange } from './log.js';

export type DatabaseTimer = 'statement' | 'flushed' | 'slotSaved' | 'slotDropped';
export type DatabaseContext = Context<Message, DatabaseTimer>;

/** A transaction under way. Nobody sees its changes before its commit is on disk. */
export interface Transaction {
  readonly request: string;
  readonly from: NodeId;
  readonly n: number;
  readonly statements: readonly Statement[];
  /** What it has locked, from its beginning to its end. */
  readonly locks: readonly string[];
  /** The statement that is next. */
  next: number;
  /** Taken, as the first position, with the first change. */
  xid: number | null;
  firstLsn: number | null;
  records: Extract<LogRecord, { kind: 'change' }>[];
}

/** A replication slot: how far its consumer is, and what the log must keep for it. */
export interface Slot {
  /** The consistent point: transactions that commit there or later are streamed. */
  readonly created: number;
  /** Transactions that commit before it are not sent again (`confirmed_flush_lsn`). */
  confirmed: number;
  /** Where decoding has to begin to see every transaction that may still be sent whole (`restart_lsn`). */
  restart: number;
}

/** A slot on its way: it is consistent when the transactions that decoding did not see from their beginning have ended. */
export interface SlotCreation {
  readonly id: string;
  readonly from: NodeId;
  readonly start: number;
  waitingFor: string[];
}

/** What a transaction at repeatable read sees. */
export interface Snapshot {
  readonly id: string;
  readonly position: number;
  readonly at: number;
  readonly tables: Record<string, Record<string, Row>>;
}

/** A walsender: what it has decoded for its consumer, in the order of commits. */
export interface Session {
  readonly id: string;
  readonly node: NodeId;
  readonly startAt: number;
  readonly decodesFrom: number;
  readonly messages: Decoded[];
  sent: number;
}

export interface DatabaseState {
  /** The log and its archive: all records ever written. What slots may still read begins at `removedBelow`. */
  readonly log: LogRecord[];
  /** Where the next record will be. */
  end: number;
  /** How many records are on disk, and where they end. Their commits are applied to `tables`. */
  flushed: number;
  flushedTo: number;
  readonly tables: Record<string, Record<string, Row>>;
  /** Requests whose transactions have committed. */
  readonly done: Record<string, true>;
  nextXid: number;
  open: Transaction[];
  waiting: Transaction[];
  slot: Slot | null;
  /** Slots that were dropped, as they were then: what the server's own journal says of them. */
  readonly dropped: Slot[];
  creation: SlotCreation | null;
  snapshot: Snapshot | null;
  session: Session | null;
  removedBelow: number;
}

/** Everything that the handlers of the database need besides its state. */
export interface Environment {
  readonly ctx: DatabaseContext;
  readonly rules: Rules;
  readonly schema: Schema;
}

export function freshDatabase({ tables, seed, hasSlot }: Schema): DatabaseState {
  return {
    log: [],
    end: FIRST_LSN,
    flushed: 0,
    flushedTo: FIRST_LSN,
    tables: Object.fromEntries(Object.keys(tables).map((table) => [table, { ...seed[table] }])),
    done: {},
    nextXid: 500,
    open: [],
    waiting: [],
    slot: hasSlot ? { created: FIRST_LSN, confirmed: FIRST_LSN, restart: FIRST_LSN } : null,
    dropped: [],
    creation: null,
    snapshot: null,
    session: null,
    removedBelow: FIRST_LSN,
  };
}

/** What the disk kept: the log up to its first hole, whose committed transactions make the tables, and the slot. */
export function recoverDatabase(ctx: DatabaseContext, schema: Schema): DatabaseState {
  const state = freshDatabase(schema);
  const records = intactPrefix(ctx.disk.read<LogRecord>('log'));
  ctx.disk.truncate('log', records.length);
  const changes = new Map<number, RowChange[]>();
  for (const record of records) {
    state.log.push(record);
    state.end = endOf(record);
    state.nextXid = Math.max(state.nextXid, record.xid + 1);
    const own = changes.get(record.xid) ?? [];
    if (record.kind === 'change') changes.set(record.xid, [...own, ...record.changes]);
    else commitChanges(state, own, record.request);
  }
  state.flushed = records.length;
  state.flushedTo = state.end;
  // Null: it was dropped.
  const slot = ctx.disk.get<Slot | null>('slot');
  if (slot !== undefined) state.slot = slot;
  state.dropped.push(...ctx.disk.read<Slot>('dropped'));
  state.removedBelow = state.slot?.restart ?? FIRST_LSN;
  return state;
}

/** Makes a transaction's changes visible. */
export function commitChanges(state: DatabaseState, changes: readonly RowChange[], request: string): void {
  for (const change of changes) {
    if (change.op === 't') state.tables[change.table] = {};
    const rows = (state.tables[change.table] ??= {});
    if (change.oldKey !== null) Reflect.deleteProperty(rows, change.oldKey);
    if (change.op === 'd') Reflect.deleteProperty(rows, change.key);
    else if (change.after !== null) rows[change.key] = change.after;
  }
  state.done[request] = true;
}
