/** What the search index knows, and how a document gets into it. */
import type { Context, NodeId } from '../../framework/index.js';
import type { Document, ItemResult, Message, Recorded } from './messages.js';
import type { Rules } from './rules.js';
import { indexingMicros } from './timing.js';

export type Documents = Record<string, Document>;

export interface SearchState {
  /** Counts the indexes that there have been; the name that clients use stands for this one. */
  generation: number;
  /** What is indexed: on disk, or on the way there. */
  documents: Documents;
  /** What can be found: what was indexed at the last refresh. */
  searchable: Documents;
  refreshDue: boolean;
  /** Bulk requests whose items are being worked on, by id. */
  readonly bulks: Record<string, Bulk>;
  building: BuildingIndex | null;
  /** The index that this one took the place of, as it was then: kept until the next rebuild, in case it is wanted back. */
  replaced: Documents | null;
  /** Documents that were refused for their version, items that were rejected, and indexes that were rebuilt. */
  outdated: number;
  rejected: number;
  rebuilds: number;
}

export interface Bulk {
  readonly documents: readonly Document[];
  /** One for each item, in the order of the request; null until it has been worked on. */
  readonly results: (ItemResult | null)[];
}

/** An index that is built anew from the log, beside the one that serves. */
export interface BuildingIndex {
  readonly generation: number;
  readonly documents: Documents;
  /** How far the log has been read. */
  after: number;
  /** The page that is being indexed. */
  page: { readonly events: readonly Recorded[]; readonly last: boolean } | null;
  readonly askers: { readonly id: string; readonly from: NodeId }[];
  /** From deciding on it until the disk has it. */
  swapping: boolean;
}

export type SearchTimer = 'item' | 'bulk' | 'refresh' | 'rebuild' | 'page' | 'rebuilt' | 'swapped';
export type SearchContext = Context<Message, SearchTimer>;

export const translogOf = (generation: number): string => `translog ${generation}`;

/** Takes a document into an index, unless that has it in this version or a later one. */
export function index(documents: Documents, given: Document, rules: Rules): boolean {
  const present = documents[given.order];
  if (present !== undefined && !rules.supersedes(given, present)) return false;
  documents[given.order] = given;
  return true;
}

export const indexingTime = (ctx: SearchContext): number => ctx.random.between(indexingMicros.min, indexingMicros.max);
