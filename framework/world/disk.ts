/**
 * A node's disk: append-only logs of records and keyed values. Writes are visible to the node at once, and survive a
 * crash only when a `sync` issued after them has completed; of the others a crash keeps a prefix, in the order written.
 * What a broken disk does, see `DiskTrouble`. Records carry checksums, unless the protocol turns them off.
 */
import { avalanche, mix } from '../kernel/hash.js';
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
   * nothing is promised. Syncs complete in the order issued. A sync that fails calls `syncFailed` instead.
   */
  sync(timer: T, key?: string): void;
}

/**
 * What a disk says when it cannot do what it was asked. A handler may catch it; a node that does not is down until its
 * disk works again, as a process that aborts.
 */
export class DiskError extends Error {
  override readonly name = 'DiskError';
}

/** Ends a handler in the middle of its writes: the process is gone. Not to be caught. */
export class PowerLoss extends Error {
  override readonly name = 'PowerLoss';
  readonly unsyncedKeptPercent: number;

  constructor(unsyncedKeptPercent: number) {
    super('the process ended between two writes');
    this.unsyncedKeptPercent = unsyncedKeptPercent;
  }
}

/** How a crash treats the writes that were not synced. */
export interface UnsyncedLoss {
  /** How many of them survive. */
  readonly kept: number;
  /** Which: the oldest, as a journal keeps them, or any, as a cache without barriers does. */
  readonly which: 'oldest' | 'any';
  /** Whether the first append that is lost leaves half a record behind. */
  readonly torn: boolean;
  /** Decides which, and what of a torn record is left. */
  readonly bits: number;
}

/** The power goes after so many writes, and leaves so much of what was not synced, in percent. */
export interface Fuse {
  writesLeft: number;
  readonly unsyncedKeptPercent: number;
}

/** What is wrong with a disk now: each is the number of faults of its kind in force. */
export interface DiskTrouble {
  /** Why writes fail, by fault. */
  readonly writeErrors: string[];
  syncErrors: number;
  lyingSyncs: number;
  staleReads: number;
  /** Appends that will end up in another log. */
  misdirectedWrites: number;
  readonly fuses: Fuse[];
  /** Where what happens is counted. */
  readonly tally: { diskErrors: number; falseSyncs: number; damagedRecords: number; staleReads: number };
}

interface Image {
  readonly logs: Map<string, unknown[]>;
  readonly values: Map<string, unknown>;
}

/** A record that is not what was written. With checksums it is recognised; without, it is read as it is. */
class Damaged {
  readonly record: unknown;
  readonly how: 'torn' | 'corrupt';

  constructor(record: unknown, how: Damaged['how']) {
    this.record = record;
    this.how = how;
  }
}

/** What is read of a record, or was to be, and whether it is not what was written. */
export interface DiskRecord {
  readonly record: unknown;
  readonly damaged?: 'torn' | 'corrupt';
}

