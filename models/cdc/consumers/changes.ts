/**
 * What a record means to a consumer: pure functions, the same for the records of a run and for what the real connector
 * wrote.
 */
import { NEW_KEY_HEADER, OLD_KEY_HEADER } from '../connector/envelope.js';
import type { Columns, Envelope } from './envelope.js';

/**
 * A place in the source, by which two changes of one key are compared: a row is locked from its change to the commit, so of
 * each key positions grow from commit to commit. Of different keys they say nothing: a transaction that began earlier
 * may commit later. `order` tells apart what one transaction did at one lsn.
 */
export interface Position {
  readonly lsn: number;
  readonly order: number;
}

export interface Change {
  readonly kind: 'change';
  readonly op: Envelope['op'];
  readonly key: string;
  /** The row as it is now; null after a removal. */
  readonly row: Columns | null;
  readonly before: Columns | null;
  readonly position: Position;
  /** Tells this event from all others, and is the same each time it is delivered. */
  readonly identity: string;
  /** A key change is a removal of the old key, and a creation of the new one: the other key. */
  readonly movedTo: string | null;
  readonly movedFrom: string | null;
}

/**
 * After its deletion a key has a tombstone, which says the same, but not where in the source. Compaction may have left only
 * that: whoever reads a compacted topic has to heed it, and cannot place it among other changes.
 */
export interface Tombstone {
  readonly kind: 'tombstone';
  readonly key: string;
  readonly row: null;
}

/** A record that a consumer cannot act on. It must stop: to skip it would lose a change without a word. */
export class UnreadableChange extends Error {
  override readonly name = 'UnreadableChange';
}

export const START: Position = { lsn: 0, order: 0 };

export const isLater = (one: Position, other: Position): boolean =>
  one.lsn > other.lsn || (one.lsn === other.lsn && one.order > other.order);

/** What is to be done about a record; null if nothing is: it is a logical message, or has neither key nor value. */
export function changeOf(
  record: {
    readonly key: string | null;
    readonly value: unknown;
    readonly headers: Readonly<Record<string, string>>;
  },
  keyColumn = 'id',
): Change | Tombstone | null {
  if (record.value === null)
    return record.key === null ? null : { kind: 'tombstone', key: keyIn(record.key, keyColumn), row: null };
  const envelope = record.value as Envelope;
  const { op, before, after, source, transaction } = envelope;
  if (op === 'm') return null;
  if (op === 't')
    throw new UnreadableChange(`${where(envelope)} is a truncation, which has no key: it is ordered against no row`);
  const isRemoval = op === 'd';
  const image = (isRemoval ? before : after) ?? null;
  const key = image?.[keyColumn];
  if (image === null || (typeof key !== 'string' && typeof key !== 'number')) {
    const [missing, remedy] = isRemoval
      ? ['before', `: with REPLICA IDENTITY NOTHING nobody can tell which row is gone. Set it to DEFAULT or FULL`]
      : ['after', ''];
    throw new UnreadableChange(`${where(envelope)} has no '${missing}' with column '${keyColumn}'${remedy}`);
  }
  return {
    kind: 'change',
    op,
    key: String(key),
    row: isRemoval ? null : image,
    before: before ?? null,
    position: { lsn: source.lsn ?? 0, order: transaction?.total_order ?? 0 },
    identity: identityOf(envelope, String(key)),
    movedTo: otherKey(record.headers[NEW_KEY_HEADER], keyColumn),
    movedFrom: otherKey(record.headers[OLD_KEY_HEADER], keyColumn),
  };
}

/** `lsn` alone is no identity: the rows of a snapshot share it, and so do the two halves of a key change. */
function identityOf({ op, source, transaction }: Envelope, key: string): string {
  if (transaction === null || transaction === undefined) return `${source.txId ?? ''}/${source.lsn ?? ''}/${op}/${key}`;
  return `${source.txId ?? ''}:${transaction.total_order}`;
}

/** The value of the key column in a record's key, which is a JSON object. */
const keyIn = (key: string, column: string): string => String((JSON.parse(key) as Columns)[column]);

const otherKey = (key: string | undefined, column: string): string | null =>
  key === undefined ? null : keyIn(key, column);

const where = ({ op, source }: Envelope): string =>
  `the event with op '${op}' at lsn ${source.lsn ?? 'unknown'} of ${source.schema}.${source.table}`;
