/**
 * Change events as Debezium's PostgreSQL connector writes them: one JSON envelope per line, bare or as `{schema, payload}`;
 * a line `null` is a tombstone. Releases differ: what newer ones added is optional, and `source.snapshot` is text or a
 * boolean. Reading never throws; problems name their line, and nothing that was read is changed or dropped.
 */
import { z } from 'zod';
import { findSyntaxProblem } from './json-syntax.js';
import type { ReadProblem } from './jsonl.js';

/** A row of a table, by column. */
export type Row = Readonly<Record<string, unknown>>;

const row = z.record(z.string(), z.unknown()).nullable().optional();
const time = z.number().nullable().optional();

const envelope = z.looseObject({
  /** `r` read by a snapshot, `c` created, `u` updated, `d` deleted, `t` truncated, `m` a logical message. */
  op: z.enum(['r', 'c', 'u', 'd', 't', 'm']),
  before: row,
  after: row,
  source: z.looseObject({
    version: z.string(),
    connector: z.string(),
    name: z.string(),
    ts_ms: z.number(),
    snapshot: z.union([z.string(), z.boolean()]).optional(),
    db: z.string(),
    schema: z.string(),
    table: z.string(),
    txId: z.number().nullable().optional(),
    lsn: z.number().nullable().optional(),
    xmin: z.number().nullable().optional(),
    sequence: z.string().nullable().optional(),
  }),
  ts_ms: time,
  transaction: z
    .looseObject({ id: z.string(), total_order: z.number(), data_collection_order: z.number() })
    .nullable()
    .optional(),
});

/** The envelope, with every field that it came with. */
export type ChangeEvent = z.infer<typeof envelope>;

/** Change events, or what is wrong with the text. */
export type ReadChangeEvents =
  | { readonly kind: 'events'; readonly events: readonly (ChangeEvent | null)[] }
  | { readonly kind: 'malformed'; readonly problems: readonly ReadProblem[] };

/** The events of a recorded topic, in its order; null for a tombstone. */
export function readChangeEvents(text: string): ReadChangeEvents {
  const events: (ChangeEvent | null)[] = [];
  const problems: ReadProblem[] = [];
  for (const [place, source] of text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .entries()) {
    if (source.trim() === '') continue;
    const line = place + 1;
    const syntax = findSyntaxProblem(source);
    if (syntax !== undefined) {
      const cut = syntax.offset >= source.trimEnd().length ? ' (is the file truncated?)' : '';
      problems.push({ line, column: syntax.offset + 1, message: `not JSON: expected ${syntax.expected}${cut}` });
      continue;
    }
    const value = payloadOf(JSON.parse(source));
    if (value === null) {
      events.push(null);
      continue;
    }
    const parsed = envelope.safeParse(value);
    if (parsed.success) events.push(parsed.data);
    else
      for (const { path, message } of parsed.error.issues)
        problems.push({
          line,
          message: `no change event: ${path.length === 0 ? '' : `${path.join('.')}: `}${message}`,
        });
  }
  return problems.length > 0 ? { kind: 'malformed', problems } : { kind: 'events', events };
}

/** What the JSON converter wraps together with its schema. */
const payloadOf = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && 'payload' in value && 'schema' in value ? value.payload : value;
