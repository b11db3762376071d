/**
 * The command side: a node with command handlers over a database of its own. A handler loads the order, decides, and
 * appends its events, the outbox and its answer in one transaction, if the order is still at the version loaded. What it
 * appends is seen by other handlers at once, and by anybody else when it is on disk: transactions commit in this order.
 */
import { protocol, type Context, type NodeId } from '../../framework/index.js';
import { decide, documentOf, evolve, NO_ORDER, type Order } from './domain.js';
import type { Command, CommandAnswer, Message, OrderEvent, Recorded } from './messages.js';
import { SUBSCRIBERS, type Subscriber } from './nodes.js';
import type { CommitRecord, Rules } from './rules.js';
import { batchMax, conflictsMax, decidingMicros } from './timing.js';

/** A command between loading and deciding. */
interface Handling {
  readonly command: Command;
  readonly from: NodeId;
  loaded: Order;
  conflicts: number;
}

/** A transaction that is on its way to the disk, or waits for the one that is. */
interface Committing {
  readonly id: string;
  readonly records: readonly CommitRecord[];
  readonly from: NodeId;
  readonly answer: CommandAnswer;
  /** How long the log is with it. */
  readonly through: number;
}

export interface OrdersState {
  /** Every event, in the order of positions; the first `committed` are on disk. */
  readonly log: Recorded[];
  committed: number;
  /** The state of each order after all of the log. */
  readonly orders: Record<string, Order>;
  /** Answers given: a retry gets the same. */
  readonly answers: Record<string, CommandAnswer>;
  readonly handling: Record<string, Handling>;
  committing: Committing[];
  /** How many of them are in the sync under way. */
  syncing: number;
  /** Positions that are not known to be published to all. */
  outbox: number[];
  /** How far each subscriber has acknowledged what was published. */
  readonly marks: Record<Subscriber, number>;
  /** How often a handler had to load again. */
  conflicts: number;
}

type Ctx = Context<Message, 'decide' | 'committed' | 'marked'>;

const empty = (): OrdersState => ({
  log: [],
  committed: 0,
  orders: {},
  answers: {},
  handling: {},
  committing: [],
  syncing: 0,
  outbox: [],
  marks: { table: 0, search: 0 },
  conflicts: 0,
});

const markOf = (subscriber: Subscriber): string => `published to ${subscriber}`;

