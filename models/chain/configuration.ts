/**
 * The chain as the master decides it. Every decision is a new configuration with a higher number, and whoever has an
 * older one is told until it has this one: so orders may be lost, repeated and overtaken.
 */
import type { NodeId } from '../../framework/index.js';

/**
 * A server and the connection to its predecessor. A connection is known by the number of the configuration that made it,
 * so it outlives later configurations in which both remain neighbours.
 */
export interface Member {
  readonly server: NodeId;
  readonly link: number;
  /** Where the connection begins: the length of the server's Hist (the paper's sn), or null until it has told. */
  readonly resumeAt: number | null;
}

export interface Configuration {
  readonly number: number;
  /** From head to tail; never empty, except at a server that has yet to be told. */
  readonly chain: readonly Member[];
  /** The server by which the chain is being extended: T+. Its predecessor is the tail. */
  readonly joining: Member | null;
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

/** Who comes after `server`: the next in the chain; after the tail, T+. */
export function successorOf(configuration: Configuration, server: NodeId): Member | null {
  const position = positionOf(configuration, server);
  return position < 0 ? null : (configuration.chain[position + 1] ?? configuration.joining);
}

/** Who comes before `server`, or undefined for the head and for a stranger. */
export function predecessorOf(configuration: Configuration, server: NodeId): NodeId | undefined {
  if (configuration.joining?.server === server) return tailOf(configuration);
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
