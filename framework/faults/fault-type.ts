/** What each kind of fault has to say of itself, all in one place: its form, its effect, its range and its words. */
import * as fc from 'fast-check';
import { z } from 'zod';
import type { Disturbance } from '../world/network.js';
import type { NodeId } from '../world/protocol.js';
import type { Tally, World } from '../world/world.js';

/** The common part of all faults. */
export interface AnyFault {
  readonly kind: string;
  /** Simulated microseconds from the start of the run. */
  readonly at: number;
}

/** What faults are drawn for. */
export interface Setting {
  /** Faults begin before this moment, and most end before it. */
  readonly faultsMicros: number;
  readonly clients: readonly NodeId[];
}

/** What every tolerance may say, and most do. */
export interface AnyTolerance {
  /** The nodes that it befalls. */
  readonly nodes: readonly NodeId[];
  /** How many faults of this kind there may be in one run. Default: any number. */
  readonly atMost?: number;
}

/** Everything about one kind of fault. `T` is what a system says if it tolerates it. */
export interface FaultType<F extends AnyFault, T> {
  readonly kind: F['kind'];
  /** The fault in a file. */
  readonly schema: z.ZodObject;
  /** Any fault of this kind that `tolerance` covers, but for the time at which it begins. */
  arbitrary(tolerance: T, setting: Setting): fc.Arbitrary<Omit<F, 'at' | 'kind'>>;
  isTolerated(fault: F, tolerance: T, setting: Pick<Setting, 'clients'>): boolean;
  /** What is wrong with `tolerance`, given the system's nodes. */
  problems(tolerance: T, nodes: readonly NodeId[]): readonly string[];
  /** Begins the fault now; the result ends it. */
  begin(world: World, fault: F): () => void;
  /** How long it lasts, in microseconds; null if until healing. */
  duration(fault: F): number | null;
  /** The servers that it names, and the nodes that may be clients too. */
  names(fault: F): { readonly servers?: readonly NodeId[]; readonly anywhere?: readonly NodeId[] };
  /** The servers that are down while it lasts. Default: none. */
  takesDown?(fault: F): readonly NodeId[];
  /** The same fault with less to it, the plainest first. */
  simpler(fault: F): readonly F[];
  /** `s1 is paused for 3 ms`. */
  describe(fault: F): string;
  describeEnd(fault: F): string;
  /** What diagrams draw in the lanes of its nodes when it begins and ends. */
  readonly marks: readonly [begins: string, ends: string];
  /** The count that shows that it really happened. */
  readonly exercised: keyof Tally;
}

// --- Parts that many kinds share. ---

export const micros = z.int().nonnegative();
export const name = z.string().min(1);
export const percent = z.int().min(0).max(100);
export const perMillion = z.int().min(0).max(1_000_000);
export const forMicros = z.union([micros, z.null()]);

/** Lengths of faults: often as short as a message's way, sometimes as long as the whole fault phase. */
export const durations = (faultsMicros: number): fc.Arbitrary<number> =>
  fc.oneof(
    fc.integer({ min: 100, max: 5_000 }),
    fc.integer({ min: 1_000, max: Math.max(1_000, Math.floor(faultsMicros / 4)) }),
    fc.integer({ min: 1_000, max: faultsMicros }),
  );

/** `12.345 ms`, without zeros at its end. */
export const millis = (time: number): string => `${(time / 1_000).toFixed(3).replace(/\.?0+$/, '')} ms`;

export const lasting = (time: number | null): string => (time === null ? 'until healing' : `for ${millis(time)}`);

/** The same fault until healing, if it ends before. */
export const untilHealing = <F extends { readonly forMicros: number | null }>(fault: F): readonly F[] =>
  fault.forMicros === null ? [] : [{ ...fault, forMicros: null }];

/** The same fault with all unsynced writes lost, if some survive. */
export const keepingNothing = <F extends { readonly unsyncedKeptPercent: number }>(fault: F): readonly F[] =>
  fault.unsyncedKeptPercent === 0 ? [] : [{ ...fault, unsyncedKeptPercent: 0 }];

/** `, keeping 50 % of its unsynced writes`; nothing if none survives. */
export const keeping = (unsyncedKeptPercent: number, whose = 'its'): string =>
  unsyncedKeptPercent === 0 ? '' : `, keeping ${unsyncedKeptPercent} % of ${whose} unsynced writes`;

/** `strangers(['s9'], nodes)`: what a tolerance names that is no node. */
export const strangers = (named: readonly NodeId[], nodes: readonly NodeId[]): readonly string[] =>
  named
    .filter((node) => !nodes.includes(node))
    .map((node) => `tolerates names node '${node}', but the nodes are ${nodes.join(', ')}`);

