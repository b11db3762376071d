/** What a server knows. Its log is on disk; its slots are the fold of the part of the log that is committed. */
import type { Context, NodeId } from '../../framework/index.js';
import type { Command } from './commands.js';
import { groupOf, type Configuration, type GroupName, type View } from './configuration.js';
import type { Message } from './messages.js';
import type { Rules } from './rules.js';
import { initialSlots, type Slot } from './slots.js';

export type ServerTimer = 'heartbeat' | 'synced' | 'booted';
export type ServerContext = Context<Message, ServerTimer>;

/** Where the disk keeps the log. */
export const LOG = 'log';

/** To whom a primary sends its log. */
export interface Follower {
  readonly server: NodeId;
  readonly link: number;
  /** How much of the log it has on disk; -1 until it has said so. */
  length: number;
  /** Whether nothing is done without it: it is the backup, or the service may have been told that it has everything. */
  inSync: boolean;
}

export interface ServerState {
  /** Counts the lives of this server; on disk before it is first told to anybody. */
  readonly boot: number;
  readonly group: GroupName;
  configuration: Configuration;
  /** The link by which the log has come, which tells one log from the next. 0: from an earlier life. */
  link: number;
  log: Command[];
  /** How much of the log is on this disk, is at all members that count, and is in `slots`. */
  synced: number;
  committed: number;
  applied: number;
  slots: Slot[];
  follower: Follower | null;
  /** By slot, what was last sent to its new owner, so that only the heartbeat sends it again. */
  sent: string[];
  /** How many requests with a stale map it refused in this life. */
  refused: number;
}

/** What every handler is given. */
export interface Setting {
  readonly ctx: ServerContext;
  readonly rules: Rules;
}

export function freshState(self: NodeId, given: Pick<ServerState, 'boot' | 'configuration' | 'log'>): ServerState {
  const group = groupOf(self);
  return {
    ...given,
    group,
    link: 0,
    synced: given.log.length,
    committed: 0,
    applied: 0,
    slots: initialSlots(group),
    follower: null,
    sent: [],
    refused: 0,
  };
}

export const viewOf = ({ configuration, group }: ServerState): View => configuration.views[group];

export const isPrimary = (server: ServerState, self: NodeId): boolean => viewOf(server).primary === self;
