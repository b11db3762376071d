/**
 * The protocol: a register on two servers. Writes go to the head, which passes them on to the tail; the tail answers. What
 * the tail has, both have, so reads go to the tail.
 */
import * as fc from 'fast-check';
import { checkLinearizability, protocol, requestClient, system } from 'faultline';
import { register, type Operation } from './register.js';

type Message =
  | { kind: 'write'; id: string; value: number }
  | { kind: 'copy'; id: string; value: number; client: string }
  | { kind: 'read'; id: string }
  | { kind: 'answer'; id: string; value: number | null };

/** What a mutant may break, one rule each. */
interface Rules {
  /** Who answers a write. */
  writesAnsweredBy: 'head' | 'tail';
  /** Who is asked for the value. */
  readersAsk: ('head' | 'tail')[];
}

interface State {
  value: number | null;
}

// Handlers are synchronous and change plain state. `ctx` is the only way out: messages, timers, the disk, the clock.
const head = (rules: Rules) =>
  protocol<State, Message>({
    init: () => ({ value: null }),
    on: {
      write(state, { id, value }, client, ctx) {
        state.value = value;
        ctx.send('tail', { kind: 'copy', id, value, client });
        if (rules.writesAnsweredBy === 'head') ctx.send(client, { kind: 'answer', id, value: null });
      },
      read(state, { id }, client, ctx) {
        ctx.send(client, { kind: 'answer', id, value: state.value });
      },
    },
  });

const tail = (rules: Rules) =>
  protocol<State, Message>({
    init: () => ({ value: null }),
    on: {
      copy(state, { id, value, client }, _head, ctx) {
        state.value = value;
        if (rules.writesAnsweredBy === 'tail') ctx.send(client, { kind: 'answer', id, value: null });
      },
      read(state, { id }, client, ctx) {
        ctx.send(client, { kind: 'answer', id, value: state.value });
      },
    },
  });

const client = (rules: Rules) =>
  requestClient<Message, Operation>({
    timeoutMicros: 20_000,
    request: (operation, id, ctx) =>
      operation.kind === 'write'
        ? { to: 'head', message: { ...operation, id } }
        : { to: ctx.random.pick(rules.readersAsk), message: { ...operation, id } },
    answers: { answer: ({ id, value }) => ({ id, result: value }) },
  });

export const replicatedRegister = system({
  name: 'replicated-register',
  title: 'a register on two servers: written at the head, read at the tail',
  rules: { writesAnsweredBy: 'tail', readersAsk: ['tail'] },
  cluster: (rules: Rules) => ({ nodes: { head: head(rules), tail: tail(rules) }, client: client(rules) }),
  workload: {
    clients: 3,
    operation: fc.constantFrom<Operation>({ kind: 'write', value: 0 }, { kind: 'read' }),
    number: (operation, n) => (operation.kind === 'write' ? { ...operation, value: n } : operation),
    operationsMax: 20,
    finalReads: () => [{ kind: 'read' }],
  },
  // What is tried. Crashes are not: these servers keep nothing on disk (see `ctx.disk` and `recover`).
  tolerates: {
    partition: { nodes: ['head', 'tail'] },
    pause: { nodes: ['head', 'tail'] },
    dropPerMillionMax: 20_000,
    delay: { minMicros: 200, maxMicros: 5_000 },
  },
  properties: [{ name: 'reads are linearizable', check: ({ history }) => checkLinearizability(history, register) }],
  // Bugs planted on purpose: they prove that the property can fail.
  mutants: {
    'answers-early': {
      breaks: 'the head answers a write before the tail has it',
      overrides: { writesAnsweredBy: 'head' },
      caughtBy: 'reads are linearizable',
    },
    'reads-anywhere': {
      breaks: 'the head is read from as well, and has what the tail may never get',
      overrides: { readersAsk: ['head', 'tail'] },
      caughtBy: 'reads are linearizable',
    },
  },
});
