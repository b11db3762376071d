/** What a node knows: of each arc its part of the log, and of the ring what the manager has told it. */
import type { Context, NodeId } from '../../framework/index.js';
import type { Chain, Configuration } from './chains.js';
import type { Entry, Message } from './messages.js';
import { ARCS } from './ring.js';
import type { Rules } from './rules.js';

export type Timer = 'heartbeat' | 'synced' | 'merged' | 'booted';
export type NodeContext = Context<Message, Timer>;

/** A node's copy of an arc. What is on disk of it survives, but only the last member of a chain makes use of that. */
export interface Replica {
  /** Tells this log from an earlier one that was thrown away. */
  generation: number;
  log: Entry[];
  /** Live puts at a node that joins: the temporary store, until it is merged. */
  temporary: Entry[];
  /** The highest number that was accepted, that is on disk, and that is known to be done. */
  received: number;
  synced: number;
  committed: number;
  /** The highest number that was sent on. */
  forwarded: number;
  /** The last put before the membership message, when that is known; and whether it was sent on. */
  point: number | null;
  pointSent: boolean;
  /** In the present epoch: whether this node, as the old tail, has pushed the rest; whether the former tail has yielded. */
  pushed: boolean;
  yielded: boolean;
  /** At a node that joins. */
  stage: 'none' | 'copying' | 'copied' | 'merging' | 'merged';
}

export interface NodeState {
  readonly boot: number;
  configuration: Configuration;
  /** By arc. */
  replicas: Replica[];
  leasedFrom: number | null;
}

/** What every handler is given. */
export interface Setting {
  readonly ctx: NodeContext;
  readonly rules: Rules;
}

export const logName = (arc: number): string => `log${arc}`;
export const temporaryName = (arc: number): string => `temporary${arc}`;

export const inNewEpoch = { point: null, pointSent: false, pushed: false, yielded: false } as const;

export function replicaOf(log: Entry[], generation: number): Replica {
  const received = log.at(-1)?.seq ?? 0;
  return {
    generation,
    log,
    temporary: [],
    received,
    synced: received,
    committed: 0,
    forwarded: 0,
    ...inNewEpoch,
    stage: 'none',
  };
}

export const freshState = (boot: number, configuration: Configuration, logs: readonly Entry[][]): NodeState => ({
  boot,
  configuration,
  replicas: ARCS.map((arc) => replicaOf(logs[arc] ?? [], 0)),
  leasedFrom: null,
});

/** A chain and this node's copy of its arc. */
export interface Part {
  readonly chain: Chain;
  readonly replica: Replica;
  readonly self: NodeId;
}

export function partOf(state: NodeState, arc: number, self: NodeId): Part | undefined {
  const replica = state.replicas[arc];
  const chain = state.configuration.chains[arc];
  return replica === undefined || chain === undefined ? undefined : { chain, replica, self };
}

export const isJoining = ({ chain, self }: Part): boolean => chain.joining?.node === self;

/** The latest value of `key`, in the order of the log. */
export const valueOf = ({ log }: Replica, key: string) => log.findLast((entry) => entry.key === key);
