import { client, machineFaults, networkFaults, protocol, system, type ClientContext, type NodeId } from 'faultline';
import { properties, workload, type Operation } from './setting.js';

// #region versions
/** A value with its version: ordered by count, then by the process that wrote it, so that no two writes share one. */
type Written = { count: number; process: number; value: number | null };
type Message =
  | { kind: 'ask'; id: string }
  | { kind: 'told'; id: string; held: Written }
  | { kind: 'store'; id: string; written: Written }
  | { kind: 'stored'; id: string };

const NEVER: Written = { count: 0, process: 0, value: null };

const isNewer = (one: Written, other: Written): boolean =>
  one.count > other.count || (one.count === other.count && one.process > other.process);

/** The decisions that make it correct. Each mutant below takes one back. */
const rules = { writesAskFirst: true, readsWriteBack: true, storedIsSynced: true };
// #endregion

// #region replica
const replica = ({ storedIsSynced }: typeof rules) =>
  protocol<{ held: Written; waiting: Record<string, NodeId> }, Message, 'synced'>({
    init: () => ({ held: NEVER, waiting: {} }),
    recover: (ctx) => ({ held: ctx.disk.get<Written>('held') ?? NEVER, waiting: {} }),
    on: {
      ask: (state, { id }, from, ctx) => ctx.send(from, { kind: 'told', id, held: state.held }),
      store(state, { id, written }, from, ctx) {
        if (isNewer(written, state.held)) {
          state.held = written;
          ctx.disk.set('held', written);
        }
        state.waiting[id] = from;
        if (storedIsSynced) ctx.disk.sync('synced', id);
        else ctx.send(from, { kind: 'stored', id });
      },
    },
    timers: {
      synced(state, ctx, id) {
        const from = state.waiting[id];
        if (from !== undefined) ctx.send(from, { kind: 'stored', id });
      },
    },
  });
// #endregion

// #region client
const REPLICAS = ['a', 'b', 'c'];
const MAJORITY = 2;

interface Asking {
  operation: Operation | undefined;
  /** Counts the rounds of messages, so that an answer to an earlier one is known for what it is. */
  round: number;
  heard: NodeId[];
  newest: Written;
}
type Ctx = ClientContext<Message, 'timeout'>;

const roundId = ({ round }: Asking, ctx: Ctx): string => `${ctx.process}.${round}`;

function sendToAll(state: Asking, ctx: Ctx, message: (id: string) => Message): void {
  state.round++;
  state.heard = [];
  for (const node of REPLICAS) ctx.send(node, message(roundId(state, ctx)));
}

/** Counts an answer to the present round; true when a majority has answered. A second answer of a node is none. */
function completes(state: Asking, ctx: Ctx, answer: { id: string; from: NodeId }): boolean {
  if (state.operation === undefined || answer.id !== roundId(state, ctx)) return false;
  if (state.heard.includes(answer.from)) return false;
  state.heard.push(answer.from);
  return state.heard.length === MAJORITY;
}

const store = (state: Asking, ctx: Ctx) =>
  sendToAll(state, ctx, (id) => ({ kind: 'store', id, written: state.newest }));

function write(state: Asking, ctx: Ctx, value: number): void {
  state.newest = { count: state.newest.count + 1, process: ctx.process, value };
  store(state, ctx);
}

function finish(state: Asking, ctx: Ctx): void {
  const { operation, newest } = state;
  state.operation = undefined;
  ctx.cancelTimer('timeout');
  ctx.ok(operation?.kind === 'read' ? newest.value : null);
}

const reader = ({ writesAskFirst, readsWriteBack }: typeof rules) =>
  client<Asking, Message, Operation, 'timeout'>({
    init: () => ({ operation: undefined, round: 0, heard: [], newest: NEVER }),
    invoke(state, operation, ctx) {
      state.operation = operation;
      ctx.setTimer('timeout', 30_000);
      if (operation.kind === 'write' && !writesAskFirst) write(state, ctx, operation.value);
      else sendToAll(state, ctx, (id) => ({ kind: 'ask', id }));
    },
    on: {
      told(state, { id, held }, from, ctx) {
        if (id === roundId(state, ctx) && isNewer(held, state.newest)) state.newest = held;
        if (!completes(state, ctx, { id, from })) return;
        if (state.operation?.kind === 'write') write(state, ctx, state.operation.value);
        else if (readsWriteBack) store(state, ctx);
        else finish(state, ctx);
      },
      stored(state, { id }, from, ctx) {
        if (completes(state, ctx, { id, from })) finish(state, ctx);
      },
    },
    timers: {
      timeout(state, ctx) {
        state.operation = undefined;
        ctx.info('no majority answered');
      },
    },
  });
// #endregion

// #region system
export const majority = system({
  name: 'register-majority',
  title: 'three replicas; clients read and write with majorities of them',
  rules,
  cluster: (decided) => ({
    nodes: { a: replica(decided), b: replica(decided), c: replica(decided) },
    client: reader(decided),
  }),
  workload,
  tolerates: { ...networkFaults(REPLICAS), ...machineFaults(REPLICAS, { atOnce: 3 }) },
  properties,
  mutants: {
    'MR-1': {
      breaks: 'a read returns the newest value it was told, and does not write it back',
      overrides: { readsWriteBack: false },
      caughtBy: 'reads are linearizable',
    },
    'MR-2': {
      breaks: 'a write counts on from what its own client knows, and asks nobody',
      overrides: { writesAskFirst: false },
      caughtBy: 'reads are linearizable',
    },
    'MR-3': {
      breaks: 'a replica says that it has stored before it is on its disk',
      overrides: { storedIsSynced: false },
      caughtBy: 'reads are linearizable',
    },
  },
});
// #endregion