/** What happens to a disk, for whoever follows it: see `DiskImage.watch`. */
export type DiskChange =
  /** A write as it was carried out, unsynced for now. */
  | ({ readonly kind: 'append'; readonly log: string } & DiskRecord)
  | { readonly kind: 'truncate'; readonly log: string; readonly length: number }
  | { readonly kind: 'set'; readonly key: string; readonly value: unknown }
  /** So many of the oldest unsynced writes are durable now. */
  | { readonly kind: 'durable'; readonly writes: number }
  /** So many of the oldest unsynced writes are taken for durable by the cache, and never will be: their sync failed. */
  | { readonly kind: 'forgotten'; readonly writes: number }
  /** After a crash, or with a new disk: all that there is, and all of it durable. */
  | {
      readonly kind: 'reloaded';
      readonly logs: Readonly<Record<string, readonly DiskRecord[]>>;
      readonly values: Readonly<Record<string, unknown>>;
    }
  /** A durable record was damaged at rest; `cached`: and is read so from now on. */
  | ({
      readonly kind: 'corrupted';
      readonly log: string;
      readonly place: number;
      readonly cached: boolean;
    } & DiskRecord);

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
  /** Whether a damaged record is recognised when it is read. */
  checksums = true;
  /** Undefined while all is well, so that a disk without faults costs nothing. */
  trouble: DiskTrouble | undefined;
  /** Told of every change, if anybody follows. What it is told must not be changed. */
  watch: ((change: DiskChange) => void) | undefined;
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
    const records = this.readable.logs.get(log) ?? [];
    const damaged = records.findIndex((record) => record instanceof Damaged);
    return (damaged < 0 ? copyPlain(records) : this.readDamaged(log, records, damaged)) as R[];
  }

  get<V>(key: string): V | undefined {
    return copyPlain(this.readable.values.get(key)) as V | undefined;
  }

  /** A mark for the writes so far, to be handed to `completeSync`. */
  get writeCount(): number {
    return this.syncedCount + this.unsynced.length;
  }

  get unsyncedCount(): number {
    return this.unsynced.length;
  }

  /** Makes the first `writeCount` writes ever made durable; false if that failed. */
  completeSync(writeCount: number): boolean {
    const count = writeCount - this.syncedCount;
    if (this.trouble !== undefined && this.trouble.syncErrors > 0) {
      // The cache takes the pages for clean from now on, though they never got to the disk (PostgreSQL's fsyncgate).
      if (count > 0) {
        this.unsynced.splice(0, count);
        this.syncedCount += count;
        this.watch?.({ kind: 'forgotten', writes: count });
      }
      return false;
    }
    if (count <= 0) return true;
    if (this.trouble !== undefined && this.trouble.lyingSyncs > 0) this.trouble.tally.falseSyncs++;
    else this.makeDurable(count);
    return true;
  }

  private makeDurable(count: number): void {
    for (const write of this.unsynced.splice(0, count)) apply(this.durable, write);
    this.syncedCount += count;
    this.watch?.({ kind: 'durable', writes: count });
  }

  /** Loses unsynced writes, and the cache. */
  crash({ kept, which, torn, bits }: UnsyncedLoss): void {
    const writes = this.unsynced;
    const places = writes.map((_, place) => place);
    // Which ones survive is drawn without replacement; their order stays.
    const rank = (place: number): number => (which === 'any' ? avalanche(mix(bits, place)) : place);
    const survivors = new Set(places.sort((one, other) => rank(one) - rank(other) || one - other).slice(0, kept));
    let tears = torn;
    for (const [place, write] of writes.entries()) {
      if (survivors.has(place)) apply(this.durable, write);
      else if (tears && write.kind === 'append') {
        tears = false;
        apply(this.durable, { ...write, record: new Damaged(tearApart(write.record), 'torn') });
      }
    }
    this.syncedCount += writes.length;
    this.unsynced = [];
    this.reload();
  }

  /** A new, empty disk in place of this one. */
  wipe(): void {
    this.durable.logs.clear();
    this.durable.values.clear();
    this.syncedCount += this.unsynced.length;
    this.unsynced = [];
    this.reload();
  }

  /** Flips a bit in one of the records that are at rest, chosen by `bits`; false if there is none. */
  corrupt(bits: number): boolean {
    const places = [...this.durable.logs].flatMap(([log, records]) => records.map((_, place) => ({ log, place })));
    const chosen = places[bits % Math.max(1, places.length)];
    if (chosen === undefined) return false;
    const { log, place } = chosen;
    const records = this.durable.logs.get(log) ?? [];
    const damaged = new Damaged(flipBit(plainOf(records[place])), 'corrupt');
    const cached = this.cached.logs.get(log);
    // The cache may hold the record as it was written, until the process ends; half of the time it was evicted.
    const isCached = cached !== undefined && cached[place] === records[place] && (bits >>> 16) % 2 === 0;
    if (isCached) cached[place] = damaged;
    records[place] = damaged;
    this.watch?.({ kind: 'corrupted', log, place, cached: isCached, ...shown(damaged) });
    return true;
  }

  /** What reads see: with stale reads, what was there before the writes that are not durable yet. */
  private get readable(): Image {
    const { trouble } = this;
    if (trouble === undefined || trouble.staleReads === 0) return this.cached;
    if (this.unsynced.length > 0) trouble.tally.staleReads++;
    return this.durable;
  }

  private readDamaged(log: string, records: readonly unknown[], first: number): unknown[] {
    if (!this.checksums) return records.map((record) => copyPlain(plainOf(record)));
    // Half a record at the end of a log is what a crash leaves of a write that nobody was promised.
    const damaged = records[first] as Damaged;
    if (damaged.how === 'torn') return records.slice(0, first).map((record) => copyPlain(record));
    throw new DiskError(`the checksum of record ${first} of log '${log}' is wrong`);
  }

  private reload(): void {
    const logs = new Map<string, unknown[]>();
    for (const [log, records] of this.durable.logs) {
      // Recovery ends a log where its first torn record begins; without checksums it cannot see that.
      const torn = this.checksums ? records.findIndex((one) => one instanceof Damaged && one.how === 'torn') : -1;
      if (torn >= 0) records.length = torn;
      logs.set(log, records.slice());
    }
    this.cached = { logs, values: new Map(this.durable.values) };
    if (this.watch === undefined) return;
    const all = [...logs].map(([log, records]) => [log, records.map(shown)] as const);
    this.watch({ kind: 'reloaded', logs: Object.fromEntries(all), values: Object.fromEntries(this.durable.values) });
  }

  private write(write: Write): void {
    const { trouble } = this;
    const taken = trouble === undefined ? write : this.inTrouble(trouble, write);
    this.carryOut(taken);
    if (trouble === undefined) return;
    let blown: Fuse | undefined;
    for (const fuse of trouble.fuses) if (fuse.writesLeft > 0 && --fuse.writesLeft === 0) blown ??= fuse;
    if (blown !== undefined) throw new PowerLoss(blown.unsyncedKeptPercent);
  }

  private carryOut(write: Write): void {
    this.unsynced.push(write);
    apply(this.cached, write);
    this.watch?.(write.kind === 'append' ? { ...write, ...shown(write.record) } : write);
  }

  /** What becomes of `write`: an error, or a write to the wrong place. */
  private inTrouble(trouble: DiskTrouble, write: Write): Write {
    const [error] = trouble.writeErrors;
    if (error !== undefined) {
      trouble.tally.diskErrors++;
      throw new DiskError(error);
    }
    if (trouble.misdirectedWrites === 0 || write.kind !== 'append') return write;
    trouble.misdirectedWrites--;
    trouble.tally.damagedRecords++;
    const others = [...this.cached.logs.keys()].filter((log) => log !== write.log);
    // It lands where another record was: in another log if there is one, else on the last record of its own.
    const log = others.sort()[0] ?? write.log;
    const records = this.cached.logs.get(log) ?? [];
    const landed = this.checksums ? new Damaged(write.record, 'corrupt') : write.record;
    if (records.length > 0) this.carryOut({ kind: 'truncate', log, length: records.length - 1 });
    return { kind: 'append', log, record: landed };
  }
}

