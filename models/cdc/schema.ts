/** What the database and the connector are told of the tables, whichever they are, and the topics that the tables become. */
export type Value = string | number | null;

/** A row, by column. */
export type Row = Readonly<Record<string, Value>>;

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
  /** What an `INSERT … ON CONFLICT DO UPDATE` makes of a row: `n` is the transaction, and `value` a text of this statement. */
  readonly put: (id: string, before: Row | undefined, written: { readonly n: number; readonly value: string }) => Row;
}

export type Tables = Readonly<Record<string, Readonly<Record<string, Row>>>>;

export interface Schema {
  readonly tables: Readonly<Record<string, Table>>;
  /** The tables that consumers are told of, in the order of a snapshot. */
  readonly captured: readonly string[];
  /** What was in the database before anybody listened: the rows of each table by key. */
  readonly seed: Tables;
  /** Whether the replication slot was created with the database, so that nothing was committed before it. */
  readonly hasSlot: boolean;
}

/** Written to by whoever wants something of the connector, which reads it in the stream. Consumers are not told of it. */
export const SIGNALS = 'debezium_signal';

const SIGNAL_TABLE: Table = {
  columns: ['id', 'type', 'data'],
  key: 'id',
  identity: 'DEFAULT',
  large: [],
  partitions: 0,
  put: (id, before) => before ?? { id, type: '', data: '' },
};

/** A schema of these tables, and the one for signals. */
export const schemaOf = (
  tables: Readonly<Record<string, Table>>,
  { seed = {}, hasSlot = false }: Partial<Pick<Schema, 'seed' | 'hasSlot'>>,
): Schema => ({
  tables: { ...tables, [SIGNALS]: SIGNAL_TABLE },
  captured: Object.keys(tables).filter((name) => (tables[name]?.partitions ?? 0) > 0),
  seed,
  hasSlot,
});

/** A table by its name, which must be one of the schema's. */
export function tableOf({ tables }: Schema, name: string): Table {
  const table = tables[name];
  if (table === undefined)
    throw new Error(`the schema has no table '${name}'; it has ${Object.keys(tables).join(', ')}`);
  return table;
}

/** `topic.prefix` of the connector. */
export const PREFIX = 'shop';
export const SCHEMA = 'public';
export const topicOf = (table: string): string => `${PREFIX}.${SCHEMA}.${table}`;
export const TRANSACTION_TOPIC = `${PREFIX}.transaction`;
export const HEARTBEAT_TOPIC = `__debezium-heartbeat.${PREFIX}`;

/** All topics of a connector with their partitions, in the order in which they are to be created. */
export const topicsOf = ({
  captured,
  tables,
}: Schema): readonly { readonly topic: string; readonly partitions: number }[] => [
  ...captured.map((table) => ({ topic: topicOf(table), partitions: tables[table]?.partitions ?? 1 })),
  { topic: TRANSACTION_TOPIC, partitions: 1 },
  { topic: HEARTBEAT_TOPIC, partitions: 1 },
];
