/** What a service has in hand: at most one request for each stream, others in a queue. */
import type { Context, NodeId } from '../../../framework/index.js';
import type { Aggregate } from './aggregate.js';
import type { Message } from './messages.js';
import type { Request } from './operations.js';

export interface Asked {
  readonly id: string;
  readonly from: NodeId;
  readonly request: Request;
}

export interface Work extends Asked {
  /** What the store was last asked, and not answered yet. */
  question: Message & { readonly id: string };
  /** How often. */
  requests: number;
  conflicts: number;
  /** Whether the store has been asked how the stream is now, since the last conflict. */
  fresh: boolean;
  /** The aggregate with what is being appended applied to it already. */
  tentative: Aggregate | null;
}

export interface ServiceState {
  /** Tells the requests of this life of the process from those of earlier ones. */
  readonly life: number;
  asked: number;
  /** Aggregates kept in memory between commands, by stream. While an append is under way, what it will be. */
  readonly cache: Record<string, Aggregate>;
  readonly working: Record<string, Work>;
  queue: Asked[];
}

export type ServiceContext = Context<Message, 'patience'>;
