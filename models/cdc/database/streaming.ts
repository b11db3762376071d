/**
 * Logical decoding, and the process that streams what it makes: the changes of each transaction come when it commits, all at
 * once, in the order of commits. Their positions are therefore in order only within a transaction.
 */
import type { NodeId } from '../../../framework/index.js';
import type { DatabaseMessage, Decoded, DecodedChange } from '../messages.js';
import { SIGNALS, tableOf, type Row, type Schema, type Table } from '../schema.js';
import { framesMax } from '../timing.js';
import { endOf, type LogRecord, type RowChange } from './log.js';
import { confirm } from './slots.js';
import type { DatabaseContext, DatabaseState, Environment, Session } from './state.js';

type Of<K extends DatabaseMessage['kind']> = Extract<DatabaseMessage, { kind: K }>;
type ChangeRecord = Extract<LogRecord, { kind: 'change' }>;
type CommitRecord = Extract<LogRecord, { kind: 'commit' }>;

/** A transaction as it is sent: nothing, if the publication has nothing of it. */
export function decode(commit: CommitRecord, records: readonly ChangeRecord[], schema: Schema): Decoded[] {
  const { xid, at } = commit;
  const changes = records.flatMap(({ lsn, changes: made }) =>
    made
      .filter(({ table }) => schema.captured.includes(table) || table === SIGNALS)
      .map((change) => decodeChange(change, { lsn, xid, at }, schema)),
  );
  const [first] = changes;
  if (first === undefined) return [];
  return [{ op: 'BEGIN', lsn: first.lsn, xid, at }, ...changes, { op: 'COMMIT', lsn: endOf(commit), xid, at }];
}

const OPERATIONS = { c: 'INSERT', u: 'UPDATE', d: 'DELETE', t: 'TRUNCATE' } as const;

function decodeChange(
  change: RowChange,
  where: Pick<DecodedChange, 'lsn' | 'xid' | 'at'>,
  schema: Schema,
): DecodedChange {
  const { table: name, op } = change;
  const table = tableOf(schema, name);
  return { op: OPERATIONS[op], ...where, table: name, before: oldTuple(change, table), after: newTuple(change, table) };
}

/** What the replica identity keeps of the old row. */
function oldTuple({ op, before, oldKey }: RowChange, { identity, key }: Table): Row | null {
  if (before === null || identity === 'NOTHING') return null;
  if (identity === 'FULL') return before;
  return key === null || (op === 'u' && oldKey === null) ? null : { [key]: before[key] ?? null };
}

/** A large value that an update leaves as it was stays where it is, and is not in the log. */
function newTuple({ op, before, after }: RowChange, { large }: Table): Row | null {
  if (after === null || op !== 'u') return after;
  const unchanged = large.filter((column) => before?.[column] === after[column]);
  return Object.fromEntries(Object.entries(after).filter(([column]) => !unchanged.includes(column)));
}

export function onStartReplication(
  state: DatabaseState,
  { session, from }: Of<'startReplication'>,
  node: NodeId,
  environment: Environment,
): void {
  const { ctx } = environment;
  const { slot, removedBelow } = state;
  if (state.session?.id === session) {
    push(state.session, state.flushedTo, ctx);
    return;
  }
  const refuse = (reason: Of<'replicationRefused'>['reason']): void => {
    ctx.send(node, { kind: 'replicationRefused', session, reason });
  };
  if (slot === null) {
    refuse('the slot does not exist');
    return;
  }
  if (slot.restart < removedBelow) {
    refuse('the log that the slot needs has been removed');
    return;
  }
  // As since PostgreSQL 15: what the slot has confirmed is passed over in silence, whatever was asked for.
  const startAt = Math.max(from, slot.confirmed);
  const started: Session = { id: session, node, startAt, decodesFrom: slot.restart, messages: [], sent: 0 };
  state.session = started;
  decodeBacklog(state, started, environment.schema);
  push(started, state.flushedTo, ctx);
}

/** Reads the log from the slot's restart position on, and keeps what commits at `startAt` or later. */
function decodeBacklog(
  { log, flushed }: DatabaseState,
  { startAt, decodesFrom, messages }: Session,
  schema: Schema,
): void {
  const changes = new Map<number, ChangeRecord[]>();
  for (const record of log.slice(0, flushed)) {
    if (record.lsn < decodesFrom) continue;
    const own = changes.get(record.xid) ?? [];
    if (record.kind === 'change') changes.set(record.xid, [...own, record]);
    else if (record.lsn >= startAt) messages.push(...decode(record, own, schema));
  }
}

/** A transaction has committed: whoever streams is sent it. */
export function streamCommit(
  state: DatabaseState,
  commit: CommitRecord,
  records: readonly ChangeRecord[],
  { ctx, schema }: Environment,
): void {
  const { session } = state;
  if (session === null || commit.lsn < session.startAt) return;
  const decoded = decode(
    commit,
    records.filter(({ lsn }) => lsn >= session.decodesFrom),
    schema,
  );
  if (decoded.length === 0) return;
  session.messages.push(...decoded);
  push(session, state.flushedTo, ctx);
}

export function onPull(
  state: DatabaseState,
  { session: id, next, flushed }: Of<'pull'>,
  node: NodeId,
  environment: Environment,
): void {
  const { session } = state;
  if (session?.id !== id) {
    environment.ctx.send(node, { kind: 'noSession', session: id });
    return;
  }
  if (flushed !== null) confirm(state, flushed, environment);
  session.sent = Math.min(session.sent, next);
  push(session, state.flushedTo, environment.ctx);
}

/** Sends what has not been sent, or, if there is nothing, how far the log has been looked through (a keepalive). */
function push(session: Session, position: number, ctx: DatabaseContext): void {
  const { id, node, messages, sent: first } = session;
  const sending = messages.slice(first, first + framesMax);
  session.sent = first + sending.length;
  ctx.send(node, { kind: 'frames', session: id, first, messages: sending, total: messages.length, position });
}
