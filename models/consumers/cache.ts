/**
 * The cache: it answers from the rows it has, asks the source for others, and forgets a row when its change is announced.
 * Idempotent: an announcement that comes again finds nothing to forget that is older than it. A row that was read before a
 * change, and arrives after its announcement, is not taken in.
 */
import { protocol, type Context, type NodeId, type Role } from '../../framework/index.js';
import { isLater, START, type Position } from './changes.js';
import { localConsumer, type LocalState, type LocalTimer, type Sink } from './local-consumer.js';
import type { Message, Row } from './messages.js';
import { SOURCE, TOPIC_OF } from './nodes.js';
import type { Rules } from './rules.js';
import { WRITE_RETRY_MICROS } from './timing.js';

interface CachedRow {
  readonly row: Row;
  readonly version: Position;
}

export interface Cache {
  readonly rows: Record<string, CachedRow | null>;
  /** By key, the latest change that was announced. */
  readonly invalidated: Record<string, Position>;
}

interface Invalidation {
  readonly key: string;
  readonly position: Position;
}

export const cacheSink: Sink<Cache, Invalidation> = {
  topic: TOPIC_OF.customers,
  empty: () => ({ rows: {}, invalidated: {} }),
  effectOf: ({ invalidated }, { key, position }) =>
    isLater(position, invalidated[key] ?? START) ? { key, position } : null,
  apply({ rows, invalidated }, { key, position }) {
    invalidated[key] = position;
    const cached = rows[key] ?? null;
    if (cached !== null && isLater(position, cached.version)) rows[key] = null;
  },
};

export interface CacheState extends LocalState<Cache> {
  /** Who waits for which row of the source. */
  waiting: { readonly id: string; readonly client: NodeId; readonly key: string }[];
  /** What happened in this life. */
  readonly counts: { hits: number; fills: number; refused: number };
}

type Timer = LocalTimer | 'ask';
type Ctx = Context<Message, Timer>;

const cachedKey = (key: string): string => `row ${key}`;
const CACHED_KEYS = 'keys';

export function cache(rules: Rules): Role<CacheState, Message> {
  const parts = localConsumer<CacheState, Cache, Invalidation, Ctx>(cacheSink);
  return protocol<CacheState, Message, Timer>({
    init: (ctx) => fresh(parts.start(ctx)),
    recover(ctx) {
      const state = fresh(parts.start(ctx));
      // Rows that were kept are as good as ever, but for those whose change was announced since.
      for (const key of ctx.disk.get<string[]>(CACHED_KEYS) ?? []) {
        const kept = ctx.disk.get<CachedRow>(cachedKey(key));
        if (kept !== undefined && rules.mayFill(kept, state.sink.invalidated[key] ?? START))
          state.sink.rows[key] = kept;
      }
      return state;
    },
    on: {
      ...parts.on,
      lookup(state, { id, key }, from, ctx) {
        const cached = state.sink.rows[key] ?? null;
        if (cached !== null) {
          state.counts.hits++;
          ctx.send(from, { kind: 'found', id, row: cached.row });
          return;
        }
        if (state.waiting.some((one) => one.id === id)) return;
        state.waiting.push({ id, client: from, key });
        ask(state, ctx, key);
      },
      rowRead(state, { key, row, version }, _from, ctx) {
        for (const { id, client } of state.waiting.filter((one) => one.key === key))
          ctx.send(client, { kind: 'found', id, row });
        state.waiting = state.waiting.filter((one) => one.key !== key);
        if (row === null) return;
        if (rules.mayFill({ version }, state.sink.invalidated[key] ?? START)) fill(state, key, { row, version }, ctx);
        else state.counts.refused++;
      },
    },
    timers: { ...parts.timers, ask },
  });
}

const fresh = (local: LocalState<Cache>): CacheState => ({
  ...local,
  waiting: [],
  counts: { hits: 0, fills: 0, refused: 0 },
});

/** Takes a row in, unless the one it has is newer. Nothing waits for the disk: a row that is lost is asked for again. */
function fill(state: CacheState, key: string, cached: CachedRow, ctx: Ctx): void {
  const known = state.sink.rows[key] ?? null;
  if (known !== null && isLater(known.version, cached.version)) return;
  state.counts.fills++;
  state.sink.rows[key] = cached;
  ctx.disk.set(cachedKey(key), cached);
  const keys = Object.keys(state.sink.rows).filter((one) => state.sink.rows[one] !== null);
  ctx.disk.set(CACHED_KEYS, keys.sort());
}

/** Asks the source for a row, and again while somebody waits for it. */
function ask(state: CacheState, ctx: Ctx, key: string): void {
  if (!state.waiting.some((one) => one.key === key)) return;
  ctx.send(SOURCE, { kind: 'readRow', table: 'customers', key });
  ctx.setTimer('ask', WRITE_RETRY_MICROS, key);
}
