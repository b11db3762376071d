/**
 * A set of configurations in which none dominates another. A configuration is a state, the unanswered operations used
 * (`usage`), and a bit for each open operation that has taken effect (`done`, in a fixed number of 32-bit words).
 */
import { avalanche, mix } from '../../kernel/hash.js';
import type { UsageTable } from './usage-table.js';

const CAPACITY_MIN = 64;
const DOMINATED = -1;

/**
 * Open addressing over (state, open writes done); entries that agree in these are chained. Everything lives in typed
 * arrays that are used again for the next event, so a sweep allocates only while its frontier grows.
 */
export class ConfigurationSet {
  readonly words: number;
  /** Entries are numbered from 0 to `size` - 1. */
  size = 0;
  states = new Int32Array(CAPACITY_MIN);
  /** Negative for an entry that another one dominated later. */
  usages = new Int32Array(CAPACITY_MIN);
  done: Int32Array;
  /** The way that led here: see `Trails`. */
  trails = new Int32Array(CAPACITY_MIN);
  /** The next entry with the same state and the same writes done, or -1. */
  private links = new Int32Array(CAPACITY_MIN);
  private table = new Int32Array(2 * CAPACITY_MIN);
  private stamps = new Int32Array(2 * CAPACITY_MIN);
  private stamp = 0;
  private keys = 0;
  private reads: Int32Array;
  private readonly usageTable: UsageTable;

  constructor(words: number, usageTable: UsageTable) {
    this.words = words;
    this.done = new Int32Array(CAPACITY_MIN * words);
    this.reads = new Int32Array(words);
    this.usageTable = usageTable;
  }

  /** Empties the set. `reads` has the bits of the open operations that are reads. */
  begin(reads: Int32Array): void {
    this.size = 0;
    this.keys = 0;
    this.stamp++;
    this.reads = reads;
  }

  /** Adds a configuration unless an entry dominates it. Entries that it dominates are marked. */
  add(state: number, usage: number, done: Int32Array, trail: number): void {
    const mask = this.table.length - 1;
    let slot = this.hash(state, done, 0) & mask;
    while (this.stamps[slot] === this.stamp) {
      const head = this.table[slot] as number;
      if (this.sameKey(head, state, done)) {
        this.addBehind(head, usage, done, trail);
        return;
      }
      slot = (slot + 1) & mask;
    }
    const entry = this.append(state, usage, done, trail);
    this.links[entry] = -1;
    this.table[slot] = entry;
    this.stamps[slot] = this.stamp;
    this.keys++;
    if (2 * this.keys > this.table.length) this.rehash();
  }

  private addBehind(head: number, usage: number, done: Int32Array, trail: number): void {
    for (let entry = head; entry >= 0; entry = this.links[entry] as number) {
      const other = this.usages[entry] as number;
      if (other === DOMINATED) continue;
      const reads = this.compareReads(entry, done);
      if (reads === DIFFERENT) continue;
      if (reads !== FEWER && this.usageTable.within(other, usage)) return;
      if (reads !== MORE && this.usageTable.within(usage, other)) this.usages[entry] = DOMINATED;
    }
    const entry = this.append(this.states[head] as number, usage, done, trail);
    this.links[entry] = this.links[head] as number;
    this.links[head] = entry;
  }

  /** How the reads that `entry` has done compare with those in `done`. */
  private compareReads(entry: number, done: Int32Array): number {
    const from = entry * this.words;
    let more = false;
    let fewer = false;
    for (let word = 0; word < this.words; word++) {
      const mine = this.done[from + word] as number;
      const its = done[word] as number;
      if ((mine & ~its) !== 0) more = true;
      if ((its & ~mine) !== 0) fewer = true;
    }
    return more ? (fewer ? DIFFERENT : MORE) : fewer ? FEWER : SAME;
  }

  private append(state: number, usage: number, done: Int32Array, trail: number): number {
    const { words } = this;
    const entry = this.size++;
    if (entry === this.states.length) this.grow();
    this.states[entry] = state;
    this.usages[entry] = usage;
    this.trails[entry] = trail;
    for (let word = 0; word < words; word++) this.done[entry * words + word] = done[word] as number;
    return entry;
  }

  private hash(state: number, done: Int32Array, from: number): number {
    let hash = mix(0x3c6ef372, state);
    for (let word = 0; word < this.words; word++)
      hash = mix(hash, (done[from + word] as number) & ~(this.reads[word] as number));
    return avalanche(hash);
  }

  private sameKey(entry: number, state: number, done: Int32Array): boolean {
    if (this.states[entry] !== state) return false;
    const from = entry * this.words;
    for (let word = 0; word < this.words; word++)
      if ((((this.done[from + word] as number) ^ (done[word] as number)) & ~(this.reads[word] as number)) !== 0)
        return false;
    return true;
  }

  private grow(): void {
    const enlarged = (old: Int32Array): Int32Array<ArrayBuffer> => {
      const array = new Int32Array(2 * old.length);
      array.set(old);
      return array;
    };
    this.states = enlarged(this.states);
    this.usages = enlarged(this.usages);
    this.trails = enlarged(this.trails);
    this.links = enlarged(this.links);
    this.done = enlarged(this.done);
  }

  private rehash(): void {
    const { table, stamps } = this;
    this.table = new Int32Array(2 * table.length);
    this.stamps = new Int32Array(2 * table.length);
    const mask = this.table.length - 1;
    for (let old = 0; old < table.length; old++) {
      if (stamps[old] !== this.stamp) continue;
      const head = table[old] as number;
      let slot = this.hash(this.states[head] as number, this.done, head * this.words) & mask;
      while (this.stamps[slot] === this.stamp) slot = (slot + 1) & mask;
      this.table[slot] = head;
      this.stamps[slot] = this.stamp;
    }
  }
}

const SAME = 0;
const MORE = 1;
const FEWER = 2;
const DIFFERENT = 3;
