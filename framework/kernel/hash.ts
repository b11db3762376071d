/**
 * Hashing for two jobs: the fate of a message (a pure function of seed, link and n) and the digest of a run. Integer
 * arithmetic only, so that every engine and every Node version gives the same bits. Not cryptographic.
 */
import { InvariantError } from './invariant.js';
import { DEPTH_MAX, requirePlain } from './plain-data.js';

/** Mixes `value` into `hash`: murmur3's block step, then half of its finaliser. Both are taken modulo 2³². */
export function mix(hash: number, value: number): number {
  let h = Math.imul(hash ^ value, 0xcc9e2d51);
  h ^= h >>> 15;
  h = Math.imul(h, 0x1b873593);
  return h ^ (h >>> 13);
}

/** murmur3's finaliser: every input bit reaches every output bit. The result is unsigned. */
export function avalanche(hash: number): number {
  let h = hash ^ (hash >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

export function hashString(text: string): number {
  let h = 0x811c9dc5 ^ text.length;
  for (let index = 0; index < text.length; index++) h = Math.imul(h ^ text.charCodeAt(index), 0x01000193);
  return h ^ (h >>> 15);
}

/** The hash of a field's name. Multiplied, so that it is not exchangeable with a value's: `mix` takes their xor. */
export const hashName = (name: string): number => Math.imul(hashString(name), 0x9e3779b1);

const float = new Float64Array(1);
const floatBits = new Uint32Array(float.buffer);

/**
 * The hash of plain data (JSON values and `undefined`). The order of an object's keys does not matter, that of an array's
 * elements does. Throws on functions, symbols, bigints and on data nested deeper than 100 levels (a cycle, that is).
 */
export function hashValue(value: unknown, depth = 0): number {
  switch (typeof value) {
    case 'string':
      return hashString(value);
    case 'number':
      if ((value | 0) === value) return mix(0x2545f491, value);
      if (!Number.isFinite(value)) throw new InvariantError(`expected plain data (JSON values), got ${value}`);
      float[0] = value;
      return mix(mix(0x6c078965, floatBits[0] as number), floatBits[1] as number);
    case 'boolean':
      return value ? 0x5bd1e995 : 0x1e35a7bd;
    case 'undefined':
      return 0x27d4eb2f;
    case 'object': {
      if (value === null) return 0x165667b1;
      if (depth > DEPTH_MAX) throw new InvariantError(`data is nested deeper than ${DEPTH_MAX} levels, or cyclic`);
      if (Array.isArray(value)) {
        let h = mix(0x9e3779b1, value.length);
        for (let index = 0; index < value.length; index++) h = mix(h, hashValue(value[index], depth + 1));
        return h;
      }
      requirePlain(value);
      let sum = 0x3c6ef372;
      const record = value as Record<string, unknown>;
      // A sum does not depend on the order of the keys.
      for (const key in record) {
        const field = record[key];
        if (field !== undefined) sum = (sum + mix(hashName(key), hashValue(field, depth + 1))) | 0;
      }
      return mix(sum, 0x7feb352d);
    }
    case 'bigint':
    case 'symbol':
    case 'function':
      throw new InvariantError(`expected plain data (JSON values), got a ${typeof value}`);
  }
}

/** A running 64-bit digest in two 32-bit lanes. Equal sequences of `add` give equal digests. */
export class Digest {
  private high = 0x6a09e667;
  private low = 0xbb67ae85;

  add(value: number): void {
    let h = Math.imul(this.high ^ value, 0x85ebca6b);
    h ^= h >>> 13;
    const l = Math.imul(this.low + value, 0xc2b2ae35) ^ h;
    this.high = (h + Math.imul(this.low, 5)) | 0;
    this.low = l ^ (l >>> 16);
  }

  /** 32 bits of the digest so far, for cheap comparison step by step. */
  peek(): number {
    return (this.high ^ this.low) >>> 0;
  }

  /** The digest so far: 16 hexadecimal digits. */
  hex(): string {
    const lane = (value: number): string => avalanche(value).toString(16).padStart(8, '0');
    return lane(this.high) + lane(this.low ^ this.high);
  }
}
