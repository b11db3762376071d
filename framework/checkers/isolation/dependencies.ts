/**
 * What the reads of transactions tell of their order (P. Alvaro, K. Kingsbury, "Elle: inferring isolation anomalies from
 * experimental observations", VLDB 2020). A list says who appended before whom; a register says only whom its reader
 * follows, and that a transaction that read before it wrote overwrote what it read.
 */
import { equal } from '../equal.js';
import { DependencyGraph } from '../dependency-graph.js';
import type { Violation } from '../verdict.js';
import type { Transaction } from './transactions.js';

/** The kinds of edges: bits, so that a set of them is a number. */
export const WW = 1;
export const WR = 2;
export const RW = 4;
export const PROCESS = 8;
export const REALTIME = 16;

/** Transactions and what orders them: the reason in words, with `$from` and `$to` for the transactions. */
export type TransactionGraph = DependencyGraph<string>;

type Value = string | number;

interface Read {
  readonly reader: number;
  /** What was there before the reader's own writes: values of a list, or the one of a register, or none. */
  readonly values: readonly Value[];
}

interface Key {
  /** By value, the transaction that wrote it, and whether that was its last write of the key. */
  readonly writers: Map<Value, { readonly writer: number; final: boolean }>;
  readonly reads: Read[];
}

export interface Dependencies {
  readonly graph: TransactionGraph;
  /** What is wrong with single reads, whatever the order. */
  readonly anomalies: readonly Violation[];
  /** Why nothing can be told: a value that two writes gave to one key. */
  readonly ambiguous: string | undefined;
  readonly reads: number;
}

/** The graph over `transactions`, whose places are its nodes. O(reads × their length + transactions × concurrency). */
export function dependenciesOf(transactions: readonly Transaction[]): Dependencies {
  const inference = new Inference(transactions);
  inference.gather();
  inference.judgeReads();
  for (const [name, key] of inference.keys) inference.order(name, key);
  inference.processes();
  inference.realtime();
  return inference;
}

class Inference implements Dependencies {
  readonly graph: TransactionGraph;
  readonly anomalies: Violation[] = [];
  readonly keys = new Map<string, Key>();
  ambiguous: string | undefined;
  reads = 0;
  private readonly transactions: readonly Transaction[];
  /** By transaction: whether it is known to have committed. */
  private readonly effective: boolean[];
  private readonly lists = new Set<string>();

  constructor(transactions: readonly Transaction[]) {
    this.transactions = transactions;
    this.graph = new DependencyGraph<string>(transactions.length);
    this.effective = transactions.map(({ status }) => status === 'committed');
  }

  /** Who wrote what, and what was read. What somebody saw has been committed. */
  gather(): void {
    for (const [id, { micro }] of this.transactions.entries()) {
      const last = new Map<string, Value>();
      for (const one of micro) {
        const key = this.key(one.key);
        if (one.f === 'r') continue;
        if (one.f === 'append') this.lists.add(one.key);
        if (key.writers.has(one.value))
          this.ambiguous ??= `${one.key} was given ${String(one.value)} by two writes, so that nobody can tell them apart: give each its own value`;
        const before = last.get(one.key);
        const earlier = before === undefined ? undefined : key.writers.get(before);
        if (earlier !== undefined) earlier.final = false;
        key.writers.set(one.value, { writer: id, final: true });
        last.set(one.key, one.value);
      }
    }
    for (const [id, transaction] of this.transactions.entries()) this.gatherReads(id, transaction);
  }

  private gatherReads(id: number, { micro, seen, status, index }: Transaction): void {
    if (status !== 'committed') return;
    const own = new Map<string, Value[]>();
    const known = new Map<string, { readonly base: readonly Value[]; readonly told: string }>();
    for (const [place, one] of micro.entries()) {
      const mine = own.get(one.key) ?? [];
      if (one.f !== 'r') {
        own.set(one.key, one.f === 'append' ? [...mine, one.value] : [one.value]);
        continue;
      }
      this.reads++;
      const isList = this.lists.has(one.key) || Array.isArray(seen[place]);
      const values = isList ? listOf(seen[place]) : registerOf(seen[place]);
      if (values === undefined) {
        this.fail('not a value', `a read of ${one.key} returned ${JSON.stringify(seen[place])}`, [index]);
        continue;
      }
      const base = this.baseOf(values, mine, isList);
      // A register that the transaction wrote itself tells nothing of others.
      if (base !== undefined && !isList && mine.length > 0) continue;
      const told = JSON.stringify(seen[place]);
      if (base === undefined) {
        const wrote = isList ? `appended ${JSON.stringify(mine)}` : `written ${String(mine[0])}`;
        this.fail('internal', `a read of ${one.key} returned ${told}, though its own transaction had ${wrote} before`, [
          index,
        ]);
        continue;
      }
      const before = known.get(one.key);
      if (before !== undefined && equal(before.base, base)) continue;
      if (before !== undefined)
        this.fail('non-repeatable read', `one transaction read ${one.key} as ${before.told} and then as ${told}`, [
          index,
        ]);
      this.key(one.key).reads.push({ reader: id, values: base });
      known.set(one.key, { base, told });
    }
  }

