/**
 * The cache: it answers from the rows it has, asks the database for others, and forgets a row when its change is announced.
 * Idempotent: to forget twice does no harm. A row may have been read before a change and arrive after its announcement: so who
 * asks has a lease (R. Nishtala et al., _Scaling Memcache at Facebook_, NSDI 2013), which an announcement makes void. Until the
 * cache knows its topic, every lease is void: changes may be announced in one that is deleted before the cache hears of it.
 */
import { protocol, type Context, type NodeId, type Role } from '../../../framework/index.js';
import { localConsumer, type LocalState, type LocalTimer, type Sink } from './local-consumer.js';
import type { Message, Row } from './messages.js';
import { DATABASE, TOPIC_OF } from './nodes.js';
import { rowOf, type Rules } from './rules.js';
import { WRITE_RETRY_MICROS } from './timing.js';

/** The right to take in what the database answers to a question. */
interface Lease {
  readonly id: string;
  isVoid: boolean;
}

export interface Cache {
  readonly rows: Record<string, Row | null>;
  readonly leases: Record<string, Lease | null>;
}

function forget({ rows, leases }: Cache, key: string): void {
  rows[key] = null;
  const lease = leases[key] ?? null;
  if (lease !== null) lease.isVoid = true;
}

export const cacheSink: Sink<Cache, string> = {
  topic: TOPIC_OF.customers,
  empty: () => ({ rows: {}, leases: {} }),
  effectOf: (_cache, { key }) => key,
  apply: forget,
  // What the old topic said last is not to be had any more: any row may have changed.
  recreated(cache) {
    for (const key of [...Object.keys(cache.rows), ...Object.keys(cache.leases)]) forget(cache, key);
  },
};

/** Rows are kept in memory only: a new life begins with none. */
export interface CacheState extends LocalState<Cache> {
  /** Who waits for which row of the source. */
  waiting: { readonly id: string; readonly client: NodeId; readonly key: string }[];
  /** Names the leases of this life, so that no answer to an earlier one counts. */
  readonly life: number;
  leased: number;
  /** What happened in this life. */
  readonly counts: { hits: number; fills: number; refused: number };
}

type Timer = LocalTimer | 'ask';
type Ctx = Context<Message, Timer>;

const LIVES_MAX = 1_000_000_000;

export function cache(rules: Rules): Role<CacheState, Message> {
  const parts = localConsumer<CacheState, Cache, string, Ctx>(cacheSink);
  const start = (ctx: Ctx): CacheState => ({
    ...parts.start(ctx),
    waiting: [],
    life: ctx.random.between(0, LIVES_MAX),
    leased: 0,
    counts: { hits: 0, fills: 0, refused: 0 },
  });
  return protocol<CacheState, Message, Timer>({
    init: start,
    recover: start,
    on: {
      ...parts.on,
      lookup(state, { id, key }, from, ctx) {
        const cached = state.sink.rows[key] ?? null;
        if (cached !== null) {
          state.counts.hits++;
          ctx.send(from, { kind: 'found', id, row: cached });
          return;
        }
        if (state.waiting.some((one) => one.id === id)) return;
        state.waiting.push({ id, client: from, key });
        if ((state.sink.leases[key] ?? null) !== null) return;
        state.leased++;
        state.sink.leases[key] = { id: `${state.life}.${state.leased}`, isVoid: state.consumer.topicId === 0 };
        ask(state, ctx, key);
      },
      row(state, { id, key, row: columns }, _from, ctx) {
        const { leases, rows } = state.sink;
        const lease = leases[key] ?? null;
        if (lease?.id !== id) return;
        leases[key] = null;
        const row = rowOf(columns);
        for (const one of state.waiting) if (one.key === key) ctx.send(one.client, { kind: 'found', id: one.id, row });
        state.waiting = state.waiting.filter((one) => one.key !== key);
        if (row === null) return;
        if (rules.mayFill(lease)) {
          state.counts.fills++;
          rows[key] = row;
        } else state.counts.refused++;
      },
    },
    timers: { ...parts.timers, ask },
  });
}

/** Asks the database for a row, and again while the lease is open. */
function ask({ sink }: CacheState, ctx: Ctx, key: string): void {
  const lease = sink.leases[key] ?? null;
  if (lease === null) return;
  ctx.send(DATABASE, { kind: 'readRow', id: lease.id, table: 'customers', key });
  ctx.setTimer('ask', WRITE_RETRY_MICROS, key);
}
