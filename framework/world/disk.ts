/**
 * A node's disk: append-only logs of records and keyed values. Writes are visible to the node at once, and survive a
 * crash only when a `sync` issued after them has completed; of the others a crash keeps a prefix, in the order written.
 */
import { invariant } from '../kernel/invariant.js';
import { copyPlain } from '../kernel/plain-data.js';

/** What handlers see. Records and values are plain data, copied in and out. */
export interface Disk<T extends string = never> {
  /** Adds a record to the end of `log` (created by its first record). */
  append(log: string, record: unknown): void;
  /** Keeps the first `length` records of `log` and drops the rest. */
  truncate(log: string, length: number): void;
  /** The records of `log`, oldest first; empty for a log never written. The caller names the type it wrote. */
  read<R>(log: string): R[];
  set(key: string, value: unknown): void;
  get<V>(key: string): V | undefined;
  /**
   * Makes every write so far durable. After the disk's latency `timers[timer](state, ctx, key)` is called; until then
   * nothing is promised. Syncs complete in the order issued.
   */
  sync(timer: T, key?: string): void;
}

interface Image {
  readonly logs: Map<string, unknown[]>;
  readonly values: Map<string, unknown>;
}

type Write =
  | { readonly kind: 'append'; readonly log: string; readonly record: unknown }
  | { readonly kind: 'truncate'; readonly log: string; readonly length: number }
  | { readonly kind: 'set'; readonly key: string; readonly value: unknown };

function apply({ logs, values }: Image, write: Write): void {
  switch (write.kind) {
    case 'append': {
      const records = logs.get(write.log);
      if (records === undefined) logs.set(write.log, [write.record]);
      else records.push(write.record);
      return;
    }
    case 'truncate': {
      const records = logs.get(write.log);
      if (records !== undefined && records.length > write.length) records.length = write.length;
      return;
    }
    case 'set':
      values.set(write.key, write.value);
  }
}

/** The device behind a `Disk`. Records are never changed once written, so the two images may share them. */
export class DiskImage {
  /** What the node reads: every write so far. */
  private cached: Image = { logs: new Map(), values: new Map() };
  /** What a crash leaves: every synced write. */
  private readonly durable: Image = { logs: new Map(), values: new Map() };
  /** Writes not yet durable, oldest first, and how many writes were made durable before them. */
  private unsynced: Write[] = [];
  private syncedCount = 0;

  append(log: string, record: unknown): void {
    this.write({ kind: 'append', log, record: copyPlain(record) });
  }

  truncate(log: string, length: number): void {
    invariant(Number.isInteger(length) && length >= 0, () => `disk.truncate('${log}') to a length of ${length}`);
    this.write({ kind: 'truncate', log, length });
  }

  set(key: string, value: unknown): void {
    this.write({ kind: 'set', key, value: copyPlain(value) });
  }

  read<R>(log: string): R[] {
    return copyPlain(this.cached.logs.get(log) ?? []) as R[];
  }

  get<V>(key: string): V | undefined {
    return copyPlain(this.cached.values.get(key)) as V | undefined;
  }

  /** A mark for the writes so far, to be handed to `completeSync`. */
  get writeCount(): number {
    return this.syncedCount + this.unsynced.length;
  }

  get unsyncedCount(): number {
    return this.unsynced.length;
  }

  /** Makes the first `writeCount` writes ever made durable. */
  completeSync(writeCount: number): void {
    const count = writeCount - this.syncedCount;
    if (count <= 0) return;
    for (const write of this.unsynced.splice(0, count)) apply(this.durable, write);
    this.syncedCount += count;
  }

  /** Loses the unsynced writes, but for the oldest `kept` of them. */
  crash(kept: number): void {
    this.completeSync(this.syncedCount + Math.min(kept, this.unsynced.length));
    this.unsynced = [];
    const logs = new Map<string, unknown[]>();
    for (const [log, records] of this.durable.logs) logs.set(log, records.slice());
    this.cached = { logs, values: new Map(this.durable.values) };
  }

  private write(write: Write): void {
    this.unsynced.push(write);
    apply(this.cached, write);
  }
}
