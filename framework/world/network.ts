/**
 * The network between nodes: who can reach whom, and the fate of each message. A fate is a pure function of (seed, link,
 * n-th message on that link), so removing one operation from a plan does not reshuffle the rest.
 */
import { avalanche, hashString, mix } from '../kernel/hash.js';

/** How long a message is under way, in integer microseconds. */
export type Delay =
  /** Uniform in `minMicros` … `maxMicros`, both included. */
  | { readonly kind: 'uniform'; readonly minMicros: number; readonly maxMicros: number }
  /**
   * Mostly near `minMicros`, rarely much longer: beyond `minMicros + scaleMicros · 2^k` with a probability of about 2^-k,
   * and never beyond `maxMicros`.
   */
  | {
      readonly kind: 'long-tail';
      readonly minMicros: number;
      readonly scaleMicros: number;
      readonly maxMicros: number;
    };

/** The behaviour of every link during the fault phase. */
export interface NetworkConditions {
  readonly delay: Delay;
  readonly dropPerMillion: number;
  readonly duplicatePerMillion: number;
  /**
   * If given, the delay of a message depends on its link alone, by the seed; and from each of these messages on (counted
   * from 0 through the run, sent by whomever), its link is the slowest. Default: each message has a delay of its own.
   */
  readonly changePoints?: readonly number[] | undefined;
}

/** What a disturbed link does to its messages, on top of what the network does anyway. Rates add up, and so do delays. */
export interface Disturbance {
  readonly extraMicros: number;
  /** Up to this much more, by the seed: messages overtake one another. */
  readonly jitterMicros: number;
  readonly dropPerMillion: number;
  readonly duplicatePerMillion: number;
}

/** What happens to one message: the delay of each copy that arrives, in microseconds. None: it is dropped. */
export type Copies = readonly number[];

/** The fate of one particular message, overriding what the seed would have given it. */
export interface Fate {
  readonly from: string;
  readonly to: string;
  /** Counts the messages of the link from 0. */
  readonly nth: number;
  readonly delaysMicros: Copies;
}

const TWO_32 = 0x1_0000_0000;

/** The delay that 32 random bits stand for. */
export function delayOf(delay: Delay, bits: number): number {
  switch (delay.kind) {
    case 'uniform':
      return delay.minMicros + Math.floor((bits * (delay.maxMicros - delay.minMicros + 1)) / TWO_32);
    case 'long-tail': {
      const doublings = Math.min(20, Math.clz32(bits));
      const reach = delay.scaleMicros * (1 << doublings);
      const low = avalanche(bits);
      return Math.min(delay.maxMicros, delay.minMicros + Math.floor((low * reach) / TWO_32));
    }
  }
}

/** 32 random bits as a whole number below `bound`. */
const below = (bits: number, bound: number): number => Math.floor((bits * bound) / TWO_32);

/** A link is an ordered pair of nodes, numbered `from · nodeCount + to`. */
export class Network {
  private readonly nodeCount: number;
  private readonly linkHash: Int32Array;
  private readonly sent: Int32Array;
  private readonly blocked: Uint8Array;
  private fates: ReadonlyMap<number, ReadonlyMap<number, Copies>>;
  private conditions: NetworkConditions;
  private isCalm = false;
  /** Number of partitions in force; 0 lets most checks be skipped. */
  private blocks = 0;
  /** By link, what disturbs it now. */
  private readonly disturbances = new Map<number, Disturbance[]>();
  /** By link, the number of messages that were sent before its last reset: those under way then are lost. */
  private readonly resets = new Map<number, number>();
  /** Messages that were given a delay by priority, and the links that have become the slowest. */
  private prioritised = 0;
  private readonly slowest = new Set<number>();
  private single: [number] = [0];

  constructor(options: {
    readonly seed: string;
    readonly names: readonly string[];
    readonly conditions: NetworkConditions;
    readonly fates: readonly Fate[];
  }) {
    const { names } = options;
    const count = names.length;
    this.nodeCount = count;
    this.conditions = options.conditions;
    const seedHash = hashString(options.seed);
    this.linkHash = new Int32Array(count * count);
    const nameHash = names.map(hashString);
    for (let from = 0; from < count; from++)
      for (let to = 0; to < count; to++)
        this.linkHash[from * count + to] = mix(mix(seedHash, nameHash[from] as number), nameHash[to] as number);
    this.sent = new Int32Array(count * count);
    this.blocked = new Uint8Array(count * count);
    const fates = new Map<number, Map<number, Copies>>();
    for (const { from, to, nth, delaysMicros } of options.fates) {
      const [source, target] = [names.indexOf(from), names.indexOf(to)];
      if (source < 0 || target < 0) continue;
      const link = source * count + target;
      const ofLink = fates.get(link) ?? new Map<number, Copies>();
      fates.set(link, ofLink.set(nth, delaysMicros));
    }
    this.fates = fates;
  }

