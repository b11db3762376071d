/**
 * The chain as the coordinator decides it. Servers stand in the order of a ring, so whoever comes back returns to its own
 * place: at the head, in the middle or at the tail. Every decision has a higher number than the one before.
 */
import type { NodeId } from '../../framework/index.js';

export interface Member {
  readonly server: NodeId;
  /** The number of the configuration in which it joined. */
  readonly since: number;
  /** Whether it has all that was committed. One that has not passes writes on, but answers no reads. */
  readonly synced: boolean;
}

export interface Configuration {
  readonly number: number;
  /** From head to tail. At least one member is synced. */
  readonly chain: readonly Member[];
}

/** What a server knows before the coordinator has told it anything. */
export const UNKNOWN: Configuration = { number: 0, chain: [] };

/** The chain in which everybody boots: all servers, no objects. */
export const initialConfiguration = (servers: readonly NodeId[]): Configuration => ({
  number: 1,
  chain: servers.map((server) => ({ server, since: 1, synced: true })),
});

/** The place of `server`, 0 for the head; -1 for a server outside. */
export const positionOf = ({ chain }: Configuration, server: NodeId): number =>
  chain.findIndex((member) => member.server === server);

export const memberOf = (configuration: Configuration, server: NodeId): Member | undefined =>
  configuration.chain[positionOf(configuration, server)];

export const headOf = ({ chain }: Configuration): Member | undefined => chain[0];

export const tailOf = ({ chain }: Configuration): Member | undefined => chain[chain.length - 1];

export function successorOf(configuration: Configuration, server: NodeId): Member | undefined {
  const position = positionOf(configuration, server);
  return position < 0 ? undefined : configuration.chain[position + 1];
}

export function predecessorOf(configuration: Configuration, server: NodeId): Member | undefined {
  return configuration.chain[positionOf(configuration, server) - 1];
}

/** `chain 3: s1 s2+`: the members; those with a plus still fetch what was committed. */
export const describeConfiguration = ({ number, chain }: Configuration): string =>
  `chain ${number}: ${chain.map(({ server, synced }) => `${server}${synced ? '' : '+'}`).join(' ')}`;

/** `tail of chain 3`: what `server` is in it. */
export function describePlace(configuration: Configuration, server: NodeId): string {
  const member = memberOf(configuration, server);
  if (member === undefined) return 'in no chain';
  const isHead = headOf(configuration) === member;
  const isTail = tailOf(configuration) === member;
  const place = isHead && isTail ? 'all of' : isHead ? 'head of' : isTail ? 'tail of' : 'in';
  return `${place} chain ${configuration.number}${member.synced ? '' : ', not synced'}`;
}
