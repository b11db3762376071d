import * as fc from 'fast-check';
import { checkLinearizability, protocol, requestClient, system } from 'faultline';
import { register as spec } from 'faultline/models';

type Operation = { kind: 'write'; value: number } | { kind: 'read' };
type Answer = { kind: 'answer'; id: string; value: number | null };
type Message = (Operation & { id: string }) | { kind: 'copy'; value: number } | Answer;

const server = protocol<{ value: number | null }, Message>({
  init: () => ({ value: null }),
  on: {
    write(state, { id, value }, from, ctx) {
      state.value = value;
      ctx.send('backup', { kind: 'copy', value });
      ctx.send(from, { kind: 'answer', id, value: null }); // too early: the backup may not have it yet
    },
    copy: (state, { value }) => void (state.value = value),
    read: (state, { id }, from, ctx) => ctx.send(from, { kind: 'answer', id, value: state.value }),
  },
});

const client = requestClient<Message, Operation>({
  timeoutMicros: 20_000,
  request: (operation, id, ctx) => ({
    to: operation.kind === 'write' ? 'primary' : ctx.random.pick(['primary', 'backup']),
    message: { ...operation, id },
  }),
  answers: { answer: ({ id, value }) => ({ id, result: value }) },
});

export const naive = system({
  name: 'naive-register',
  title: 'a primary that copies its writes to a backup, and answers too early',
  cluster: () => ({ nodes: { primary: server, backup: server }, client }),
  workload: {
    clients: 3,
    operation: fc.constantFrom<Operation>({ kind: 'write', value: 0 }, { kind: 'read' }),
    number: (operation, n) => (operation.kind === 'write' ? { kind: 'write', value: n } : operation),
    operationsMax: 20,
    finalReads: () => [{ kind: 'read' }],
  },
  tolerates: { partition: { nodes: ['primary', 'backup'] }, delay: { minMicros: 500, maxMicros: 500 } },
  properties: [{ name: 'reads are linearizable', check: ({ history }) => checkLinearizability(history, spec) }],
});