  link(from: number, to: number): number {
    return from * this.nodeCount + to;
  }

  /** Counts one more message on `link` and returns its number on that link, from 0. */
  count(link: number): number {
    const nth = this.sent[link] as number;
    this.sent[link] = nth + 1;
    return nth;
  }

  /** The fate of the `nth` message on `link`. The result is valid until the next call. */
  fate(link: number, nth: number): Copies {
    if (this.fates.size > 0) {
      const decided = this.fates.get(link)?.get(nth);
      if (decided !== undefined && (!this.isCalm || decided.length === 1)) return decided;
    }
    const { delay } = this.conditions;
    let { dropPerMillion, duplicatePerMillion } = this.conditions;
    const key = mix(this.linkHash[link] as number, nth);
    let extra = 0;
    if (this.disturbances.size > 0)
      for (const disturbance of this.disturbances.get(link) ?? []) {
        dropPerMillion += disturbance.dropPerMillion;
        duplicatePerMillion += disturbance.duplicatePerMillion;
        extra += disturbance.extraMicros + below(avalanche(key ^ 0x5f356495), disturbance.jitterMicros + 1);
      }
    if (dropPerMillion > 0 && avalanche(key ^ 0x2c1b3c6d) % 1_000_000 < dropPerMillion) return [];
    const first =
      extra +
      (this.conditions.changePoints === undefined ? delayOf(delay, avalanche(key)) : this.delayByPriority(link));
    if (duplicatePerMillion > 0 && avalanche(key ^ 0x297a2d39) % 1_000_000 < duplicatePerMillion)
      return [first, extra + delayOf(delay, avalanche(key ^ 0x1b56c4e9))];
    this.single[0] = first;
    return this.single;
  }

  /** The delay of a link that has kept its priority, or lost it to a change point. */
  private delayByPriority(link: number): number {
    const { changePoints = [], delay } = this.conditions;
    const message = this.prioritised++;
    if (changePoints.includes(message)) this.slowest.add(link);
    if (this.slowest.has(link)) return delay.maxMicros;
    return delay.minMicros + below(avalanche(this.linkHash[link] as number), delay.maxMicros - delay.minMicros);
  }

  /** Links may be cut by several partitions at once; each must be mended. */
  cut(link: number): void {
    this.blocked[link] = (this.blocked[link] as number) + 1;
    this.blocks++;
  }

  mend(link: number): void {
    this.blocked[link] = (this.blocked[link] as number) - 1;
    this.blocks--;
  }

  isCut(link: number): boolean {
    return this.blocks > 0 && (this.blocked[link] as number) > 0;
  }

  /** Links may be disturbed by several faults at once; each must be calmed with the same object. */
  disturb(link: number, disturbance: Disturbance): void {
    const known = this.disturbances.get(link);
    if (known === undefined) this.disturbances.set(link, [disturbance]);
    else known.push(disturbance);
  }

  undisturb(link: number, disturbance: Disturbance): void {
    const left = (this.disturbances.get(link) ?? []).filter((one) => one !== disturbance);
    if (left.length === 0) this.disturbances.delete(link);
    else this.disturbances.set(link, left);
  }

  isDisturbed(link: number): boolean {
    return this.disturbances.size > 0 && this.disturbances.has(link);
  }

  /** Whatever is under way on `link` is lost. */
  reset(link: number): void {
    this.resets.set(link, this.sent[link] as number);
  }

  /** Whether the `nth` message on `link` was under way when the link was reset. */
  wasReset(link: number, nth: number): boolean {
    return this.resets.size > 0 && nth < (this.resets.get(link) ?? 0);
  }

  /** From now on no message's fate is decided. */
  forgetFates(): void {
    this.fates = new Map();
  }

  /** From now on messages are neither dropped nor duplicated, and are delayed as `delay` says, or as was decided. */
  calm(delay: Delay): void {
    this.isCalm = true;
    this.conditions = { delay, dropPerMillion: 0, duplicatePerMillion: 0 };
  }
}
