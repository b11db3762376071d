/**
 * Each read judged by itself: what is before it in the promised order is visible to it, and it must return a visible write
 * that no other visible one overwrites. Enough where reads need not agree with each other; where they must, what each tells
 * of the order of writes is gathered on the way.
 */
import { INITIAL, type Access, type Accesses } from './accesses.js';
import type { Inferred, PromisedOrder } from './session-order.js';

/** How many writes are followed through the history at once: bounds the memory to 256 bytes per operation. */
const BLOCK = 1_024;
const WORDS = BLOCK / 32;

export interface Visibility {
  /** The first read that returned an overwritten value, or the initial one although a write was visible. */
  readonly wrongRead: number | undefined;
  /** The writes visible to a read that the promised order does not put before the write that it returned, if asked for. */
  readonly inferred: readonly Inferred[];
  /** Writes and the last ones of their key before them in the promised order, or INITIAL, if asked for. */
  readonly successions: readonly (readonly [earlier: number, later: number])[];
}

export interface Asked {
  readonly infers: boolean;
  readonly successive?: boolean;
}

/** Judges every read. O(edges × writes / 32) time. `sorted` is the topological order of `before`. */
export function judgeReads(
  all: Accesses,
  before: PromisedOrder['before'],
  sorted: Int32Array,
  asked: Asked,
): Visibility {
  return new Sweep(all, before, asked).run(sorted);
}

/** Follows the writes, a block of them at a time, along the order: of each node those visible and those overwritten. */
class Sweep {
  private readonly accesses: Accesses['accesses'];
  private readonly before: PromisedOrder['before'];
  private readonly asked: Asked;
  /** The writes, key by key, so that those of one key are neighbours; of each its place, and of each key the first. */
  private readonly numbered: readonly number[];
  private readonly placeOf: Int32Array;
  private readonly firstOf: Int32Array;
  private readonly repeats: Int32Array;
  private readonly visible: Int32Array;
  private readonly overwritten: Int32Array;
  private readonly inferred: Inferred[] = [];
  private readonly successions: (readonly [earlier: number, later: number])[] = [];
  /** Of each write whether another of its key is before it. */
  private readonly followsAny: Uint8Array;
  private wrongRead = Infinity;
  /** The first write of the block. */
  private from = 0;

  constructor({ accesses, writes }: Accesses, before: PromisedOrder['before'], asked: Asked) {
    this.accesses = accesses;
    this.before = before;
    this.asked = asked;
    this.numbered = writes.flat();
    this.placeOf = new Int32Array(accesses.length).fill(-1);
    for (const [place, id] of this.numbered.entries()) this.placeOf[id] = place;
    this.firstOf = new Int32Array(writes.length + 1);
    for (const [key, { length }] of writes.entries()) this.firstOf[key + 1] = (this.firstOf[key] as number) + length;
    this.repeats = earlierReads(accesses);
    this.visible = new Int32Array(before.length * WORDS);
    this.overwritten = new Int32Array(before.length * WORDS);
    this.followsAny = new Uint8Array(accesses.length);
  }

  run(sorted: Int32Array): Visibility {
    for (this.from = 0; this.from < this.numbered.length; this.from += BLOCK) {
      this.visible.fill(0);
      this.overwritten.fill(0);
      for (const node of sorted) {
        for (const earlier of this.before[node] ?? []) this.inherit(node * WORDS, earlier * WORDS);
        const access = this.accesses[node];
        if (access === undefined) continue;
        const low = Math.max(0, (this.firstOf[access.key] as number) - this.from);
        const high = Math.min(BLOCK, (this.firstOf[access.key + 1] as number) - this.from);
        if (access.isWrite) this.write(node, { low, high });
        else this.read(node, access.source, { low, high });
      }
    }
    const { wrongRead, inferred, successions, followsAny } = this;
    if (this.asked.successive === true)
      for (const id of this.numbered) if (followsAny[id] === 0) successions.push([INITIAL, id]);
    return { wrongRead: wrongRead === Infinity ? undefined : wrongRead, inferred, successions };
  }

  private inherit(base: number, earlier: number): void {
    const { visible, overwritten } = this;
    for (let word = 0; word < WORDS; word++) {
      visible[base + word] = (visible[base + word] as number) | (visible[earlier + word] as number);
      overwritten[base + word] = (overwritten[base + word] as number) | (overwritten[earlier + word] as number);
    }
  }

  /** What was visible to it of its key is overwritten behind it. */
  private write(node: number, { low, high }: Range): void {
    const { visible, overwritten, asked } = this;
    const base = node * WORDS;
    for (let word = low >> 5; word << 5 < high; word++) {
      const shown = (visible[base + word] as number) & bits(low, high, word);
      if (shown !== 0) this.followsAny[node] = 1;
      if (asked.successive === true)
        this.each(word, shown & ~(overwritten[base + word] as number), (earlier) => {
          this.successions.push([earlier, node]);
        });
      overwritten[base + word] = (overwritten[base + word] as number) | shown;
    }
    const own = (this.placeOf[node] as number) - this.from;
    if (own < 0 || own >= BLOCK) return;
    visible[base + (own >> 5)] = (visible[base + (own >> 5)] as number) | (1 << (own & 31));
  }

  private read(node: number, source: number, { low, high }: Range): void {
    const { visible, overwritten } = this;
    const base = node * WORDS;
    const repeated = (this.repeats[node] as number) * WORDS;
    for (let word = low >> 5; word << 5 < high; word++) {
      const shown = (visible[base + word] as number) & bits(low, high, word);
      if (source === INITIAL) {
        if (shown !== 0) this.wrongRead = Math.min(this.wrongRead, node);
      } else if (this.asked.infers) {
        const told = repeated < 0 ? 0 : (visible[repeated + word] as number);
        this.each(word, shown & ~(told | (visible[source * WORDS + word] as number)), (write) => {
          if (write !== source) this.inferred.push({ write, source, read: node });
        });
      }
    }
    const place = source === INITIAL ? -1 : (this.placeOf[source] as number) - this.from;
    if (place < 0 || place >= BLOCK) return;
    if ((((overwritten[base + (place >> 5)] as number) >>> (place & 31)) & 1) === 1)
      this.wrongRead = Math.min(this.wrongRead, node);
  }

  /** The writes whose bits are set in `word` of the block. */
  private each(word: number, set: number, visit: (write: number) => void): void {
    for (let rest = set; rest !== 0; rest &= rest - 1)
      visit(this.numbered[this.from + (word << 5) + 31 - Math.clz32(rest & -rest)] as number);
  }
}

/** Of a block, the writes of one key. */
interface Range {
  readonly low: number;
  readonly high: number;
}

/** Of each read the one before it by the same session that returned the same write, if no other of the key was between. */
function earlierReads(accesses: readonly Access[]): Int32Array {
  const earlier = new Int32Array(accesses.length).fill(-1);
  const latest = new Map<string, number>();
  for (const [id, { isWrite, session, key, source }] of accesses.entries()) {
    if (isWrite) continue;
    const last = latest.get(`${session} ${key}`) ?? -1;
    if (accesses[last]?.source === source) earlier[id] = last;
    latest.set(`${session} ${key}`, id);
  }
  return earlier;
}

/** The bits of `word` that lie in [low, high). */
function bits(low: number, high: number, word: number): number {
  const from = Math.max(0, low - (word << 5));
  const to = Math.min(32, high - (word << 5));
  if (to <= from) return 0;
  const upTo = to === 32 ? -1 : (1 << to) - 1;
  return upTo & ~((1 << from) - 1);
}