const plainOf = (record: unknown): unknown => (record instanceof Damaged ? record.record : record);

const shown = (record: unknown): DiskRecord =>
  record instanceof Damaged ? { record: record.record, damaged: record.how } : { record };

/** The first half of a text, and of the fields of an object; nothing of anything else. */
function tearApart(record: unknown): unknown {
  if (typeof record === 'string') return record.slice(0, Math.floor(record.length / 2));
  if (Array.isArray(record)) return record.slice(0, Math.floor(record.length / 2)) as unknown[];
  if (typeof record !== 'object' || record === null) return null;
  const fields = Object.entries(record);
  return Object.fromEntries(fields.slice(0, Math.ceil(fields.length / 2)));
}

/** The first number or text in `record` with its lowest bit flipped. */
function flipBit(record: unknown): unknown {
  if (typeof record === 'number') return Number.isSafeInteger(record) ? record + (record % 2 === 0 ? 1 : -1) : 0;
  if (typeof record === 'string')
    return record === '' ? '\u0001' : String.fromCharCode(record.charCodeAt(0) ^ 1) + record.slice(1);
  if (typeof record === 'boolean') return !record;
  if (Array.isArray(record))
    return record.length === 0 ? [null] : [flipBit(record[0]), ...(record.slice(1) as unknown[])];
  if (typeof record !== 'object' || record === null) return 0;
  const fields: [string, unknown][] = Object.entries(record);
  const last = fields.at(-1);
  return last === undefined ? record : { ...record, [last[0]]: flipBit(last[1]) };
}
