/** What is said and stored: commands, events, rows of the read models, and the messages between the nodes. */
import type { Subscriber } from './nodes.js';

/** What can happen to an order. The customer's name is copied into the events that need it: nobody has to look it up. */
export type OrderEvent =
  | { readonly type: 'created'; readonly customer: string; readonly name: string }
  | { readonly type: 'item added'; readonly item: string }
  | { readonly type: 'shipped'; readonly name: string };

export type Status = 'open' | 'shipped';

/** An order as the search index keeps it: all of it as of a version. */
export interface Document {
  readonly order: string;
  /** The number of the order's events that it reflects. */
  readonly version: number;
  readonly customer: string;
  readonly status: Status;
  readonly items: readonly string[];
}

/** An event in the log, and in the outbox: with the order as it is after it, for those who keep whole documents. */
export interface Recorded {
  /** Its place in the log, from 1, without gaps: events commit in the order of their positions. */
  readonly position: number;
  readonly order: string;
  /** Its place among the order's events, from 1. */
  readonly version: number;
  /** The number of the command that caused it. */
  readonly command: number;
  readonly event: OrderEvent;
  readonly document: Document;
}

/** A row of the table of orders. */
export interface OrderRow {
  readonly customer: string;
  readonly status: Status;
  readonly items: readonly string[];
  /** The name that the order was shipped to. */
  readonly shippedTo: string | null;
  /** The position of the event that created it: by this a customer's orders are listed, newest first. */
  readonly created: number;
  readonly version: number;
}

/** What the table counts of each customer. */
export interface Counters {
  readonly orders: number;
  readonly items: number;
  readonly shipped: number;
}

export type Command =
  | {
      readonly kind: 'create';
      readonly order: string;
      readonly customer: string;
      readonly name: string;
      readonly item: string;
      readonly n: number;
    }
  | { readonly kind: 'add'; readonly order: string; readonly item: string; readonly n: number }
  | { readonly kind: 'ship'; readonly order: string; readonly n: number };

/** Both name a position of the log: what took effect, or what was decided upon, is there or before it. */
export type CommandAnswer =
  { readonly version: number; readonly position: number } | { readonly refused: string; readonly position: number };

/** Where a page of a customer's orders begins: after the order created at `before`, of which `shown` came before. */
export interface Cursor {
  readonly before: number | null;
  readonly shown: number;
}

export interface ListedOrder {
  readonly order: string;
  readonly created: number;
}

/** `after` is a position that the answer must reflect; 0 if any will do. */
export type TableQuery =
  | { readonly kind: 'get'; readonly order: string; readonly after: number }
  | { readonly kind: 'page'; readonly customer: string; readonly cursor: Cursor; readonly after: number };

export type Query =
  | TableQuery
  | { readonly kind: 'search'; readonly word: string }
  | { readonly kind: 'log' }
  | { readonly kind: 'rebuild'; readonly model: Subscriber };

/** What the table answers: as of the position `through`, which is committed. */
export type TableAnswer =
  | { readonly kind: 'row'; readonly row: OrderRow | null; readonly through: number }
  | {
      readonly kind: 'page';
      readonly orders: readonly ListedOrder[];
      readonly last: boolean;
      readonly through: number;
    };

/** A row in the cache, as the table had it at the position `through`. */
export interface Cached {
  readonly row: OrderRow | null;
  readonly through: number;
}

/** What became of an item of a bulk request: `conflict` if the index has that version or a later one already. */
export type ItemResult = 'indexed' | 'conflict' | 'rejected';

export type Message =
  // Clients and the API
  | { readonly kind: 'command'; readonly id: string; readonly command: Command }
  | { readonly kind: 'query'; readonly id: string; readonly query: Query }
  | { readonly kind: 'answer'; readonly id: string; readonly result: unknown }
  | { readonly kind: 'refusal'; readonly id: string; readonly reason: string }
  // The command side
  | { readonly kind: 'done'; readonly id: string; readonly answer: CommandAnswer }
  | { readonly kind: 'readLog'; readonly id: string; readonly after: number; readonly limit: number }
  | {
      readonly kind: 'logPage';
      readonly id: string;
      readonly after: number;
      readonly events: readonly Recorded[];
      /** Whether there was no event behind these. */
      readonly last: boolean;
    }
  // The outbox
  | { readonly kind: 'poll'; readonly subscriber: Subscriber }
  | { readonly kind: 'outbox'; readonly subscriber: Subscriber; readonly events: readonly Recorded[] }
  | { readonly kind: 'mark'; readonly subscriber: Subscriber; readonly through: number }
  // The table
  | { readonly kind: 'publish'; readonly events: readonly Recorded[] }
  | { readonly kind: 'published'; readonly through: number }
  /** A row that is read under a lease comes back with its token: an answer to an earlier request must not be set by it. */
  | { readonly kind: 'select'; readonly id: string; readonly query: TableQuery; readonly token: string | null }
  | { readonly kind: 'selected'; readonly id: string; readonly answer: TableAnswer; readonly token: string | null }
  | { readonly kind: 'tooEarly'; readonly id: string }
  // The search index
  | { readonly kind: 'bulk'; readonly id: string; readonly documents: readonly Document[] }
  | { readonly kind: 'bulked'; readonly id: string; readonly results: readonly ItemResult[] }
  | { readonly kind: 'find'; readonly id: string; readonly word: string }
  | { readonly kind: 'found'; readonly id: string; readonly hits: readonly Hit[] }
  // Rebuilding
  | { readonly kind: 'rebuild'; readonly id: string }
  | { readonly kind: 'rebuilt'; readonly id: string }
  // The cache
  | { readonly kind: 'lookup'; readonly id: string; readonly key: string }
  | { readonly kind: 'hit'; readonly id: string; readonly cached: Cached }
  /** Whoever gets a token may fill the cache; null if somebody else has one. */
  | { readonly kind: 'miss'; readonly id: string; readonly token: string | null }
  | { readonly kind: 'fill'; readonly key: string; readonly token: string; readonly cached: Cached }
  | { readonly kind: 'invalidate'; readonly keys: readonly string[]; readonly through: number }
  | { readonly kind: 'invalidated'; readonly through: number };

export interface Hit {
  readonly order: string;
  readonly version: number;
}

/** What clients ask for. `mine`: the answer must reflect what this client was told of its own commands. */
export type Operation =
  | Command
  | { readonly kind: 'get'; readonly order: string; readonly mine: boolean }
  /** A customer's open orders, newest first, page by page. */
  | { readonly kind: 'list'; readonly customer: string; readonly mine: boolean }
  | { readonly kind: 'search'; readonly word: string }
  /** The whole log, from the command side. */
  | { readonly kind: 'log' }
  | { readonly kind: 'rebuild'; readonly model: Subscriber };

export const isCommand = (operation: Operation): operation is Command => 'n' in operation;

/** Why a query that presents a position is refused: the table has not reached it. */
export const NOT_THERE_YET = 'not there yet';

/** The result of a `get`. */
export interface GetResult extends Cached {
  readonly from: 'cache' | 'table';
  /** The position that had to be reflected. */
  readonly after: number;
}

/** The result of a `list`: `first` and `last` are the positions as of which the first and the last page were read. */
export interface ListResult {
  readonly orders: readonly ListedOrder[];
  readonly pages: number;
  readonly first: number;
  readonly last: number;
  readonly after: number;
}