  /** What a read saw of others; undefined if it lacks the transaction's own writes. */
  private baseOf(values: readonly Value[], own: readonly Value[], isList: boolean): readonly Value[] | undefined {
    if (own.length === 0) return values;
    const from = values.length - own.length;
    if (from < 0 || !equal(values.slice(from), own)) return undefined;
    return isList ? values.slice(0, from) : [];
  }

  /** Reads of what was aborted, of what was overwritten by its own writer, of what nobody wrote; and repeated elements. */
  judgeReads(): void {
    for (const [name, { reads, writers }] of this.keys)
      for (const { reader, values } of reads) {
        const index = this.transactions[reader]?.index ?? 0;
        if (new Set(values).size < values.length)
          this.fail(
            'duplicate elements',
            `a read of ${name} returned ${JSON.stringify(values)}, with an element twice`,
            [index],
          );
        for (const [place, value] of values.entries()) {
          const written = writers.get(value);
          if (written === undefined) {
            this.fail(
              'read of what nobody wrote',
              `a read of ${name} returned ${String(value)}, which no transaction wrote`,
              [index],
            );
            continue;
          }
          const writer = this.transactions[written.writer];
          if (writer === undefined) continue;
          if (writer.status === 'aborted')
            this.fail(
              'G1a',
              `an aborted read: ${name} had ${String(value)}, which was written by a transaction that was aborted`,
              [writer.index, index],
            );
          else this.effective[written.writer] = true;
          if (place === values.length - 1 && !written.final && written.writer !== reader)
            this.fail(
              'G1b',
              `an intermediate read: ${name} was read as ${String(value)}, which its writer went on to change before it committed`,
              [writer.index, index],
            );
        }
      }
  }

  /** The edges that one key gives. What was aborted has no place in the order, even if it was seen. */
  order(name: string, { reads, writers }: Key): void {
    const stays = (value: Value) => {
      const written = writers.get(value);
      return written !== undefined && this.transactions[written.writer]?.status !== 'aborted';
    };
    if (this.lists.has(name))
      this.orderList(name, {
        reads: reads.map((read) => (read.values.every(stays) ? read : { ...read, values: read.values.filter(stays) })),
        writers,
      });
    else this.orderRegister(name, { reads: reads.filter(({ values }) => values.every(stays)), writers });
  }

  private orderList(name: string, { reads, writers }: Key): void {
    const longest = reads.reduce<Read | undefined>(
      (best, read) => (best === undefined || read.values.length > best.values.length ? read : best),
      undefined,
    );
    const versions = longest?.values ?? [];
    const writerOf = (value: Value | undefined) => (value === undefined ? undefined : writers.get(value)?.writer);
    for (const { reader, values } of reads)
      if (!values.every((value, place) => value === versions[place]))
        this.fail(
          'incompatible order',
          `${name} was read as ${JSON.stringify(values)} and as ${JSON.stringify(versions)}: neither is the beginning of the other`,
          [this.transactions[longest?.reader ?? 0]?.index ?? 0, this.transactions[reader]?.index ?? 0],
        );
    // What committed and is in no read comes after all that is.
    const seen = new Set(versions);
    const unseen = [...writers].filter(([value, { writer }]) => this.effective[writer] === true && !seen.has(value));
    const followers = (place: number): (readonly [Value, number])[] => {
      const value = versions[place];
      const writer = writerOf(value);
      if (value !== undefined) return writer === undefined ? [] : [[value, writer]];
      return unseen.map(([other, one]) => [other, one.writer] as const);
    };
    for (const [place, value] of versions.entries()) {
      const from = writerOf(value);
      if (from === undefined) continue;
      for (const [next, to] of followers(place + 1))
        this.graph.add(
          from,
          to,
          WW,
          `$to appended ${String(next)} to ${name} after $from had appended ${String(value)}`,
        );
    }
    for (const { reader, values } of reads) {
      const last = values.at(-1);
      const from = writerOf(last);
      if (from !== undefined) this.graph.add(from, reader, WR, `$to read ${name} with $from's ${String(last)}`);
      for (const [next, to] of followers(values.length))
        this.graph.add(reader, to, RW, `$from read ${name} without $to's ${String(next)}`);
    }
  }

