/** What clients, servers and the configuration service tell each other. */
import type { NodeId } from '../../framework/index.js';
import type { Command, Item, Request, Session } from './commands.js';
import type { Configuration, GroupName } from './configuration.js';

type ClientMessage =
  | { readonly kind: 'request'; readonly request: Request }
  | { readonly kind: 'answer'; readonly session: string; readonly n: number; readonly result: unknown }
  /** Not here, or not any more, or not yet: look it up. */
  | { readonly kind: 'moved'; readonly session: string; readonly n: number }
  | { readonly kind: 'lookup' }
  | { readonly kind: 'map'; readonly configuration: Configuration };

/** Between servers and the service. `boot` tells a server's lives apart. */
type ServiceMessage =
  | {
      readonly kind: 'heartbeat';
      readonly boot: number;
      readonly number: number;
      /** From a primary: the link on which somebody joins who has everything, or 0. */
      readonly joined: number;
      /** From a primary: what its group serves, and how many updates each slot has seen. */
      readonly serving: readonly { readonly slot: number; readonly epoch: number; readonly updates: number }[];
    }
  | { readonly kind: 'configure'; readonly boot: number; readonly configuration: Configuration };

/** Within a group: the log, from the primary to the backup or to whoever joins. */
type ReplicationMessage =
  | {
      readonly kind: 'append';
      readonly link: number;
      /** How many commands precede `commands`. */
      readonly at: number;
      readonly commands: readonly Command[];
      readonly committed: number;
    }
  | { readonly kind: 'appended'; readonly link: number; readonly length: number };

/** From the group that gives a slot away, to the one that will own it in `epoch`, and back. */
type MigrationMessage =
  | {
      readonly kind: 'copy';
      readonly slot: number;
      readonly epoch: number;
      readonly source: GroupName;
      readonly item: Item;
    }
  | {
      readonly kind: 'copied';
      readonly slot: number;
      readonly epoch: number;
      readonly key: string;
      readonly version: number;
    }
  /** The source has stopped: here is what the target lacks. */
  | {
      readonly kind: 'handover';
      readonly slot: number;
      readonly epoch: number;
      readonly source: GroupName;
      readonly rest: readonly Item[];
      readonly sessions: Readonly<Record<string, Session>>;
      readonly updates: number;
    }
  | { readonly kind: 'received'; readonly slot: number; readonly epoch: number };

export type Message = ClientMessage | ServiceMessage | ReplicationMessage | MigrationMessage;
export type MessageOf<K extends Message['kind']> = Extract<Message, { readonly kind: K }>;

export const SERVICE: NodeId = 'service';
