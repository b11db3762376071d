/**
 * OSDI 2004, section 4: for how many message delays after its detection the failure of a server keeps the others from serving.
 * Clients ask all servers at once, so whoever is in charge is asked as soon as it is: what is measured is the servers' outage,
 * and not how clients find them. The paper counts one delay more where clients are told who is in charge.
 */
import {
  client,
  operationsOf,
  simulate,
  type AnyMessage,
  type AnyOperation,
  type ClientContext,
  type ClientRole,
  type Cluster,
  type NodeId,
  type System,
  type TraceEvent,
} from '../../framework/index.js';
import { chainSystem } from '../../models/chain/index.js';
import { craqSystem } from '../../models/craq/index.js';
import { primaryBackupCluster, SYNCHRONOUS, SYNCHRONOUS_RULES } from '../../models/primary-backup/index.js';
import type { Claim } from './claim.js';
import { experiment, planOf, replicasOf } from './laboratory.js';

const DELAY = 100;
const CRASH_AT = 60_000;
/** Requests are asked from some time before the crash on, this often, until everything is served again. */
const [FROM, UNTIL, EVERY] = [CRASH_AT - 2_000, CRASH_AT + 40_000, DELAY / 2];
const PATIENCE_MICROS = 60_000;

interface Asked extends AnyOperation {
  readonly kind: 'query' | 'update';
  /** Different for each. */
  readonly n: number;
}

interface Subject {
  readonly name: string;
  readonly servers: readonly NodeId[];
  readonly nodes: Cluster<AnyMessage, AnyOperation, unknown>['nodes'];
  readonly request: (asked: Asked, id: string, process: number) => AnyMessage;
  /** The kinds of message that a client may get, and whether one is an answer. */
  readonly answers: Readonly<Record<string, boolean>>;
  /** Whether `event` is the moment at which the failure of `server` is detected. */
  readonly isDetected: (event: TraceEvent, server: NodeId) => boolean;
}

/** Asks all servers once, and takes the first answer. */
function askerOf({ servers, request, answers }: Subject): ClientRole<AnyMessage, Asked> {
  type Ctx = ClientContext<AnyMessage, 'patience'>;
  interface State {
    open: boolean;
  }
  const on: Record<string, (state: State, message: AnyMessage, from: NodeId, ctx: Ctx) => void> = {};
  for (const [kind, isAnswer] of Object.entries(answers))
    on[kind] = (state, _message, _from, ctx) => {
      if (!state.open || !isAnswer) return;
      state.open = false;
      ctx.ok(null);
    };
  return client<State, AnyMessage, Asked, 'patience'>({
    init: () => ({ open: false }),
    invoke(state, asked, ctx) {
      state.open = true;
      for (const server of servers) ctx.send(server, request(asked, `r${ctx.process}.${asked.n}`, ctx.process));
      ctx.setTimer('patience', PATIENCE_MICROS);
    },
    on,
    timers: {
      patience(state, ctx) {
        if (state.open) ctx.fail('nobody answered');
        state.open = false;
      },
    },
  });
}

const SERVERS = ['s1', 's2', 's3'];
const REPLICAS = replicasOf(3);

const isSuspicion = (event: TraceEvent, node: NodeId, key: string): boolean =>
  event.kind === 'timer' && event.node === node && event.timer === 'suspect' && event.key === key;

const SUBJECTS: Readonly<Record<'chain' | 'craq' | 'primaryBackup', Subject>> = {
  chain: {
    name: 'chain replication',
    servers: SERVERS,
    nodes: chainSystem().cluster(undefined).nodes,
    request: ({ kind, n }, id) =>
      ({
        kind: 'request',
        id,
        operation: kind === 'query' ? { kind: 'get', key: 'x' } : { kind: 'put', key: 'x', value: n },
      }) as AnyMessage,
    answers: { reply: true, chain: false },
    isDetected: (event, server) => isSuspicion(event, 'master', server),
  },
  craq: {
    name: 'CRAQ',
    servers: SERVERS,
    nodes: craqSystem().cluster(undefined).nodes,
    request: ({ kind, n }, _id, process) => ({
      ...(kind === 'query'
        ? { kind: 'read', key: 'x' }
        : { kind: 'write', update: { kind: 'put', key: 'x', value: String(n) } }),
      id: { process, request: n },
    }),
    answers: { value: true, done: true, chain: false, busy: false },
    isDetected: (event, server) => isSuspicion(event, 'coordinator', server),
  },
  primaryBackup: {
    name: 'primary-backup',
    servers: REPLICAS,
    nodes: primaryBackupCluster({ ...SYNCHRONOUS, reportRoundMicros: 2 * DELAY + 1 }, SYNCHRONOUS_RULES).nodes,
    request: ({ kind, n }, id) =>
      kind === 'query' ? { kind: 'get', id, key: 'x' } : { kind: 'put', id, key: 'x', value: n },
    answers: { done: true, value: true, refused: false },
    // A primary misses its backup itself, and asks for an in-sync set without it.
    isDetected: (event, server) =>
      server === 'p1' ? isSuspicion(event, 'monitor', '') : event.kind === 'send' && event.message.kind === 'change',
  },
};

interface Measured {
  /** From the detection to the arrival of the last request that was never answered, in delays; 0 if there was none. */
  readonly outage: number;
  /** How much longer than usual the slowest answer took that was asked for after the detection, in delays. */
  readonly added: number;
}

const asked = (kind: Asked['kind'], n: number): Asked => ({ kind, n });

