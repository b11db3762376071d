/**
 * Coverage of a protocol's behaviour: which messages and timers met which states. States are made abstract, so that the
 * pairs are few enough to be exhausted; a pair not seen before is what a search that learns goes after.
 */
import { hashString, hashValue, mix } from '../kernel/hash.js';
import type { Cluster } from '../simulation/system.js';
import type { AnyMessage } from '../world/protocol.js';
import type { AnyOperation } from '../history/entry.js';
import type { WorldEvent } from '../world/event.js';
import type { WorldNode } from '../world/node.js';
import type { WorldObserver } from '../world/world.js';

/** Deeper than this, only whether there is anything. */
const DEPTH_MAX = 3;
/** Of longer lists, and of records with more fields, only that they are long. */
const FEW = 3;
const FIELDS_MAX = 24;

/**
 * What is left of a state: which fields it has, how many items their lists have (0, 1, 2, 3 or more), of numbers whether
 * they are negative, 0, 1 or more, of texts what is left without their digits.
 */
export function abstractHash(value: unknown, depth = 0): number {
  switch (typeof value) {
    case 'number':
      return value < 0 ? 3 : value > 1 ? 2 : value;
    case 'boolean':
      return value ? 5 : 7;
    case 'string':
      return mix(11, wordHash(value));
    case 'object': {
      if (value === null) return 13;
      if (Array.isArray(value)) {
        let hash = mix(17, Math.min(value.length, FEW));
        if (value.length > FEW || depth >= DEPTH_MAX) return hash;
        for (const item of value) hash = mix(hash, abstractHash(item, depth + 1));
        return hash;
      }
      const fields = Object.keys(value);
      if (fields.length > FIELDS_MAX || depth >= DEPTH_MAX) return mix(19, Math.min(fields.length, FEW));
      let sum = 23;
      // A sum does not depend on the order of the fields.
      for (const field of fields)
        sum =
          (sum + mix(Math.imul(wordHash(field), 0x9e3779b1), abstractHash(Reflect.get(value, field), depth + 1))) | 0;
      return sum;
    }
    default:
      return 29;
  }
}

/** Hashes of texts without their digits: the same few come again and again. */
const words = new Map<string, number>();
const WORDS_MAX = 10_000;

function wordHash(text: string): number {
  const known = words.get(text);
  if (known !== undefined) return known;
  const hash = hashString(text.replaceAll(/\d+/g, ''));
  if (words.size < WORDS_MAX) words.set(text, hash);
  return hash;
}

/** Sees the runs that it observes, and remembers which pairs of state and message they went through. */
export class Coverage implements WorldObserver {
  /** Pairs seen since this was last set to 0 that had not been seen before. */
  fresh = 0;
  private readonly pairs = new Set<number>();
  private readonly abstractions: Cluster<AnyMessage, AnyOperation, unknown>['abstractions'];

  constructor({ abstractions }: Pick<Cluster<AnyMessage, AnyOperation, unknown>, 'abstractions'>) {
    this.abstractions = abstractions;
  }

  /** How many pairs have been seen. */
  get size(): number {
    return this.pairs.size;
  }

  stepping({ node, kind, message, timer }: WorldEvent): void {
    if (node === undefined || node.isClient) return;
    const what = kind === 'deliver' ? hashString(message?.kind ?? '') : mix(31, hashString(timer));
    const pair = mix(mix(this.roleOf(node), this.stateOf(node)), what);
    if (this.pairs.has(pair)) return;
    this.pairs.add(pair);
    this.fresh++;
  }

  /** Nodes of one role are the same to coverage. */
  private roleOf({ behaviour }: WorldNode): number {
    let number = this.roles.get(behaviour);
    if (number === undefined) this.roles.set(behaviour, (number = this.roles.size));
    return number;
  }

  private readonly roles = new Map<unknown, number>();

  private stateOf({ behaviour, state }: WorldNode): number {
    const own = this.abstractions?.find(({ role }) => role.behaviour === behaviour);
    return own === undefined ? abstractHash(state) : hashValue(own.inspect(state));
  }

  sent(): void {
    // Coverage is of what arrives.
  }

  lost(): void {
    // Likewise.
  }

  patched(): void {
    // States are looked at when something meets them.
  }
}
