/**
 * A member of a consumer group whose sink is another node. It writes what it was given to the sink, again until that has
 * it, and commits its offsets then: at least once. That nothing comes to harm by what is written twice, or by a member
 * that has lost its partitions and does not know, is the sink's business.
 */
import { protocol, type Context, type NodeId, type Role } from '../../../framework/index.js';
import {
  commit,
  consumerHandlers,
  handled,
  startConsumer,
  subscribe,
  type Consumer,
  type ConsumerTimer,
  type FetchedBatch,
} from '../../partitioned-log/index.js';
import type { Value } from './envelope.js';
import { CONSUMING } from './local-consumer.js';
import type { Message, Token } from './messages.js';
import type { Rules } from './rules.js';
import { WRITE_RETRY_MICROS } from './timing.js';

export interface WorkerState {
  readonly consumer: Consumer;
  /** What is on its way to the sink. */
  write: { readonly id: string; readonly message: Message } | null;
  /** How many writes this life has begun. */
  writes: number;
}

type Timer = ConsumerTimer | 'rewrite' | 'booted';
type Ctx = Context<Message, Timer>;

export interface Job {
  readonly topic: string;
  readonly group: string;
  readonly sink: NodeId;
  /** The write for what was fetched, or for none when a generation begins; null if there is nothing to write. */
  readonly toWrite: (
    batches: readonly FetchedBatch<Value>[],
    write: Pick<Token, 'topicId' | 'generation'> & { readonly id: string; readonly number: number },
  ) => Message | null;
}

const LIVES = 'lives';

export function groupWorker(job: Job, rules: Rules): Role<WorkerState, Message> {
  const write = (state: WorkerState, ctx: Ctx): void => {
    if (state.write === null) return;
    ctx.send(job.sink, state.write.message);
    ctx.setTimer('rewrite', WRITE_RETRY_MICROS);
  };
  const finish = (state: WorkerState, ctx: Ctx): void => {
    state.write = null;
    ctx.cancelTimer('rewrite');
    handled<Value>(state.consumer, ctx, CONSUMING);
  };
  const written = (state: WorkerState, id: string, ctx: Ctx): void => {
    if (state.write?.id === id) finish(state, ctx);
  };
  const begin = (state: WorkerState, batches: readonly FetchedBatch<Value>[], ctx: Ctx): void => {
    const { topicId, generation, membership } = state.consumer;
    state.writes++;
    const id = `${membership?.member ?? ctx.self}.${state.writes}`;
    const message = job.toWrite(batches, { id, number: state.writes, topicId, generation });
    if (message === null) {
      finish(state, ctx);
      return;
    }
    state.write = { id, message };
    write(state, ctx);
  };
  const consumer = consumerHandlers<WorkerState, Value, Ctx>({
    setting: CONSUMING,
    part: (state) => state.consumer,
    handle(state, batches, ctx) {
      const { handling } = state.consumer;
      if (rules.commitsOffsets() === 'on receipt') commit<Value>(state.consumer, handling ?? [], ctx, CONSUMING);
      begin(state, batches, ctx);
    },
    assigned: (state, ctx) => {
      begin(state, [], ctx);
    },
    revoked(state) {
      state.write = null;
    },
  });
  const start = (ctx: Ctx): WorkerState => {
    const life = (ctx.disk.get<number>(LIVES) ?? 0) + 1;
    ctx.disk.set(LIVES, life);
    ctx.disk.sync('booted');
    return { consumer: subscribe(job.topic, job.group, `${ctx.self}.${life}`), write: null, writes: 0 };
  };
  return protocol<WorkerState, Message, Timer>({
    init: start,
    recover: start,
    on: {
      ...consumer.on,
      indexed: (state, { id }, _from, ctx) => {
        written(state, id, ctx);
      },
      written: (state, { id }, _from, ctx) => {
        written(state, id, ctx);
      },
    },
    timers: {
      ...consumer.timers,
      rewrite: write,
      booted: (state, ctx) => {
        startConsumer<Value>(state.consumer, ctx, CONSUMING);
      },
    },
  });
}
