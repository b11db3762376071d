/** The schema of the database, as the database and the connector know it, and the topics that the tables become. */
export type Value = string | number | null;

/** A row, by column. */
export type Row = Readonly<Record<string, Value>>;

export type TableName = 'customers' | 'orders' | 'journal' | 'scratch' | 'debezium_signal';

/** What of a row's old version an update or a deletion writes to the log (`ALTER TABLE … REPLICA IDENTITY`). */
export type ReplicaIdentity =
  /** The primary key, and for an update only if that changes. */
  | 'DEFAULT'
  /** The whole row. */
  | 'FULL'
  /** Nothing. The table can only be inserted into: PostgreSQL refuses updates that it could not publish. */
  | 'NOTHING';

export interface Table {
  readonly columns: readonly string[];
  /** The column of the primary key. */
  readonly key: string | null;
  readonly identity: ReplicaIdentity;
  /** Columns whose values are large, so that an update that does not touch them leaves them out of the log (TOAST). */
  readonly large: readonly string[];
  /** The partitions of its topic; 0 for a table of which the publication says nothing to consumers. */
  readonly partitions: number;
}

export const TABLES: Readonly<Record<TableName, Table>> = {
  customers: { columns: ['id', 'name'], key: 'id', identity: 'FULL', large: [], partitions: 3 },
  // One partition: a truncation has no key, and its order against rows is kept only if there is no other.
  orders: { columns: ['id', 'item', 'note'], key: 'id', identity: 'DEFAULT', large: ['note'], partitions: 1 },
  journal: { columns: ['entry'], key: null, identity: 'NOTHING', large: [], partitions: 1 },
  scratch: { columns: ['entry'], key: null, identity: 'NOTHING', large: [], partitions: 0 },
  debezium_signal: { columns: ['id', 'type', 'data'], key: 'id', identity: 'DEFAULT', large: [], partitions: 0 },
};

/** The tables that consumers are told of, in the order of a snapshot. */
export const CAPTURED = ['customers', 'orders', 'journal'] as const satisfies readonly TableName[];
export type Captured = (typeof CAPTURED)[number];
export const isCaptured = (table: TableName): table is Captured => TABLES[table].partitions > 0;

/** Written to by whoever wants something of the connector, which reads it in the stream. Consumers are not told of it. */
export const SIGNALS = 'debezium_signal' satisfies TableName;

export type Tables = Readonly<Record<TableName, Readonly<Record<string, Row>>>>;

/** What was in the database before anybody listened. */
export const SEED: Tables = {
  customers: { a: { id: 'a', name: 'seed' }, b: { id: 'b', name: 'seed' }, c: { id: 'c', name: 'seed' } },
  orders: { x: { id: 'x', item: 'seed', note: 'long seed' }, y: { id: 'y', item: 'seed', note: 'long seed' } },
  journal: { seed: { entry: 'seed' } },
  scratch: {},
  debezium_signal: {},
};

/** `topic.prefix` of the connector. */
export const PREFIX = 'shop';
export const SCHEMA = 'public';
export const topicOf = (table: Captured): string => `${PREFIX}.${SCHEMA}.${table}`;
export const TRANSACTION_TOPIC = `${PREFIX}.transaction`;
export const HEARTBEAT_TOPIC = `__debezium-heartbeat.${PREFIX}`;

/** All topics with their partitions. They are created with the broker, in this order, and never anew. */
export const TOPICS: readonly { readonly topic: string; readonly partitions: number }[] = [
  ...CAPTURED.map((table) => ({ topic: topicOf(table), partitions: TABLES[table].partitions })),
  { topic: TRANSACTION_TOPIC, partitions: 1 },
  { topic: HEARTBEAT_TOPIC, partitions: 1 },
];
