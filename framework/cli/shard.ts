/** A part of a campaign: `2/5` is the second of five. Together the parts are all of its seeds, and no two have one in common. */
import { WrongCall } from './usage-error.js';
import type { SeedRange } from './seed-range.js';

export interface Shard {
  /** From 1. */
  readonly index: number;
  readonly of: number;
}

export const WHOLE: Shard = { index: 1, of: 1 };

/** More jobs than that are a mistake of typing. */
const SHARDS_MAX = 10_000;

/** `2/5` as `{ index: 2, of: 5 }`. Throws a `WrongCall` that names it `what` if it is none. */
export function parseShard(what: string, text: string): Shard {
  const [, index, of] = (/^([1-9]\d*)\/([1-9]\d*)$/.exec(text) ?? []).map(Number);
  if (index !== undefined && of !== undefined && index <= of && of <= SHARDS_MAX) return { index, of };
  throw new WrongCall(
    `${what} takes i/n, whole numbers with 1 ≤ i ≤ n ≤ ${SHARDS_MAX}, such as 2/5 for the second of five parts; got '${text}'`,
  );
}

/** The part's seeds of `count` from `from` on. The sizes of two parts differ by at most one. */
export function shardOf({ from, count }: SeedRange, { index, of }: Shard): SeedRange {
  if (Number.isFinite(count) && from > Number.MAX_SAFE_INTEGER - (count - 1))
    throw new WrongCall(
      `${count} seeds from ${from} on go beyond ${Number.MAX_SAFE_INTEGER}, the last one that there is`,
    );
  if (of === 1) return { from, count };
  if (!Number.isFinite(count))
    throw new WrongCall(`a shard is a part of so many seeds: say with --seeds how many there are, besides the time`);
  if (count < of)
    throw new WrongCall(
      `${count} seeds cannot be shared out to ${of} shards: some would run nothing; use fewer shards`,
    );
  const start = (part: number): number => Math.floor((part * count) / of);
  return { from: from + start(index - 1), count: start(index) - start(index - 1) };
}
