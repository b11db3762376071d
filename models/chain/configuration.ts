/**
 * The chain as the master decides it. Every decision is a new configuration with a higher number, and whoever has an
 * older one is told until it has this one: so orders may be lost, repeated and overtaken.
 */
import type { NodeId } from '../../framework/index.js';

/**
 * A server and the connection to its predecessor. A connection is known by the number of the configuration that made it,
 * so it outlives later configurations in which both remain neighbours. One configuration may make two, to different servers.
 */
export interface Member {
  readonly server: NodeId;
  readonly link: number;
  /** Where the connection begins: the length of the server's Hist (the paper's sn), or null until it has told. */
  readonly resumeAt: number | null;
}

/** A server by which the chain is being extended. It will stand behind `after`: in the middle, or as T+ behind the tail. */
export interface Joining {
  readonly server: NodeId;
  readonly link: number;
  readonly after: NodeId;
}

export interface Configuration {
  readonly number: number;
  /** From head to tail; never empty, except at a server that has yet to be told. */
  readonly chain: readonly Member[];
  readonly joining: Joining | null;
}

/** What a server knows before the master has told it anything. */
export const UNKNOWN: Configuration = { number: 0, chain: [], joining: null };

/** The chain in which everybody boots: all servers, empty histories. */
export const initialConfiguration = (servers: readonly NodeId[]): Configuration => ({
  number: 1,
  chain: servers.map((server) => ({ server, link: 1, resumeAt: 0 })),
  joining: null,
});

export const headOf = ({ chain }: Configuration): NodeId | undefined => chain[0]?.server;

export const tailOf = ({ chain }: Configuration): NodeId | undefined => chain[chain.length - 1]?.server;

/** The place of `server` in the chain, 0 for the head; -1 for a server outside. */
export function positionOf({ chain }: Configuration, server: NodeId): number {
  for (let position = 0; position < chain.length; position++) if (chain[position]?.server === server) return position;
  return -1;
}

/** Who comes after `server` in the chain, or null for the tail and for a stranger. */
export function successorOf(configuration: Configuration, server: NodeId): Member | null {
  const position = positionOf(configuration, server);
  return position < 0 ? null : (configuration.chain[position + 1] ?? null);
}

/** Who comes before `server`, or is to come, or undefined for the head and for a stranger. */
export function predecessorOf(configuration: Configuration, server: NodeId): NodeId | undefined {
  if (configuration.joining?.server === server) return configuration.joining.after;
  return configuration.chain[positionOf(configuration, server) - 1]?.server;
}

/** The chain without `server`. Whoever followed it gets a new connection to whoever preceded it. */
export function without(chain: readonly Member[], server: NodeId, number: number): Member[] {
  const position = chain.findIndex((member) => member.server === server);
  const remaining = chain.filter((member) => member.server !== server);
  return remaining.map((member, index) =>
    index === position && index > 0 ? { ...member, link: number, resumeAt: null } : member,
  );
}

/** The chain with `joining` in its place, where it has its predecessor's Hist; whoever follows gets a new connection to it. */
export function extendedBy(
  { chain, number }: Configuration,
  { server, link, after }: Joining,
  resumeAt: number,
): readonly Member[] {
  const position = chain.findIndex((member) => member.server === after) + 1;
  const behind = chain
    .slice(position)
    .map((member, index) => (index === 0 ? { ...member, link: number + 1, resumeAt: null } : member));
  return [...chain.slice(0, position), { server, link, resumeAt }, ...behind];
}

/** `chain 3: s1 s2 + s3`: the members, and who joins. */
export const describeConfiguration = ({ number, chain, joining }: Configuration): string =>
  `chain ${number}: ${chain.map(({ server }) => server).join(' ')}${joining === null ? '' : ` + ${joining.server}`}`;

/** `tail of chain 3`: what `server` is in it. */
export function describePlace(configuration: Configuration, server: NodeId): string {
  const { number, chain, joining } = configuration;
  const [isHead, isTail] = [headOf(configuration) === server, tailOf(configuration) === server];
  if (isHead || isTail) return `${isHead && isTail ? 'all' : isHead ? 'head' : 'tail'} of chain ${number}`;
  if (joining?.server === server) return `joins chain ${number}`;
  return chain.some((member) => member.server === server) ? `in chain ${number}` : 'in no chain';
}
