/** The system of the how-to pages: a counter on one server, which keeps a log and now and then a snapshot on its disk. */
import * as fc from 'fast-check';
import {
  checkLinearizability,
  inspection,
  machineFaults,
  protocol,
  requestClient,
  stateInvariant,
  system,
  type Context,
  type NodeId,
} from 'faultline';
import { counter as spec } from 'faultline/models';
import { checkSum } from './sum.js';

// #region messages
type Operation = { kind: 'add'; amount: number } | { kind: 'read' };
type Message = (Operation & { id: string }) | { kind: 'answer'; id: string; result: number | null };
// #endregion

// #region rules
const rules = { snapshotComesFirst: true, countsOnce: true, answersAreSynced: true };
// #endregion

// #region state
interface Counted {
  sum: number;
  /** The requests that are in the sum. */
  done: string[];
}
interface State extends Counted {
  /** Answers that wait until what they tell of is on disk. */
  waiting: Record<string, { to: NodeId; result: number | null }>;
}
type Ctx = Context<Message, 'synced'>;
// #endregion

// #region handlers
function makeServer({ snapshotComesFirst, countsOnce, answersAreSynced }: typeof rules) {
  const count = (state: Counted, { id, amount }: { id: string; amount: number }): boolean => {
    if (countsOnce && state.done.includes(id)) return false;
    state.sum += amount;
    state.done.push(id);
    return true;
  };
  const sendAnswer = (state: State, ctx: Ctx, id: string) => {
    const answer = state.waiting[id];
    if (answer !== undefined) ctx.send(answer.to, { kind: 'answer', id, result: answer.result });
  };
  const answerWhenSynced = (state: State, ctx: Ctx, id: string, answer: State['waiting'][string]) => {
    state.waiting[id] = answer;
    if (answersAreSynced) ctx.disk.sync('synced', id);
    else sendAnswer(state, ctx, id);
  };
  const compact = ({ sum, done }: State, ctx: Ctx) => {
    if (snapshotComesFirst) ctx.disk.set('snapshot', { sum, done });
    ctx.disk.truncate('adds', 0);
    if (!snapshotComesFirst) ctx.disk.set('snapshot', { sum, done });
  };
  return protocol<State, Message, 'synced'>({
    init: () => ({ sum: 0, done: [], waiting: {} }),
    recover(ctx) {
      const snapshot = ctx.disk.get<Counted>('snapshot') ?? { sum: 0, done: [] };
      for (const added of ctx.disk.read<{ id: string; amount: number }>('adds')) count(snapshot, added);
      return { ...snapshot, waiting: {} };
    },
    on: {
      add(state, { id, amount }, from, ctx) {
        if (count(state, { id, amount })) ctx.disk.append('adds', { id, amount });
        if (ctx.maybe('compacts at once')) compact(state, ctx);
        answerWhenSynced(state, ctx, id, { to: from, result: null });
      },
      read(state, { id }, from, ctx) {
        answerWhenSynced(state, ctx, id, { to: from, result: state.sum });
      },
    },
    timers: {
      synced: sendAnswer,
    },
    controls: { compact },
  });
}
// #endregion

// #region client
const client = requestClient<Message, Operation>({
  timeoutMicros: 20_000,
  attempts: 3,
  request: (operation, id) => ({ to: 'server', message: { ...operation, id } }),
  answers: { answer: ({ id, result }) => ({ id, result }) },
});
// #endregion

// #region system
export const counter = system({
  name: 'durable-counter',
  title: 'a counter on one server, with a log and snapshots on its disk',
  rules,
  cluster(decided) {
    const server = makeServer(decided);
    return {
      nodes: { server },
      client,
      invariants: [
        stateInvariant(server, 'no request is counted twice', () => (servers) => {
          for (const [node, { done }] of servers)
            if (new Set(done).size < done.length) return `${node} has counted one of ${done.join(', ')} twice`;
          return undefined;
        }),
      ],
      inspections: [inspection(server, ({ sum }) => sum)],
    };
  },
  workload: {
    clients: 3,
    operation: fc.oneof(
      fc.integer({ min: 1, max: 9 }).map((amount): Operation => ({ kind: 'add', amount })),
      fc.constant<Operation>({ kind: 'read' }),
    ),
    operationsMax: 15,
    probes: (): Operation[] => [{ kind: 'add', amount: 1 }],
    finalReads: (): Operation[] => [{ kind: 'read' }],
  },
  tolerates: {
    ...machineFaults(['server'], { atOnce: 1 }),
    control: { nodes: ['server'], controls: { compact: [''] } },
    maybe: ['compacts at once'],
    dropPerMillionMax: 50_000,
    duplicatePerMillionMax: 50_000,
  },
  properties: [
    { name: 'the counter is linearizable', check: ({ history }) => checkLinearizability(history, spec) },
    { name: 'the sum is that of the adds', check: ({ history, replicas }) => checkSum(history, replicas) },
  ],
  mutants: {
    'CT-1': {
      breaks: 'a compaction drops the log before the snapshot is written',
      overrides: { snapshotComesFirst: false },
      caughtBy: 'the counter is linearizable',
    },
    'CT-2': {
      breaks: 'a request that comes again is counted again',
      overrides: { countsOnce: false },
      caughtBy: 'no request is counted twice',
    },
    'CT-3': {
      breaks: 'answers tell of adds that are not on disk yet',
      overrides: { answersAreSynced: false },
      caughtBy: 'the sum is that of the adds',
    },
  },
});
// #endregion