/** A fault of one server that lasts for a while. */
export interface NodeFault extends AnyFault {
  readonly node: NodeId;
  readonly forMicros: number | null;
}

/** What is the same for all faults of one server. */
export const ofOneNode = {
  isTolerated: (fault: { readonly node: NodeId }, { nodes }: AnyTolerance): boolean => nodes.includes(fault.node),
  problems: ({ nodes }: AnyTolerance, all: readonly NodeId[]): readonly string[] => strangers(nodes, all),
  names: ({ node }: { readonly node: NodeId }) => ({ servers: [node] }),
  duration: (fault: NodeFault): number | null => fault.forMicros,
  simpler: untilHealing,
};

/** A fault of the links from one group of nodes to another that lasts for a while. */
export interface LinkFault extends AnyFault {
  readonly from: readonly NodeId[];
  readonly to: readonly NodeId[];
  readonly forMicros: number | null;
}

export const groups = { from: z.array(name).min(1), to: z.array(name).min(1) };

/** What is the same for all faults of links. */
export const ofLinks = {
  isTolerated: (
    { from, to }: Pick<LinkFault, 'from' | 'to'>,
    { nodes }: AnyTolerance,
    { clients }: Pick<Setting, 'clients'>,
  ): boolean => [...from, ...to].every((one) => clients.includes(one) || nodes.includes(one)),
  problems: ({ nodes }: AnyTolerance, all: readonly NodeId[]): readonly string[] => [
    ...strangers(nodes, all),
    ...(nodes.length >= 2 ? [] : ['tolerates links of fewer than two nodes: there are none']),
  ],
  names: ({ from, to }: Pick<LinkFault, 'from' | 'to'>) => ({ anywhere: [...from, ...to] }),
  duration: (fault: LinkFault): number | null => fault.forMicros,
  simpler: <F extends LinkFault>(fault: F): readonly F[] => [...untilHealing(fault), ...smallerGroups(fault)],
};

/** One node less in one of the groups: a candidate for each node that is not alone there. */
export const smallerGroups = <F extends Pick<LinkFault, 'from' | 'to'>>(fault: F): readonly F[] =>
  (['from', 'to'] as const).flatMap((side) =>
    fault[side].length === 1
      ? []
      : fault[side].map((_, place) => ({ ...fault, [side]: fault[side].toSpliced(place, 1) })),
  );

export const nodesNamed = (world: World, names: readonly NodeId[]) => names.map((one) => world.node(one));

/** Disturbs the links from one group to the other now; the result ends that. */
export function disturb(
  world: World,
  { from: sources, to: targets }: Pick<LinkFault, 'from' | 'to'>,
  what: Partial<Disturbance>,
): () => void {
  const [from, to] = [nodesNamed(world, sources), nodesNamed(world, targets)];
  const disturbance = { extraMicros: 0, jitterMicros: 0, dropPerMillion: 0, duplicatePerMillion: 0, ...what };
  world.disturb(from, to, disturbance);
  return () => {
    world.undisturb(from, to, disturbance);
  };
}

/** Two groups for a link fault: one node and another, a client and a node, or a node and all others, either way. */
export function linkGroups(
  nodes: readonly NodeId[],
  clients: readonly NodeId[],
): fc.Arbitrary<{ readonly from: readonly NodeId[]; readonly to: readonly NodeId[] }> {
  const others = (node: NodeId) => [...nodes.filter((other) => other !== node), ...clients];
  return fc
    .record({ node: fc.constantFrom(...nodes), wide: fc.boolean(), other: fc.nat(), outwards: fc.boolean() })
    .map(({ node, wide, other, outwards }) => {
      const all = others(node);
      const far = wide ? all : [all[other % all.length] as NodeId];
      return outwards ? { from: [node], to: far } : { from: far, to: [node] };
    });
}

/** A kind of fault that lasts for a while on one server, and has nothing else to be said of it. */
export function plainNodeFault<K extends string>(
  kind: K,
  rest: Pick<
    FaultType<NodeFault & { readonly kind: K }, AnyTolerance>,
    'begin' | 'takesDown' | 'describe' | 'describeEnd' | 'marks' | 'exercised'
  >,
): FaultType<NodeFault & { readonly kind: K }, AnyTolerance> {
  return {
    ...ofOneNode,
    kind,
    schema: z.strictObject({ kind: z.literal(kind), at: micros, node: name, forMicros }),
    arbitrary: ({ nodes }, { faultsMicros }) =>
      fc.record({ node: fc.constantFrom(...nodes), forMicros: durations(faultsMicros) }),
    ...rest,
  };
}
