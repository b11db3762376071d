/**
 * Transactions: locks first, then one statement after the other, each writing to the log as it goes, so that transactions
 * are interleaved in it; then the commit, which is what counts once it is on disk. A request that comes again is not
 * executed again.
 */
import type { NodeId } from '../../../framework/index.js';
import type { DatabaseMessage } from '../messages.js';
import type { Row } from '../schema.js';
import { statementMicros } from '../timing.js';
import { endOf, type LogRecord } from './log.js';
import { transactionEnded } from './slots.js';
import { commitChanges, type DatabaseState, type Environment, type Transaction } from './state.js';
import { changesOf, conflict, locksOf } from './statements.js';
import { streamCommit } from './streaming.js';

type Execute = Extract<DatabaseMessage, { kind: 'execute' }>;

export function onExecute(state: DatabaseState, message: Execute, from: NodeId, environment: Environment): void {
  const { id, n, statements } = message;
  if (state.done[id] === true) {
    environment.ctx.send(from, { kind: 'executed', id });
    return;
  }
  if ([...state.open, ...state.waiting].some(({ request }) => request === id)) return;
  const locks = statements.flatMap(locksOf);
  state.waiting.push({ request: id, from, n, statements, locks, next: 0, xid: null, firstLsn: null, records: [] });
  beginWaiting(state, environment);
}

/** Begins those that nobody before them excludes. */
function beginWaiting(state: DatabaseState, environment: Environment): void {
  const still: Transaction[] = [];
  for (const transaction of state.waiting) {
    const isExcluded = [...state.open, ...still].some(({ locks }) => conflict(locks, transaction.locks));
    if (isExcluded) still.push(transaction);
    else {
      state.open.push(transaction);
      work(transaction, environment);
    }
  }
  state.waiting = still;
}

const work = ({ request }: Transaction, { ctx }: Environment): void => {
  ctx.setTimer('statement', ctx.random.between(statementMicros.min, statementMicros.max), request);
};

/** The next statement of a transaction, or its commit. */
export function onStatement(state: DatabaseState, request: string, environment: Environment): void {
  const transaction = state.open.find((one) => one.request === request);
  if (transaction === undefined) return;
  const index = transaction.next++;
  const statement = transaction.statements[index];
  if (statement === undefined) return;
  const look = (table: string, key: string) => rowSeen(state, transaction, table, key);
  const changes = changesOf(statement, look, { schema: environment.schema, n: transaction.n, index, request });
  if (changes.length > 0) {
    transaction.xid ??= state.nextXid++;
    transaction.firstLsn ??= state.end;
    const record = { kind: 'change', lsn: state.end, xid: transaction.xid, changes } as const;
    transaction.records.push(record);
    write(state, record, environment);
  }
  if (transaction.next < transaction.statements.length) work(transaction, environment);
  else commit(state, transaction, environment);
}

function write(state: DatabaseState, record: LogRecord, { ctx }: Environment): void {
  state.log.push(record);
  state.end = endOf(record);
  ctx.disk.append('log', record);
}

function commit(state: DatabaseState, transaction: Transaction, environment: Environment): void {
  const { ctx } = environment;
  const { xid, request } = transaction;
  if (xid === null) {
    // It changed nothing, and leaves no trace.
    ended(state, transaction, environment);
    return;
  }
  write(state, { kind: 'commit', lsn: state.end, xid, request, at: Math.floor(ctx.now() / 1_000) }, environment);
  ctx.disk.sync('flushed', String(state.log.length));
}

/** The log is on disk up to its first `count` records: the commits among them are final, in their order. */
export function onFlushed(state: DatabaseState, count: number, environment: Environment): void {
  while (state.flushed < count) {
    const record = state.log[state.flushed];
    if (record === undefined) return;
    state.flushed++;
    state.flushedTo = endOf(record);
    if (record.kind === 'change') continue;
    const transaction = state.open.find(({ xid }) => xid === record.xid);
    if (transaction === undefined) continue;
    const changes = transaction.records.flatMap((one) => one.changes);
    commitChanges(state, changes, record.request);
    streamCommit(state, record, transaction.records, environment);
    ended(state, transaction, environment);
  }
}

function ended(state: DatabaseState, transaction: Transaction, environment: Environment): void {
  state.open = state.open.filter(({ request }) => request !== transaction.request);
  environment.ctx.send(transaction.from, { kind: 'executed', id: transaction.request });
  transactionEnded(state, transaction.request, environment);
  beginWaiting(state, environment);
}

/** A row as a transaction sees it: its own changes, on what is committed. */
function rowSeen({ tables }: DatabaseState, { records }: Transaction, table: string, key: string): Row | undefined {
  for (const { changes } of records.toReversed())
    for (const change of changes.toReversed()) {
      if (change.table !== table) continue;
      if (change.op === 't' || change.oldKey === key) return undefined;
      if (change.key === key) return change.after ?? undefined;
    }
  return tables[table]?.[key];
}
