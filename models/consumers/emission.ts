/** A committed transaction as records, as Debezium emits it: in the order of its changes, three records for a key change. */
import { NEW_KEY, OLD_KEY, POSITION, type ChangeRecord, type Envelope } from './envelope.js';
import { SCHEMA, SERVER, type Table } from './nodes.js';
import type { Committed, WalRow } from './transactions.js';

export interface Emitted {
  readonly table: Table;
  readonly record: ChangeRecord;
}

export function recordsOf(committed: Committed, nowMs: number): Emitted[] {
  const emitted: Emitted[] = [];
  const counts = { total: 0, orders: 0, customers: 0 };
  const emit = (wal: WalRow, part: { op: 'c' | 'u' | 'd'; key: string; headers: Record<string, string> }): void => {
    const { op, key, headers } = part;
    counts.total++;
    counts[wal.table]++;
    const transaction = {
      id: `${committed.txId}:${wal.lsn}`,
      total_order: counts.total,
      data_collection_order: counts[wal.table],
    };
    const value: Envelope = {
      op,
      before: op === 'c' ? null : { ...wal.before },
      after: op === 'd' ? null : { ...wal.after },
      source: sourceOf(committed, wal),
      transaction,
      ts_ms: nowMs,
    };
    emitted.push({ table: wal.table, record: { key, value, headers } });
    if (op !== 'd') return;
    const position = { [POSITION]: `${wal.lsn}/${counts.total}` };
    emitted.push({ table: wal.table, record: { key, value: null, headers: position } });
  };
  for (const wal of committed.rows) {
    const { key, before, after, movedTo } = wal;
    if (movedTo !== null) {
      emit(wal, { op: 'd', key, headers: { [NEW_KEY]: movedTo } });
      emit(wal, { op: 'c', key: movedTo, headers: { [OLD_KEY]: key } });
    } else emit(wal, { op: after === null ? 'd' : before === null ? 'c' : 'u', key, headers: {} });
  }
  return emitted;
}

const sourceOf = ({ txId, lastCommitLsn, committedMs }: Committed, { lsn, table }: WalRow): Envelope['source'] => ({
  version: '2.7.0.Final',
  connector: 'postgresql',
  name: SERVER,
  ts_ms: committedMs,
  snapshot: 'false',
  db: 'shop',
  sequence: JSON.stringify([String(lastCommitLsn), String(lsn)]),
  schema: SCHEMA,
  table,
  txId,
  lsn,
  xmin: null,
});
