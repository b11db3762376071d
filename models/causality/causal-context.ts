/**
 * Which updates a replica has seen. Each update has a name of its own, a dot: the n-th of its actor (P. Almeida, C. Baquero,
 * R. Gonçalves, N. Preguiça, V. Fonte, "Scalable and accurate causality tracking for eventually consistent stores", DAIS
 * 2014). What has no gaps is kept as a version vector, the rest as a cloud of dots.
 */

/** One life of a replica: `r1-4f2a`. No two lives share a name, so no two updates do. */
export type Actor = string;

/** `r1-4f2a#3` is the third update of that actor. */
export type Dot = string;

export interface CausalContext {
  vector: Record<Actor, number>;
  cloud: Dot[];
}

export const emptyContext = (): CausalContext => ({ vector: {}, cloud: [] });

export const copyContext = ({ vector, cloud }: CausalContext): CausalContext => ({
  vector: { ...vector },
  cloud: [...cloud],
});

export const nameDot = (actor: Actor, n: number): Dot => `${actor}#${n}`;

export function partsOf(dot: Dot): { readonly actor: Actor; readonly n: number } {
  const place = dot.lastIndexOf('#');
  return { actor: dot.slice(0, place), n: Number(dot.slice(place + 1)) };
}

export function hasSeen({ vector, cloud }: CausalContext, dot: Dot): boolean {
  const { actor, n } = partsOf(dot);
  return n <= (vector[actor] ?? 0) || cloud.includes(dot);
}

export const dotsOf = ({ vector, cloud }: CausalContext): Dot[] => [
  ...Object.entries(vector).flatMap(([actor, count]) =>
    Array.from({ length: count }, (_, index) => nameDot(actor, index + 1)),
  ),
  ...cloud,
];

/** A text that two contexts share just if they have seen the same: what has no gaps is in the vector, so there is one form. */
export const textOf = ({ vector, cloud }: CausalContext): string =>
  [...Object.entries(vector).map(([actor, n]) => `${actor} ${n}`), ...cloud].sort().join(',');

/** Whether `context` has seen all that `other` has. */
export const includesContext = (context: CausalContext, { vector, cloud }: CausalContext): boolean =>
  Object.entries(vector).every(([actor, n]) => n <= (context.vector[actor] ?? 0) || hasAll(context, actor, n)) &&
  cloud.every((dot) => hasSeen(context, dot));

const hasAll = (context: CausalContext, actor: Actor, count: number): boolean =>
  Array.from({ length: count }, (_, index) => nameDot(actor, index + 1)).every((dot) => hasSeen(context, dot));

/** Adds to `context` all that `other` has seen. */
export function joinContext(context: CausalContext, other: CausalContext): void {
  for (const [actor, n] of Object.entries(other.vector))
    context.vector[actor] = Math.max(n, context.vector[actor] ?? 0);
  for (const dot of other.cloud) if (!hasSeen(context, dot)) context.cloud.push(dot);
  context.cloud = compacted(context);
}

export const addDot = (context: CausalContext, dot: Dot): void => {
  joinContext(context, { vector: {}, cloud: [dot] });
};

/** Moves the dots of the cloud that follow on the vector into it; what is left of the cloud. */
function compacted({ vector, cloud }: CausalContext): Dot[] {
  if (cloud.length === 0) return [];
  const inOrder = cloud.map((dot) => ({ dot, ...partsOf(dot) })).sort((one, other) => one.n - other.n);
  return inOrder
    .filter(({ actor, n }) => {
      const known = vector[actor] ?? 0;
      if (n === known + 1) vector[actor] = n;
      return n > known + 1;
    })
    .map(({ dot }) => dot);
}

/** The dots by which two replicas hold one member or version, and what each of them has seen. */
export interface HeldDots {
  readonly mine: readonly Dot[];
  readonly theirs: readonly Dot[];
  readonly seenByMe: CausalContext;
  readonly seenByThem: CausalContext;
}

/** Of two states that are joined: what both hold, and what one holds and the other has never seen. */
export const heldDots = ({ mine, theirs, seenByMe, seenByThem }: HeldDots): readonly Dot[] => [
  ...mine.filter((dot) => theirs.includes(dot) || !hasSeen(seenByThem, dot)),
  ...theirs.filter((dot) => !mine.includes(dot) && !hasSeen(seenByMe, dot)),
];
