/** What is said to the services, beside what is said to the store. */
import type { StoreMessage } from '../streams/messages.js';
import type { AggregateState } from './aggregate.js';
import type { Refusal } from './decision.js';
import type { Request } from './operations.js';

export type Result =
  /** The command is in its stream, which has this version after it. */
  | { readonly version: number }
  /** Decided on the state of this version. */
  | { readonly refused: Refusal; readonly version: number }
  /** Given up: it has not happened, nor will it by this request. */
  | { readonly failed: string }
  | { readonly version: number; readonly state: AggregateState }
  /** That part of the past has been truncated. */
  | { readonly unavailable: true }
  | { readonly notes: readonly string[] };

export type Message =
  | StoreMessage
  | { readonly kind: 'request'; readonly id: string; readonly request: Request }
  | { readonly kind: 'answer'; readonly id: string; readonly result: Result };

export const TOO_MANY_CONFLICTS = 'too many conflicts';
