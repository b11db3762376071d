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

/** Judges every read. O(edges × writes / 32) time. `sorted` is the topological order of `before`. */
export function judgeReads(
  { accesses, writes }: Accesses,
  before: PromisedOrder['before'],
  sorted: Int32Array,
  { infers, successive = false }: { readonly infers: boolean; readonly successive?: boolean },
): Visibility {
  // Writes are numbered key by key, so that those of one key are neighbours.
  const numbered = writes.flat();
  const number = new Int32Array(accesses.length).fill(-1);
  for (const [place, id] of numbered.entries()) number[id] = place;
  const firstOf = new Int32Array(writes.length + 1);
  for (const [key, ofKey] of writes.entries()) firstOf[key + 1] = (firstOf[key] as number) + ofKey.length;
  const visible = new Int32Array(before.length * WORDS);
  const overwritten = new Int32Array(before.length * WORDS);
  const inferred: Inferred[] = [];
  const successions: (readonly [earlier: number, later: number])[] = [];
  const followsAny = new Uint8Array(accesses.length);
  const repeats = earlierReads(accesses);
  let wrongRead = Infinity;
  for (let from = 0; from < numbered.length; from += BLOCK) {
    visible.fill(0);
    overwritten.fill(0);
    for (const node of sorted) {
      const base = node * WORDS;
      for (const earlier of before[node] ?? []) {
        const at = earlier * WORDS;
        for (let word = 0; word < WORDS; word++) {
          visible[base + word] = (visible[base + word] as number) | (visible[at + word] as number);
          overwritten[base + word] = (overwritten[base + word] as number) | (overwritten[at + word] as number);
        }
      }
      const access = accesses[node];
      if (access === undefined) continue;
      const low = Math.max(0, (firstOf[access.key] as number) - from);
      const high = Math.min(BLOCK, (firstOf[access.key + 1] as number) - from);
      const writeAt = (word: number, bit: number): number =>
        numbered[from + (word << 5) + 31 - Math.clz32(bit)] as number;
      if (access.isWrite) {
        for (let word = low >> 5; word << 5 < high; word++) {
          const shown = (visible[base + word] as number) & bits(low, high, word);
          if (shown !== 0) followsAny[node] = 1;
          for (let rest = successive ? shown & ~(overwritten[base + word] as number) : 0; rest !== 0; rest &= rest - 1)
            successions.push([writeAt(word, rest & -rest), node]);
          overwritten[base + word] = (overwritten[base + word] as number) | shown;
        }
        const own = (number[node] as number) - from;
        if (own >= 0 && own < BLOCK)
          visible[base + (own >> 5)] = (visible[base + (own >> 5)] as number) | (1 << (own & 31));
        continue;
      }
      const { source } = access;
      const at = source * WORDS;
      const repeated = repeats[node] as number;
      for (let word = low >> 5; word << 5 < high; word++) {
        const shown = (visible[base + word] as number) & bits(low, high, word);
        if (source === INITIAL) {
          if (shown !== 0) wrongRead = Math.min(wrongRead, node);
          continue;
        }
        const known =
          (visible[at + word] as number) | (repeated < 0 ? 0 : (visible[repeated * WORDS + word] as number));
        for (let rest = infers ? shown & ~known : 0; rest !== 0; rest &= rest - 1) {
          const write = writeAt(word, rest & -rest);
          if (write !== source) inferred.push({ write, source, read: node });
        }
      }
      const own = source === INITIAL ? -1 : (number[source] as number) - from;
      if (own < 0 || own >= BLOCK) continue;
      if ((((overwritten[base + (own >> 5)] as number) >>> (own & 31)) & 1) === 1)
        wrongRead = Math.min(wrongRead, node);
    }
  }
  if (successive) for (const id of numbered) if (followsAny[id] === 0) successions.push([INITIAL, id]);
  return { wrongRead: wrongRead === Infinity ? undefined : wrongRead, inferred, successions };
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
