/**
 * Streams of change events: is every change there, once, in the order of its key? What a row was before a change must be
 * what the change before left (the events of each key form a chain), and all of them folded give the table.
 */
import type { ChangeEvent, Row } from '../history/change-events.js';
import { equal } from './equal.js';
import type { CheckResult, Seen, Violation } from './verdict.js';

/** What is promised of a stream of change events. */
export interface ChangeRules {
  /** The columns of the primary key. Default: `id`. */
  readonly key?: readonly string[];
  /** Whether an event may come again, as it does after a crash of the connector (at least once). Default: allowed. */
  readonly duplicates?: 'allowed' | 'forbidden';
}

/** The tables that change events lead to. */
export interface FoldedChanges {
  /** By `schema.table`, the rows by key, as JSON of the key's columns. */
  readonly tables: ReadonlyMap<string, ReadonlyMap<string, Row>>;
  readonly violation: Violation | undefined;
  readonly seen: Seen;
}

interface Known {
  readonly row: Row;
  /** Read by a snapshot: what was going on meanwhile may come again as a change. */
  readonly fromSnapshot: boolean;
}

/**
 * The tables that `events` lead to, up to the first violation. Tombstones (null) and logical messages say nothing of rows.
 * `operations` of a violation are the indices of the events that show it. O(events).
 */
export function foldChanges(events: readonly (ChangeEvent | null)[], rules: ChangeRules = {}): FoldedChanges {
  const fold = new Fold(rules);
  for (const [index, event] of events.entries()) {
    if (event === null) fold.seen.tombstones++;
    else fold.apply(event, index);
    if (fold.violation !== undefined) break;
  }
  const tables = new Map(
    [...fold.tables].map(([table, rows]) => [table, new Map([...rows].map(([key, { row }]) => [key, row]))]),
  );
  return { tables, violation: fold.violation, seen: fold.seen };
}

/** Judges `events`: `invalid` with the first break of a chain, `unknown` if there was no change. */
export function checkChanges(events: readonly (ChangeEvent | null)[], rules: ChangeRules = {}): CheckResult {
  const { violation, seen } = foldChanges(events, rules);
  if (violation !== undefined) return { verdict: 'invalid', violation, seen };
  if (seen['changes'] === 0) return { verdict: 'unknown', reason: 'there was no change, only snapshots at most', seen };
  return { verdict: 'valid', seen };
}

class Fold {
  readonly tables = new Map<string, Map<string, Known>>();
  readonly seen = { events: 0, snapshots: 0, changes: 0, duplicates: 0, tombstones: 0 };
  violation: Violation | undefined;
  private readonly keyColumns: readonly string[];
  private readonly duplicates: 'allowed' | 'forbidden';
  /** The index of every event, by all that it says. */
  private readonly known = new Map<string, number>();
  /** By table and key, the index of the last event. */
  private readonly latest = new Map<string, number>();

  constructor({ key = ['id'], duplicates = 'allowed' }: ChangeRules) {
    this.keyColumns = key;
    this.duplicates = duplicates;
  }

  apply(event: ChangeEvent, index: number): void {
    this.seen.events++;
    const { op, source } = event;
    const table = `${source.schema}.${source.table}`;
    const rows = this.tables.get(table) ?? new Map<string, Known>();
    this.tables.set(table, rows);
    if (op === 'm' || this.isRepeated(event, index)) return;
    if (op === 't') {
      rows.clear();
      return;
    }
    const after = event.after ?? undefined;
    const before = event.before ?? undefined;
    const image = op === 'd' ? before : after;
    const key = image === undefined ? undefined : this.keyOf(image);
    if (image === undefined || key === undefined) {
      const missing = op === 'd' ? 'before' : 'after';
      const remedy = op === 'd' ? ' (REPLICA IDENTITY NOTHING leaves it out; the row cannot be found)' : '';
      this.fail(
        'change without its key',
        `has no ${missing} with ${this.keyColumns.join(', ')}${remedy}`,
        event,
        index,
      );
      return;
    }
    if (op === 'r') {
      this.seen.snapshots++;
      rows.set(key, { row: image, fromSnapshot: true });
    } else {
      this.seen.changes++;
      this.change(rows, { event, index, key, before, after });
    }
    this.latest.set(`${table} ${key}`, index);
  }

  private change(
    rows: Map<string, Known>,
    change: {
      readonly event: ChangeEvent;
      readonly index: number;
      readonly key: string;
      readonly before: Row | undefined;
      readonly after: Row | undefined;
    },
  ): void {
    const { event, index, key, before, after } = change;
    const known = rows.get(key);
    if (event.op === 'c' && known !== undefined && !known.fromSnapshot) {
      this.fail('created twice', `creates the row ${key}, which is there already`, event, index, key);
    } else if (event.op !== 'c' && known === undefined) {
      const verb = event.op === 'd' ? 'deletes' : 'updates';
      this.fail(
        'change of a row that is not there',
        `${verb} the row ${key}, which was not created before`,
        event,
        index,
        key,
      );
    } else if (
      known !== undefined &&
      !known.fromSnapshot &&
      before !== undefined &&
      !this.continues(before, known.row)
    ) {
      const was = `says that the row ${key} was ${JSON.stringify(before)}, but the change before left ${JSON.stringify(known.row)}`;
      this.fail('before differs from the last after', was, event, index, key);
    } else if (after === undefined) rows.delete(key);
    else rows.set(key, { row: after, fromSnapshot: false });
  }

  /** What `before` has of a row (all of it, or only its key, as REPLICA IDENTITY has it) is as the row was. */
  private continues(before: Row, row: Row): boolean {
    const told = Object.keys(before).filter((column) => before[column] !== null || this.keyColumns.includes(column));
    return told.every((column) => equal(before[column], row[column]));
  }

  /** True if the very same event came before, and may; the processing time is no part of it. */
  private isRepeated(event: ChangeEvent, index: number): boolean {
    const { op, before, after, source, transaction } = event;
    const identity = JSON.stringify([op, before, after, source, transaction]);
    const first = this.known.get(identity);
    this.known.set(identity, index);
    if (first === undefined) return false;
    this.seen.duplicates++;
    if (this.duplicates === 'forbidden')
      this.violation = {
        rule: 'event delivered twice',
        explanation: `Event ${index} is the same as event ${first}: ${describe(event)}.`,
        operations: [first, index],
      };
    return true;
  }

  private keyOf(image: Row): string | undefined {
    const values = this.keyColumns.map((column) => image[column]);
    return values.some((value) => value === undefined || value === null) ? undefined : JSON.stringify(values);
  }

  private fail(rule: string, what: string, event: ChangeEvent, index: number, key?: string): void {
    const table = `${event.source.schema}.${event.source.table}`;
    const last = key === undefined ? undefined : this.latest.get(`${table} ${key}`);
    const operations = last === undefined ? [index] : [last, index];
    this.violation = { rule, explanation: `Event ${index}, ${describe(event)}, ${what}.`, operations };
  }
}

const OPERATIONS: Readonly<Record<ChangeEvent['op'], string>> = {
  r: 'a read',
  c: 'a creation',
  u: 'an update',
  d: 'a deletion',
  t: 'a truncation',
  m: 'a message',
};

const describe = ({ op, source }: ChangeEvent): string =>
  `${OPERATIONS[op]} in ${source.schema}.${source.table} at lsn ${source.lsn ?? 'unknown'}`;
