/** What the server of the table knows. */
import type { Context, NodeId } from '../../framework/index.js';
import type { Message, TableQuery } from './messages.js';
import type { Table, Write } from './table.js';

export interface TableState {
  /** Counts the tables that there have been: each has a log of its own on disk. */
  generation: number;
  /** What is committed. */
  table: Table;
  /** Writes on their way to disk, in order. */
  committing: Write[];
  /** The position up to which the cache has acknowledged invalidations. */
  invalidated: number;
  /** Queries that wait for a position. */
  waiting: Waiting[];
  building: Building | null;
  /** The table that this one took the place of, as it was then: kept until the next rebuild, in case it is wanted back. */
  replaced: Table | null;
  /** Events that were published again, queries that waited in vain, and tables that were rebuilt. */
  repeated: number;
  refused: number;
  rebuilds: number;
}

export interface Waiting {
  readonly id: string;
  readonly from: NodeId;
  readonly query: TableQuery;
  readonly token: string | null;
}

/** A table that is built anew from the log, beside the one that serves. */
export interface Building {
  readonly generation: number;
  readonly table: Table;
  /** How far the table that serves had come when this began. */
  readonly receivedAtStart: number;
  readonly askers: { readonly id: string; readonly from: NodeId }[];
  /** From deciding on it until the disk has it. */
  swapping: boolean;
}

export type TableTimer = 'committed' | 'wait' | 'invalidate' | 'rebuild' | 'rebuilt' | 'swapped';
export type TableContext = Context<Message, TableTimer>;

/** The position of the last event taken in, whether it is on disk or not. */
export const received = ({ table, committing }: TableState): number =>
  committing.at(-1)?.recorded.position ?? table.position;

export const walOf = (generation: number): string => `wal ${generation}`;