export function commandSide(rules: Rules) {
  const load = (state: OrdersState, handling: Handling, id: string, ctx: Ctx) => {
    handling.loaded = state.orders[handling.command.order] ?? NO_ORDER;
    ctx.setTimer('decide', ctx.random.between(decidingMicros.min, decidingMicros.max), id);
  };

  const append = (state: OrdersState, { command, loaded }: Handling, events: readonly OrderEvent[]): Recorded[] => {
    let order = loaded;
    const recorded = events.map((event, index): Recorded => {
      order = evolve(order, event);
      const { order: id, n } = command;
      const position = state.log.length + index + 1;
      return { position, order: id, version: order.version, command: n, event, document: documentOf(id, order) };
    });
    state.log.push(...recorded);
    state.orders[command.order] = order;
    return recorded;
  };

  const begin = (state: OrdersState, id: string, handling: Handling, ctx: Ctx) => {
    const decision = handling.conflicts > conflictsMax ? TOO_MANY_CONFLICTS : decide(handling.loaded, handling.command);
    const events = decision.kind === 'accepted' ? append(state, handling, decision.events) : [];
    const position = state.log.length;
    const answer: CommandAnswer =
      decision.kind === 'accepted'
        ? { version: handling.loaded.version + events.length, position }
        : { refused: decision.reason, position };
    const outbox = events.map((event) => event.position);
    const records = rules.commit({ answered: { id, answer }, events, outbox });
    state.committing.push({ id, records, from: handling.from, answer, through: position });
    state.outbox.push(...outbox);
    if (state.syncing === 0) flush(state, ctx);
  };

  /** Group commit. One sync at a time: of two, the first could fail, and the writes of the second outlive those before. */
  const flush = (state: OrdersState, ctx: Ctx) => {
    state.syncing = state.committing.length;
    for (const { records } of state.committing) for (const record of records) ctx.disk.append('commits', record);
    if (state.syncing > 0) ctx.disk.sync('committed');
  };

  const sendOutbox = (state: OrdersState, subscriber: Subscriber, from: NodeId, ctx: Ctx) => {
    const through = rules.publishThrough({ committed: state.committed, appended: state.log.length });
    const positions = state.outbox.filter((position) => position > state.marks[subscriber] && position <= through);
    const events = positions.slice(0, batchMax).flatMap((position) => state.log[position - 1] ?? []);
    ctx.send(from, { kind: 'outbox', subscriber, events });
  };

  return protocol<OrdersState, Message, 'decide' | 'committed' | 'marked'>({
    init: empty,
    recover(ctx) {
      const state = empty();
      for (const record of ctx.disk.read<CommitRecord>('commits')) replay(state, record);
      for (const subscriber of SUBSCRIBERS) state.marks[subscriber] = ctx.disk.get<number>(markOf(subscriber)) ?? 0;
      return state;
    },
    on: {
      command(state, { id, command }, from, ctx) {
        const answer = state.answers[id];
        if (answer !== undefined) ctx.send(from, { kind: 'done', id, answer });
        else if (state.handling[id] === undefined && !state.committing.some((one) => one.id === id)) {
          const handling: Handling = { command, from, loaded: NO_ORDER, conflicts: 0 };
          state.handling[id] = handling;
          load(state, handling, id, ctx);
        }
      },
      readLog(state, { id, after, limit }, from, ctx) {
        const end = Math.min(state.committed, after + limit);
        const events = state.log.slice(after, end);
        ctx.send(from, { kind: 'logPage', id, after, events, last: end === state.committed });
      },
      poll(state, { subscriber }, from, ctx) {
        sendOutbox(state, subscriber, from, ctx);
      },
      mark(state, { subscriber, through }, from, ctx) {
        if (through > state.marks[subscriber]) {
          state.marks[subscriber] = through;
          ctx.disk.set(markOf(subscriber), through);
          // Nothing waits for it: what is not marked after a crash is published again.
          ctx.disk.sync('marked');
          const all = Math.min(...SUBSCRIBERS.map((one) => state.marks[one]));
          state.outbox = state.outbox.filter((position) => position > all);
        }
        sendOutbox(state, subscriber, from, ctx);
      },
    },
    timers: {
      decide(state, ctx, id) {
        const handling = state.handling[id];
        if (handling === undefined) return;
        const now = state.orders[handling.command.order] ?? NO_ORDER;
        const mayAppend = rules.mayAppend({ loaded: handling.loaded.version, now: now.version });
        if (!mayAppend) {
          state.conflicts++;
          handling.conflicts++;
          if (handling.conflicts <= conflictsMax) {
            load(state, handling, id, ctx);
            return;
          }
        }
        Reflect.deleteProperty(state.handling, id);
        begin(state, id, handling, ctx);
      },
      committed(state, ctx) {
        for (const { id, from, answer, through } of state.committing.splice(0, state.syncing)) {
          state.committed = through;
          state.answers[id] = answer;
          ctx.send(from, { kind: 'done', id, answer });
        }
        flush(state, ctx);
      },
      marked() {
        // See `mark`.
      },
    },
  });
}

const TOO_MANY_CONFLICTS = { kind: 'refused', reason: 'too many conflicts' } as const;

function replay(state: OrdersState, { answered, events, outbox }: CommitRecord): void {
  for (const recorded of events) {
    state.log.push(recorded);
    state.orders[recorded.order] = evolve(state.orders[recorded.order] ?? NO_ORDER, recorded.event);
  }
  state.committed = state.log.length;
  state.outbox.push(...outbox);
  if (answered !== null) state.answers[answered.id] = answered.answer;
}
