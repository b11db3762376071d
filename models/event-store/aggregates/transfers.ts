/**
 * The transfer process (a process manager): it follows the log for transfers that were requested, debits the one account,
 * credits the other, puts the money back if that is refused, and records the outcome in the transfer's stream. It
 * remembers nothing that matters: each step is answered the same however often it is asked for, so after a crash it
 * begins again with the first.
 */
import { protocol, type Context } from '../../../framework/index.js';
import { received } from '../pages.js';
import type { RecordedEvent } from '../streams/events.js';
import { lowest } from '../transactions.js';
import type { TransferPart } from './account.js';
import type { Message, Result } from './messages.js';
import { SERVICES, STORE } from './nodes.js';
import { transferStream, type TransferStep } from './operations.js';
import type { Rules } from './rules.js';
import { CURRENT, requestIn } from './schema.js';
import { renewalMicros, stepPatienceMicros } from './timing.js';

export type TransferOutcome = 'completed' | 'refused' | 'returned';

interface Transfer {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly amount: number;
  /** The position of its request. */
  readonly position: number;
  next: TransferStep['kind'] | TransferOutcome;
  /** The request of the present step. */
  asked: string;
}

export interface TransfersState {
  /** Tells the requests of this life of the process from those of earlier ones. */
  readonly life: number;
  asked: number;
  /** Every event up to here has been received. */
  through: number;
  checkpoint: number;
  /** Those requested and not settled. */
  open: Transfer[];
}

type Timer = 'patience' | 'renew' | 'checkpointed';
type Ctx = Context<Message, Timer>;

/** What follows from what an account says of its part. */
const NEXT: Readonly<Record<TransferPart, Transfer['next']>> = {
  debited: 'credit',
  'debit refused': 'refused',
  credited: 'completed',
  'credit refused': 'refund',
  refunded: 'returned',
};

export function transferProcess(rules: Rules) {
  const subscribe = (state: TransfersState, ctx: Ctx) => {
    ctx.send(STORE, { kind: 'subscribe', after: state.through });
    ctx.setTimer('renew', renewalMicros);
  };

  const start = (checkpoint: number, ctx: Ctx): TransfersState => {
    const life = ctx.random.uint32();
    const state: TransfersState = { life, asked: 0, through: checkpoint, checkpoint, open: [] };
    subscribe(state, ctx);
    return state;
  };

  /** Asks for the step that is due; for the last, the store, which answers with the event itself. */
  const step = (state: TransfersState, transfer: Transfer, ctx: Ctx) => {
    state.asked++;
    transfer.asked = `${ctx.self}.${state.life}.${state.asked}`;
    ctx.setTimer('patience', stepPatienceMicros, transfer.name);
    const { name, from, to, amount, next, asked: id } = transfer;
    if (next === 'debit' || next === 'credit' || next === 'refund') {
      const request: TransferStep = { kind: next, account: next === 'credit' ? to : from, transfer: name, amount };
      ctx.send(ctx.random.pick(SERVICES), { kind: 'request', id, request });
      return;
    }
    const event = { type: 'settled', schema: CURRENT, data: { outcome: next }, metadata: { command: name } };
    const events = [{ id: `${name}.settled`, ...event }];
    ctx.send(STORE, { kind: 'append', id, stream: transferStream(name), expected: 1, events });
  };

  const take = (state: TransfersState, event: RecordedEvent, ctx: Ctx) => {
    const { type, position, metadata } = event;
    if (type === 'settled') {
      state.open = state.open.filter(({ name }) => name !== metadata.command);
      ctx.cancelTimer('patience', metadata.command);
    }
    if (type !== 'requested') return;
    const transfer: Transfer = {
      ...{ name: metadata.command, ...requestIn(event, rules), position },
      ...{ next: 'debit', asked: '' },
    };
    state.open.push(transfer);
    step(state, transfer, ctx);
  };

  /** All transfers requested before it are settled. */
  const moveCheckpoint = (state: TransfersState, ctx: Ctx) => {
    const checkpoint = lowest(
      state.open.map(({ position }) => position - 1),
      state.through,
    );
    if (checkpoint <= state.checkpoint) return;
    state.checkpoint = checkpoint;
    ctx.disk.set('checkpoint', checkpoint);
    ctx.disk.sync('checkpointed');
  };

  const answered = (state: TransfersState, transfer: Transfer, result: Result, ctx: Ctx) => {
    if (!('state' in result) || result.state.kind !== 'account') return;
    const part = result.state.transfers[transfer.name];
    if (part === undefined) return;
    transfer.next = NEXT[part];
    step(state, transfer, ctx);
  };

  return protocol<TransfersState, Message, Timer>({
    init: (ctx) => start(0, ctx),
    recover: (ctx) => start(ctx.disk.get<number>('checkpoint') ?? 0, ctx),
    on: {
      page(state, page, _from, ctx) {
        const events = received(state, page);
        if (events === undefined) {
          subscribe(state, ctx);
          return;
        }
        for (const event of events) take(state, event, ctx);
        moveCheckpoint(state, ctx);
      },
      answer(state, { id, result }, _from, ctx) {
        const transfer = state.open.find(({ asked }) => asked === id);
        if (transfer !== undefined) answered(state, transfer, result, ctx);
      },
      appended() {
        // The event itself comes with a page.
      },
      conflict() {
        // It is settled already: that event comes with a page, too.
      },
    },
    timers: {
      patience(state, ctx, name) {
        const transfer = state.open.find((one) => one.name === name);
        if (transfer === undefined) return;
        if (rules.onSilence === 'compensate' && transfer.next === 'credit') transfer.next = 'refund';
        step(state, transfer, ctx);
      },
      renew(state, ctx) {
        subscribe(state, ctx);
      },
      checkpointed() {
        // Nothing waits for it: after a crash the process starts from the last one that was kept.
      },
    },
  });
}
