/** What the stages of the tutorial share: operations, a client that sends them as they are, and the one promise. */
import * as fc from 'fast-check';
import { checkLinearizability, requestClient, type Property, type Workload } from 'faultline';
import { register } from 'faultline/models';

export type Operation = { kind: 'write'; value: number } | { kind: 'read' };
export type Request = Operation & { id: string };
export type Answer = { kind: 'answer'; id: string; value: number | null };

export const workload: Workload<Operation> = {
  clients: 3,
  operation: fc.constantFrom<Operation>({ kind: 'write', value: 0 }, { kind: 'read' }),
  number: (operation, n) => (operation.kind === 'write' ? { kind: 'write', value: n } : operation),
  operationsMax: 20,
  finalReads: () => [{ kind: 'read' }],
};

export const properties: Property<Operation, never>[] = [
  { name: 'reads are linearizable', check: ({ history }) => checkLinearizability(history, register) },
];

/** Writes go to one of `writers`, reads to one of `readers`, chosen anew for each of the `attempts`. */
export const clientOf = (servers: { writers: string[]; readers: string[]; attempts?: number }) =>
  requestClient<Request | Answer, Operation>({
    timeoutMicros: 20_000,
    attempts: servers.attempts ?? 1,
    request: (operation, id, ctx) => ({
      to: ctx.random.pick(operation.kind === 'write' ? servers.writers : servers.readers),
      message: { ...operation, id },
    }),
    answers: { answer: ({ id, value }) => ({ id, result: value }) },
  });