  private orderRegister(name: string, { reads, writers }: Key): void {
    /** By value (undefined is the initial one), who is known to have overwritten it: those who read it and then wrote. */
    const overwrites = new Map<Value | undefined, { readonly writer: number; readonly value: Value }[]>();
    const writtenBy = new Map<number, Value>();
    for (const [value, { writer, final }] of writers)
      if (final && this.effective[writer] === true) writtenBy.set(writer, value);
    for (const { reader, values } of reads) {
      const value = writtenBy.get(reader);
      if (value !== undefined)
        overwrites.set(values[0], [...(overwrites.get(values[0]) ?? []), { writer: reader, value }]);
    }
    // The initial value comes before every other.
    overwrites.set(
      undefined,
      [...writtenBy].map(([writer, value]) => ({ writer, value })),
    );
    for (const [value, others] of overwrites) {
      const from = value === undefined ? undefined : writers.get(value)?.writer;
      if (from === undefined) continue;
      for (const { writer, value: next } of others)
        this.graph.add(
          from,
          writer,
          WW,
          `$to read ${name} = ${String(value)}, which $from wrote, and then wrote ${String(next)}`,
        );
    }
    for (const { reader, values } of reads) {
      const [value] = values;
      const from = value === undefined ? undefined : writers.get(value)?.writer;
      if (from !== undefined)
        this.graph.add(from, reader, WR, `$to read ${name} = ${String(value)}, which $from wrote`);
      for (const { writer, value: next } of overwrites.get(value) ?? [])
        this.graph.add(
          reader,
          writer,
          RW,
          `$from read ${name} = ${value === undefined ? 'nil' : String(value)}, which $to overwrote with ${String(next)}`,
        );
    }
  }

  /** What one process did first comes first. */
  processes(): void {
    const last = new Map<number, number>();
    for (const [id, { process }] of this.transactions.entries()) {
      if (this.effective[id] !== true) continue;
      const before = last.get(process);
      if (before !== undefined) this.graph.add(before, id, PROCESS, `$to followed $from in process ${process}`);
      last.set(process, id);
    }
  }

  /** What returned before another was invoked comes first; what follows from two such edges is left out. */
  realtime(): void {
    const events = this.transactions
      .flatMap(({ index, returnIndex }, id) => {
        if (this.effective[id] !== true) return [];
        const invoked = { at: index, id, returns: false };
        return returnIndex === null ? [invoked] : [invoked, { at: returnIndex, id, returns: true }];
      })
      .sort((one, other) => one.at - other.at);
    /** Those that returned and that nothing which returned later follows. */
    let latest: readonly number[] = [];
    const before = new Map<number, readonly number[]>();
    for (const { id, returns } of events) {
      if (returns) {
        const covered = new Set(before.get(id));
        latest = [...latest.filter((one) => !covered.has(one)), id];
        continue;
      }
      before.set(id, latest);
      for (const one of latest) this.graph.add(one, id, REALTIME, '$to began after $from had returned');
    }
  }

  private key(name: string): Key {
    const known = this.keys.get(name);
    if (known !== undefined) return known;
    const key: Key = { writers: new Map(), reads: [] };
    this.keys.set(name, key);
    return key;
  }

  private fail(rule: string, explanation: string, operations: readonly number[]): void {
    this.anomalies.push({
      rule,
      explanation: `${explanation}.`,
      operations,
    });
  }
}

const isValue = (value: unknown): value is Value => typeof value === 'string' || typeof value === 'number';

function listOf(value: unknown): readonly Value[] | undefined {
  if (value === null || value === undefined) return [];
  return Array.isArray(value) && value.every(isValue) ? value : undefined;
}

function registerOf(value: unknown): readonly Value[] | undefined {
  if (value === null || value === undefined) return [];
  return isValue(value) ? [value] : undefined;
}
