/**
 * What is stored under a key: versions that none of the others follows, and all that has been seen of the key (dotted
 * version vectors: N. Preguiça, C. Baquero, P. Almeida, V. Fonte, R. Gonçalves, PODC 2012; Dynamo's own vector clocks, §4.4,
 * cannot tell two writes through one node from one that follows the other).
 */
import {
  addDot,
  copyContext,
  emptyContext,
  heldDots,
  joinContext,
  textOf,
  type CausalContext,
  type Dot,
} from '../causality/causal-context.js';

/** A value, or null where it was deleted: a tombstone. */
export interface Version {
  readonly dot: Dot;
  readonly value: number | null;
  /** When it was written, on the clock of the node that took it. */
  readonly at: number;
}

export interface StoredObject {
  readonly versions: readonly Version[];
  readonly seen: CausalContext;
}

export const NOTHING: StoredObject = { versions: [], seen: emptyContext() };

/** What a write adds: one version, instead of all that its writer had seen. */
export function written(version: Version, follows: CausalContext): StoredObject {
  const seen = copyContext(follows);
  addDot(seen, version.dot);
  return { versions: [{ ...version }], seen };
}

/** What two copies know together. */
export function merged(one: StoredObject, other: StoredObject): StoredObject {
  const all = new Map([...one.versions, ...other.versions].map((version) => [version.dot, version]));
  const kept = heldDots({
    mine: one.versions.map(({ dot }) => dot),
    theirs: other.versions.map(({ dot }) => dot),
    seenByMe: one.seen,
    seenByThem: other.seen,
  });
  const seen = copyContext(one.seen);
  joinContext(seen, other.seen);
  const versions = kept.flatMap((dot) => {
    const version = all.get(dot);
    return version === undefined ? [] : [{ ...version }];
  });
  return { versions: versions.sort((left, right) => (left.dot < right.dot ? -1 : 1)), seen };
}

/** A text that two copies share just if they are the same. */
export const summary = ({ versions, seen }: StoredObject): string =>
  `${versions
    .map(({ dot }) => dot)
    .sort()
    .join(' ')}|${textOf(seen)}`;

export const sameObject = (one: StoredObject, other: StoredObject): boolean => summary(one) === summary(other);
