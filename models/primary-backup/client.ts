/**
 * A client: it asks whom it believes to be the primary, follows refusals that name another, and asks the next replica
 * when nobody answers. A retry carries the id of the first try. When it gives up, a write's outcome is unknown; a read
 * has failed, since reads change nothing.
 */
import { client, type ClientContext, type ClientRole, type NodeId } from '../../framework/index.js';
import type { Configuration } from './configuration.js';
import type { Acknowledgement, Message, Operation } from './messages.js';

interface ClientState {
  /** Requests so far: with the process, the id of the current one. */
  requests: number;
  operation: Operation | null;
  attempts: number;
  /** Whom this client believes to be the primary. */
  primary: NodeId;
}

type UserContext = ClientContext<Message, 'retry'>;

const GAVE_UP = 'no answer in time';

export function clientRole(configuration: Configuration): ClientRole<Message, Operation> {
  const [firstPrimary = ''] = configuration.replicas;
  return client<ClientState, Message, Operation, 'retry'>({
    init: () => ({ requests: 0, operation: null, attempts: 0, primary: firstPrimary }),
    invoke(state, operation, ctx) {
      state.requests++;
      state.attempts = 0;
      state.operation = operation;
      ask(state, configuration, ctx);
    },
    on: {
      done(state, { id, position }, _from, ctx) {
        if (isAnswer(state, id, ctx)) complete(state, position, configuration, ctx);
      },
      value(state, { id, value }, _from, ctx) {
        if (isAnswer(state, id, ctx)) complete(state, value, configuration, ctx);
      },
      refused(state, { id, primary }, from, ctx) {
        if (!isAnswer(state, id, ctx) || from !== state.primary || primary === null) return;
        state.primary = primary;
        if (state.attempts < configuration.clientAttemptsMax) ask(state, configuration, ctx);
      },
    },
    timers: {
      retry(state, ctx) {
        if (state.operation === null) return;
        if (state.attempts >= configuration.clientAttemptsMax) {
          giveUp(state, ctx);
          return;
        }
        const { replicas } = configuration;
        state.primary = replicas[(replicas.indexOf(state.primary) + 1) % replicas.length] ?? state.primary;
        ask(state, configuration, ctx);
      },
    },
  });
}

const requestId = ({ requests }: ClientState, ctx: UserContext): string => `r${ctx.process}.${requests}`;

const isAnswer = (state: ClientState, id: string, ctx: UserContext): boolean =>
  state.operation !== null && id === requestId(state, ctx);

function ask(state: ClientState, configuration: Configuration, ctx: UserContext): void {
  const { operation } = state;
  if (operation === null) return;
  state.attempts++;
  const id = requestId(state, ctx);
  const { kind, key } = operation;
  if (kind === 'put') ctx.send(state.primary, { kind, id, key, value: operation.value });
  else if (kind === 'get') ctx.send(state.primary, { kind, id, key });
  else ctx.send(operation.at, { kind, id, key });
  ctx.setTimer('retry', configuration.clientRetryMicros);
}

/** A synchronous write returns nothing; any other its place in the log, by which its loss can be told. */
function complete(
  state: ClientState,
  answer: Acknowledgement | number | null,
  configuration: Configuration,
  ctx: UserContext,
): void {
  const told = state.operation?.kind === 'put' && configuration.mode === 'sync' ? null : answer;
  state.operation = null;
  ctx.cancelTimer('retry');
  ctx.ok(told);
}

function giveUp(state: ClientState, ctx: UserContext): void {
  const { operation } = state;
  state.operation = null;
  if (operation?.kind === 'put') ctx.info(GAVE_UP);
  else ctx.fail(GAVE_UP);
}