/** What clients saw of one kind of request when `crashed` failed for good. */
function measureOutage(subject: Subject, kind: Asked['kind'], crashed: NodeId): Measured {
  const system: System = experiment({ nodes: subject.nodes, client: askerOf(subject) });
  const asks = [];
  for (let at = FROM, n = 1; at < UNTIL; at += EVERY, n++) asks.push([{ operation: asked(kind, n), at }]);
  const plan = planOf({
    seed: 'outage',
    hopMicros: DELAY,
    asks,
    faults: [{ kind: 'crash', at: CRASH_AT, node: crashed, forMicros: null, unsyncedKeptPercent: 100 }],
    healAt: UNTIL + PATIENCE_MICROS,
  });
  const run = simulate(system, plan, { trace: true });
  if (run.outcome.kind !== 'completed') throw new Error(run.outcome.reason);
  const detected = run.trace?.find((event) => event.time >= CRASH_AT && subject.isDetected(event, crashed))?.time;
  if (detected === undefined) throw new Error(`the failure of ${crashed} was not detected`);
  const operations = operationsOf(run.history.slice(0, run.probesFrom));
  const latencies = operations.flatMap(({ invokedAt, returnedAt, outcome }) =>
    outcome.kind === 'ok' && returnedAt !== null ? [{ arrived: invokedAt + DELAY, taken: returnedAt - invokedAt }] : [],
  );
  const usual = Math.min(...latencies.filter(({ arrived }) => arrived < CRASH_AT).map(({ taken }) => taken));
  const slowest = Math.max(...latencies.filter(({ arrived }) => arrived >= detected).map(({ taken }) => taken));
  const lost = operations.filter(({ outcome }) => outcome.kind !== 'ok').map(({ invokedAt }) => invokedAt + DELAY);
  const last = Math.max(detected, ...lost);
  return { outage: (last - detected) / DELAY, added: Math.max(0, slowest - usual) / DELAY };
}

interface Failure {
  readonly subject: Subject;
  readonly what: string;
  readonly crashed: NodeId;
  /** What section 4 says of queries and updates. */
  readonly paper: string;
  /** What follows from the model's messages: outage of queries and of updates, and by how much updates are late. */
  readonly expected: readonly [queries: number, updates: number, added: number];
  readonly why: string;
}

const FAILURES: readonly Failure[] = [
  {
    subject: SUBJECTS.chain,
    what: 'head',
    crashed: 's1',
    paper: '0, 2',
    expected: [0, 1, 0],
    why: 'the new head is told',
  },
  {
    subject: SUBJECTS.chain,
    what: 'middle',
    crashed: 's2',
    paper: '0, 0 (4 messages)',
    expected: [0, 0, 2],
    why: 'figure 3: S⁺ is told, tells sn, S⁻ is told, sends; two of these are a usual way down',
  },
  {
    subject: SUBJECTS.chain,
    what: 'tail',
    crashed: 's3',
    paper: '2, 2',
    expected: [3, 0, 0],
    why: 'the new tail is told, and asks for the lease that the paper does not need; updates wait in the chain',
  },
  {
    subject: SUBJECTS.craq,
    what: 'head',
    crashed: 's1',
    paper: '',
    expected: [0, 1, 0],
    why: 'the new head is told',
  },
  {
    subject: SUBJECTS.craq,
    what: 'middle',
    crashed: 's2',
    paper: '',
    expected: [0, 0, 0],
    why: 'its neighbours are told, and the way is shorter from then on',
  },
  {
    subject: SUBJECTS.craq,
    what: 'tail',
    crashed: 's3',
    paper: '',
    expected: [0, 0, 0],
    why: 'the others go on reading; updates wait in the chain',
  },
  {
    subject: SUBJECTS.primaryBackup,
    what: 'primary',
    crashed: 'p1',
    paper: '5, 5',
    expected: [5, 3, 4],
    why: 'fence, report, promote, then a lease for reads; what is asked from the third on waits for the backup to join',
  },
  {
    subject: SUBJECTS.primaryBackup,
    what: 'backup',
    crashed: 'p2',
    paper: '0, ≤ 1',
    expected: [0, 0, 0],
    why: 'the in-sync set is changed, which takes as long as to ask the backup did',
  },
];

export function outage(): Claim {
  let wrong = 0;
  const rows = FAILURES.map(({ subject, what, crashed, paper, expected, why }) => {
    const queries = measureOutage(subject, 'query', crashed);
    const updates = measureOutage(subject, 'update', crashed);
    const measured = [queries.outage, updates.outage, updates.added];
    const cells = measured.map((value, place) => {
      const isRight = value === expected[place];
      if (!isRight) wrong++;
      return isRight ? `${value}` : `${value} NO (${expected[place] ?? ''})`;
    });
    return [`${subject.name}: ${what}`, paper, ...cells, why];
  });
  return {
    title: 'Outage after a failure, in message delays',
    text:
      'From the moment at which the failure is detected. Requests are asked of all servers at once, two in each delay: ' +
      'outage is until the last that is never answered, added is by how much the slowest answer to an update is late. The ' +
      "paper's outage of queries and updates (section 4) has one delay more where clients are told who is in charge.",
    headings: ['failure', 'paper', 'queries', 'updates', 'added', 'because'],
    rows,
    holds: wrong === 0,
    conclusion:
      wrong === 0
        ? 'Each is just what the messages of the protocol come to. A chain is out for less than a primary; with CRAQ nobody misses a reader.'
        : `${wrong} are not what the messages of the protocol come to.`,
  };
}
