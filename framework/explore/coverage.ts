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

/** Deeper than this, and in longer records (by name of a node or of a key, most likely), only how many items there are. */
const DEPTH_MAX = 2;
const FIELDS_MAX = 24;

/**
 * What is left of a state: which fields it has, whether their lists and numbers are 0, 1 or more, and what is left of their
 * texts without their digits. Of what is nested deeper, whether there is anything.
 */
export function abstractHash(value: unknown, depth = 0): number {
  switch (typeof value) {
    case 'number':
      return few(value);
    case 'boolean':
      return value ? 5 : 7;
    case 'string':
      return mix(11, wordHash(value));
    case 'object': {
      if (value === null) return 13;
      if (Array.isArray(value)) return mix(17, few(value.length));
      const fields = Object.keys(value);
      if (fields.length > FIELDS_MAX || depth >= DEPTH_MAX) return mix(19, few(fields.length));
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

const few = (count: number): number => (count < 0 ? 3 : count > 1 ? 2 : count);

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
  private fresh: number[] = [];
  private readonly pairs = new Set<number>();
  private readonly abstractions: Cluster<AnyMessage, AnyOperation, unknown>['abstractions'];

  constructor({ abstractions }: Pick<Cluster<AnyMessage, AnyOperation, unknown>, 'abstractions'>) {
    this.abstractions = abstractions;
  }

  /** How many pairs have been seen. */
  get size(): number {
    return this.pairs.size;
  }

  /** The pairs seen for the first time since this was last asked. */
  takeFresh(): readonly number[] {
    const { fresh } = this;
    this.fresh = [];
    return fresh;
  }

  stepping({ node, kind, message, timer }: WorldEvent): void {
    if (node === undefined || node.isClient) return;
    const what = kind === 'deliver' ? hashString(message?.kind ?? '') : mix(31, hashString(timer));
    const pair = mix(mix(this.roleOf(node), this.stateOf(node)), what);
    if (this.pairs.has(pair)) return;
    this.pairs.add(pair);
    this.fresh.push(pair);
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
