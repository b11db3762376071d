/**
 * The warehouse: a table of orders as they are, and the history of each as a slowly changing dimension of type 2: every
 * version, from when to when it held. Exactly once: versions are known by the identity of their event, and are put where their
 * position belongs, in whatever order they come.
 */
import { protocol, type Role } from '../../../framework/index.js';
import { isLater, type Position } from './changes.js';
import { localConsumer, type LocalState, type LocalTimer, type Sink } from './local-consumer.js';
import type { Message, Row } from './messages.js';
import { TOPIC_OF } from './nodes.js';
import { rowOf, type Rules } from './rules.js';

/** A version of an order: valid from `position` until the next version begins; a row of null ends the last one. */
export interface Version {
  readonly key: string;
  readonly identity: string;
  readonly position: Position;
  readonly row: Row | null;
}

export interface Warehouse {
  /** By order, oldest version first. */
  readonly history: Record<string, Version[]>;
  readonly recorded: Record<string, true>;
  highestLsn: number;
}

export const warehouseSink = ({ isKnown }: Pick<Rules, 'isKnown'>): Sink<Warehouse, Version> => ({
  topic: TOPIC_OF.orders,
  empty: () => ({ history: {}, recorded: {}, highestLsn: 0 }),
  effectOf({ recorded, highestLsn }, change) {
    if (change.kind === 'tombstone') return null;
    const { key, identity, position, row } = change;
    const isRecorded = recorded[identity] === true;
    return isKnown(change, { isRecorded, highestLsn }) ? null : { key, identity, position, row: rowOf(row) };
  },
  apply(warehouse, version) {
    warehouse.recorded[version.identity] = true;
    warehouse.highestLsn = Math.max(warehouse.highestLsn, version.position.lsn);
    const versions = (warehouse.history[version.key] ??= []);
    const later = versions.findIndex((one) => isLater(one.position, version.position));
    versions.splice(later < 0 ? versions.length : later, 0, version);
  },
});

/** The rows that hold now. */
export const currentRows = ({ history }: Pick<Warehouse, 'history'>): Record<string, Row> =>
  Object.fromEntries(
    Object.entries(history).flatMap(([key, versions]) => {
      const row = versions.at(-1)?.row ?? null;
      return row === null ? [] : [[key, row]];
    }),
  );

export type WarehouseState = LocalState<Warehouse>;

export function warehouse(rules: Rules): Role<WarehouseState, Message> {
  const { start, on, timers } = localConsumer<WarehouseState, Warehouse, Version>(warehouseSink(rules));
  return protocol<WarehouseState, Message, LocalTimer>({ init: start, recover: start, on, timers });
}
