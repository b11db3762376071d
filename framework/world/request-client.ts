/**
 * The client that most systems need: one request, one answer, told apart by an id; asked again a few times, then given
 * up with its outcome unknown. A client that redirects, or looks its servers up, is written with `client`.
 */
import type { AnyOperation } from '../history/entry.js';
import {
  client,
  type AnyMessage,
  type ClientContext,
  type ClientDefinition,
  type ClientRole,
  type NodeId,
} from './protocol.js';

/** An answer to the request `id`: the operation's result, or the reason why it definitely had no effect. */
export type Answer = { readonly id: string } & ({ readonly result: unknown } | { readonly failure: string });

/** What a client needs to know of a protocol of requests and answers. */
export interface RequestClientDefinition<M extends AnyMessage, O extends AnyOperation> {
  /** How long to wait for an answer, in microseconds of simulated time, before asking again or giving up. */
  readonly timeoutMicros: number;
  /** How often to ask, with the same id. Default 1. More needs servers that know a request when they see it again. */
  readonly attempts?: number;
  /** Where to send `operation`, and as what. `id` is unique in the run, and the same for each attempt. */
  request(operation: O, id: string, ctx: ClientContext<M, 'timeout'>): { readonly to: NodeId; readonly message: M };
  /** What each kind of message that may arrive means. */
  readonly answers: { readonly [K in M['kind']]?: (message: Extract<M, { readonly kind: K }>) => Answer };
}

interface State<O> {
  asked: number;
  open: { readonly id: string; readonly operation: O; attempt: number } | null;
}

/** A client that sends each operation to one server, asks again, and gives up with the outcome unknown (`info`). */
export function requestClient<M extends AnyMessage, O extends AnyOperation>(
  definition: RequestClientDefinition<M, O>,
): ClientRole<M, O> {
  const { timeoutMicros, attempts = 1, answers } = definition;
  const ask = (open: NonNullable<State<O>['open']>, ctx: ClientContext<M, 'timeout'>) => {
    open.attempt++;
    const { to, message } = definition.request(open.operation, open.id, ctx);
    ctx.setTimer('timeout', timeoutMicros);
    ctx.send(to, message);
  };
  const settle = (state: State<O>, answer: Answer, ctx: ClientContext<M, 'timeout'>) => {
    // A duplicate, or an answer to an earlier request.
    if (answer.id !== state.open?.id) return;
    state.open = null;
    ctx.cancelTimer('timeout');
    if ('failure' in answer) ctx.fail(answer.failure);
    else ctx.ok(answer.result);
  };
  type Definition = ClientDefinition<State<O>, M, O, 'timeout'>;
  type Handler = (state: State<O>, message: AnyMessage, from: NodeId, ctx: ClientContext<M, 'timeout'>) => void;
  const on: Record<string, Handler> = {};
  for (const [kind, read] of Object.entries(answers as unknown as Record<string, (message: AnyMessage) => Answer>))
    on[kind] = (state, message, _from, ctx) => {
      settle(state, read(message), ctx);
    };
  return client<State<O>, M, O, 'timeout'>({
    init: () => ({ asked: 0, open: null }),
    invoke(state, operation, ctx) {
      state.asked++;
      state.open = { id: `r${ctx.process}.${state.asked}`, operation, attempt: 0 };
      ask(state.open, ctx);
    },
    // The kinds were checked where the answers were declared.
    on: on as unknown as Definition['on'],
    timers: {
      timeout(state, ctx) {
        if (state.open === null) return;
        if (state.open.attempt < attempts) ask(state.open, ctx);
        else {
          state.open = null;
          ctx.info(`no answer to ${attempts} request(s)`);
        }
      },
    },
  });
}
