/** What the replicated store promises to those outside, judged when a run is over. */
import {
  checkConvergence,
  checkLinearizability,
  operationsOf,
  type NodeId,
  type Observed,
  type Property,
} from '../../framework/index.js';
import { keyValue } from '../specs/key-value.js';
import type { Operation, Update, Value } from './messages.js';
import type { ServerState } from './server.js';

/** What a server holds in the end. `elections`, `truncations` and `repeated` count what happened in its last life. */
export interface Replica {
  readonly role: string;
  readonly term: number;
  readonly commitIndex: number;
  readonly log: readonly { readonly term: number }[];
  readonly store: Readonly<Record<string, Value>>;
  readonly executed: readonly Update[];
  readonly elections: number;
  readonly truncations: number;
  readonly repeated: number;
}

export const inspectServer = ({ consensus, machine }: ServerState): Replica => ({
  role: consensus.role,
  term: consensus.term,
  commitIndex: consensus.commitIndex,
  log: consensus.log,
  store: machine.store,
  executed: machine.executed,
  ...consensus.counts,
  repeated: machine.repeated,
});

type Run = Observed<Operation, Replica>;
type RaftProperty = Property<Operation, Replica>;

export const PROPERTY_NAMES = {
  exactlyOnce: 'acknowledged updates take effect once, others at most once',
  linearizable: 'operations are linearizable',
  whole: 'after healing there is one leader, and all logs are the same',
} as const;

const isSame = (one: Update, operation: Operation): boolean =>
  operation.kind === one.kind && operation.key === one.key && operation.value === one.value;

/** At every server. The workload writes no value twice. `unknown` if nothing was acknowledged before healing. */
const exactlyOnce: RaftProperty = {
  name: PROPERTY_NAMES.exactlyOnce,
  check({ history, probesFrom, replicas }: Run) {
    const updates = operationsOf(history).filter(({ operation }) => operation.kind !== 'get');
    const acknowledged = updates.filter(({ outcome, index }) => outcome.kind === 'ok' && index < probesFrom).length;
    const repeated = Math.max(0, ...[...replicas.values()].map((replica) => replica.repeated));
    const seen = { updates: updates.length, acknowledged, repeated, replicas: replicas.size };
    for (const [name, { executed }] of replicas)
      for (const { operation, outcome, index, process } of updates) {
        const times = executed.filter((one) => isSame(one, operation)).length;
        if (times === 1 || (times === 0 && outcome.kind !== 'ok')) continue;
        const rule = times === 0 ? 'acknowledged update lost' : 'update executed twice';
        const explanation = `Process ${process}'s ${operation.kind} ${operation.key} (${outcome.kind}) took effect at ${name} ${times} times.`;
        return { verdict: 'invalid', violation: { rule, explanation, operations: [index] }, seen };
      }
    if (acknowledged > 0 && replicas.size > 0) return { verdict: 'valid', seen };
    return { verdict: 'unknown', reason: 'no update was acknowledged', seen };
  },
};

const linearizable: RaftProperty = {
  name: PROPERTY_NAMES.linearizable,
  check: ({ history }) => checkLinearizability(history, keyValue),
};

/** Liveness: one leader, nothing left uncommitted, the same log and store everywhere. */
const whole: RaftProperty = {
  name: PROPERTY_NAMES.whole,
  check({ replicas }: Run) {
    const all = [...replicas];
    const sum = (count: (replica: Replica) => number): number => all.reduce((total, [, one]) => total + count(one), 0);
    const seen = {
      replicas: all.length,
      terms: Math.max(0, ...all.map(([, { term }]) => term)),
      elections: sum(({ elections }) => elections),
      truncations: sum(({ truncations }) => truncations),
    };
    const invalid = (rule: string, explanation: string) =>
      ({ verdict: 'invalid', violation: { rule, explanation, operations: [] }, seen }) as const;
    const leaders = all.filter(([, { role }]) => role === 'leader').map(([name]) => name);
    if (leaders.length !== 1)
      return invalid('no single leader', `Leaders in the end: ${leaders.join(', ') || 'none'}.`);
    const late = all.find(([, { commitIndex, log }]) => commitIndex < log.length);
    if (late !== undefined)
      return invalid(
        'entries left uncommitted',
        `${late[0]} has ${late[1].log.length} entries and knows ${late[1].commitIndex} of them to be committed.`,
      );
    const held = new Map<NodeId, unknown>(all.map(([name, { log, store }]) => [name, { log, store }]));
    const agreement = checkConvergence(held);
    return { ...agreement, seen: { ...agreement.seen, ...seen } };
  },
};

export const raftProperties: readonly RaftProperty[] = [exactlyOnce, linearizable, whole];
