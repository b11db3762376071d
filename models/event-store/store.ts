/** The event store: one durable node with transactions (`transactions.ts`) and subscriptions. */
import { protocol, type Context, type NodeId } from '../../framework/index.js';
import type { Append, Message, RecordedEvent } from './messages.js';
import { nextPage } from './pages.js';
import type { Rules } from './rules.js';
import { workMicros } from './timing.js';
import { close, isUnderWay, noTransactions, takePositions, wake, type Transactions } from './transactions.js';

export interface StoreState extends Transactions<Append, RecordedEvent> {
  /** The answer to each append that has succeeded, by its id: a retry gets the same one. */
  readonly succeeded: Record<string, number>;
}

/** A transaction as it is on disk: written whole, or not at all. */
interface CommitRecord {
  readonly id: string;
  readonly events: readonly RecordedEvent[];
}

type Ctx = Context<Message, 'commit' | 'committed'>;

const empty = (): StoreState => ({ ...noTransactions<Append, RecordedEvent>(), succeeded: {} });

export function eventStore(rules: Rules) {
  /** Inserts and checks the version; what is inserted is invisible until it commits. */
  const begin = (state: StoreState, append: Append, from: NodeId, ctx: Ctx) => {
    const version = state.versions[append.stream] ?? 0;
    const firstPosition = takePositions(state, append.events.length);
    if (!rules.accepts(append.expectedVersion, version)) {
      ctx.send(from, { kind: 'conflict', id: append.id, version });
      return;
    }
    const { stream, command } = append;
    const events = append.events.map((event, index): RecordedEvent => {
      return { position: firstPosition + index, stream, version: version + index, command, event };
    });
    state.open.push({ append, from, events });
    ctx.setTimer('commit', ctx.random.between(workMicros.min, workMicros.max), append.id);
  };

  const publish = (state: StoreState, subscriber: NodeId, ctx: Ctx) => {
    ctx.send(subscriber, nextPage(state, subscriber, rules.visibleThrough(state)));
  };

  const release = (state: StoreState, stream: string, ctx: Ctx) => {
    while (!rules.mustWait(state, stream)) {
      const next = wake(state, stream);
      if (next === undefined) return;
      begin(state, next.append, next.from, ctx);
    }
  };

  return protocol<StoreState, Message, 'commit' | 'committed'>({
    init: empty,
    recover(ctx) {
      const state = empty();
      // Whatever had not reached the disk is rolled back. No reader has passed the last commit, so positions after it may
      // be used again.
      for (const record of ctx.disk.read<CommitRecord>('commits')) {
        const nextVersion = commit(state, record);
        if (rules.remembersAppends()) state.succeeded[record.id] = nextVersion;
      }
      return state;
    },
    on: {
      read(state, { id, stream }, from, ctx) {
        const events = state.log.filter((one) => one.stream === stream);
        ctx.send(from, { kind: 'stream', id, events: events.sort((one, other) => one.version - other.version) });
      },
      append(state, { id, stream, expectedVersion, command, events }, from, ctx) {
        const append: Append = { id, stream, expectedVersion, command, events };
        const nextVersion = state.succeeded[append.id];
        if (nextVersion !== undefined) {
          ctx.send(from, { kind: 'appended', id: append.id, nextVersion });
          return;
        }
        if (isUnderWay(state, append.id)) return;
        if (rules.mustWait(state, append.stream)) state.waiting.push({ append, from });
        else begin(state, append, from, ctx);
      },
      subscribe(state, { after }, from, ctx) {
        state.subscribers[from] = after;
        publish(state, from, ctx);
      },
    },
    timers: {
      commit(state, ctx, id) {
        const transaction = state.open.find(({ append }) => append.id === id);
        if (transaction === undefined) return;
        const record: CommitRecord = { id, events: transaction.events };
        ctx.disk.append('commits', record);
        ctx.disk.sync('committed', id);
      },
      committed(state, ctx, id) {
        const transaction = close(state, id);
        if (transaction === undefined) return;
        const { append, from, events } = transaction;
        const nextVersion = commit(state, { id, events: events.map((one) => ({ ...one })) });
        state.succeeded[id] = nextVersion;
        ctx.send(from, { kind: 'appended', id, nextVersion });
        for (const subscriber of Object.keys(state.subscribers).sort()) publish(state, subscriber, ctx);
        release(state, append.stream, ctx);
      },
    },
  });
}

/**
 * Makes a transaction's events visible, and returns the version that its stream would have after them. (stream, version)
 * is a unique index, and an event that it refuses is skipped (`ON CONFLICT DO NOTHING`). With row locks that cannot
 * happen: the version was checked under the lock.
 */
function commit(state: StoreState, { events }: CommitRecord): number {
  let nextVersion = 0;
  for (const event of events) {
    state.lastPosition = Math.max(state.lastPosition, event.position);
    state.lastCommitted = Math.max(state.lastCommitted, event.position);
    nextVersion = event.version + 1;
    if (event.version !== (state.versions[event.stream] ?? 0)) continue;
    state.log.push(event);
    state.versions[event.stream] = nextVersion;
  }
  return nextVersion;
}
