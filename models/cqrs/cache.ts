/**
 * The cache in front of the table, after memcached: rows by order, forgotten when the table says that they have changed,
 * or when they are old. Leases keep what was read before a deletion from being set after it (Nishtala et al., NSDI 2013,
 * §3.2.1). Nothing of it is on disk: it comes back empty from a crash, and tokens of before mean nothing to it.
 */
import { protocol, type Context } from '../../framework/index.js';
import type { Cached, Message } from './messages.js';
import type { Rules } from './rules.js';
import { expiryMicros, leaseMicros } from './timing.js';

interface Entry {
  readonly cached: Cached;
  /** By the cache's own clock. */
  readonly expiresAt: number;
}

interface Lease {
  /** 64 random bits. */
  readonly token: string;
  readonly expiresAt: number;
}

export interface CacheState {
  readonly entries: Record<string, Entry>;
  /** One for each key that somebody was told to fill. */
  readonly leases: Record<string, Lease>;
  /** What came to pass: for those who ask whether leases and expiry were needed. */
  hits: number;
  staleSetsRefused: number;
  expired: number;
}

type Ctx = Context<Message>;

export function cache(rules: Rules) {
  const find = (state: CacheState, key: string, ctx: Ctx): Entry | undefined => {
    const entry = state.entries[key];
    if (entry === undefined) return undefined;
    const isExpired = ctx.now() >= entry.expiresAt;
    if (isExpired) state.expired++;
    // Memory is short: an entry may go at any time.
    else if (!ctx.maybe('evict')) return entry;
    Reflect.deleteProperty(state.entries, key);
    return undefined;
  };

  /** A token for whoever is first to miss the key; others read the table without filling the cache. */
  const lease = (state: CacheState, key: string, ctx: Ctx): string | null => {
    const present = state.leases[key];
    if (present !== undefined && ctx.now() < present.expiresAt) return null;
    const token = `${ctx.random.uint32().toString(16)}-${ctx.random.uint32().toString(16)}`;
    state.leases[key] = { token, expiresAt: ctx.now() + leaseMicros };
    return token;
  };

  return protocol<CacheState, Message>({
    init: () => ({ entries: {}, leases: {}, hits: 0, staleSetsRefused: 0, expired: 0 }),
    on: {
      lookup(state, { id, key }, from, ctx) {
        const entry = find(state, key, ctx);
        if (entry === undefined) ctx.send(from, { kind: 'miss', id, token: lease(state, key, ctx) });
        else {
          state.hits++;
          ctx.send(from, { kind: 'hit', id, cached: entry.cached });
        }
      },
      fill(state, { key, token, cached }, _from, ctx) {
        if (!rules.mayFill(state.leases[key], token)) {
          state.staleSetsRefused++;
          return;
        }
        Reflect.deleteProperty(state.leases, key);
        state.entries[key] = { cached, expiresAt: ctx.now() + expiryMicros };
      },
      invalidate(state, { keys, through }, from, ctx) {
        for (const key of keys) {
          Reflect.deleteProperty(state.entries, key);
          Reflect.deleteProperty(state.leases, key);
        }
        ctx.send(from, { kind: 'invalidated', through });
      },
    },
  });
}
