/**
 * The configurations that a search has seen: a set of (set of operations, state). Lowe's memoisation: two orders of the
 * same operations that lead to the same state have the same future, so the second need not be searched
 * (G. Lowe, "Testing for linearizability", Concurrency and Computation 29(4), 2017, §3).
 */
import { avalanche, hashValue } from '../kernel/hash.js';
import { equal } from './equal.js';

const TABLE_SIZE_MIN = 64;

/**
 * A growing hash set with open addressing. Operation sets are bit sets of a fixed number of words, stored one after the
 * other in one typed array; slots hold the number of a configuration plus one, so that zero is empty.
 */
export class ConfigurationCache<State> {
  private readonly words: number;
  private table = new Int32Array(TABLE_SIZE_MIN);
  private bits: Int32Array;
  private hashes = new Int32Array(TABLE_SIZE_MIN / 2);
  private readonly states: State[] = [];

  constructor(words: number) {
    this.words = words;
    this.bits = new Int32Array((TABLE_SIZE_MIN / 2) * words);
  }

  /** How many configurations it holds. */
  get size(): number {
    return this.states.length;
  }

  /** Adds the configuration unless it is there; says whether it was new. `bitsHash` depends on `set` alone. */
  add(set: Int32Array, bitsHash: number, state: State): boolean {
    const { words, states } = this;
    const hash = avalanche(bitsHash ^ hashValue(state)) | 0;
    const mask = this.table.length - 1;
    let slot = hash & mask;
    for (;;) {
      const taken = this.table[slot] as number;
      if (taken === 0) break;
      const seen = taken - 1;
      if (this.hashes[seen] === hash && this.sameSet(seen, set) && equal(states[seen], state)) return false;
      slot = (slot + 1) & mask;
    }
    const number = states.length;
    states.push(state);
    this.table[slot] = number + 1;
    this.hashes[number] = hash;
    for (let word = 0; word < words; word++) this.bits[number * words + word] = set[word] as number;
    if (states.length === this.hashes.length) this.grow();
    return true;
  }

  private sameSet(seen: number, set: Int32Array): boolean {
    const from = seen * this.words;
    for (let word = 0; word < this.words; word++) if (this.bits[from + word] !== set[word]) return false;
    return true;
  }

  /** Doubles everything: the table is at most half full. */
  private grow(): void {
    const { hashes, bits } = this;
    this.hashes = new Int32Array(hashes.length * 2);
    this.hashes.set(hashes);
    this.bits = new Int32Array(bits.length * 2);
    this.bits.set(bits);
    const table = new Int32Array(this.table.length * 2);
    const mask = table.length - 1;
    for (let number = 0; number < this.states.length; number++) {
      let slot = (hashes[number] as number) & mask;
      while (table[slot] !== 0) slot = (slot + 1) & mask;
      table[slot] = number + 1;
    }
    this.table = table;
  }
}
