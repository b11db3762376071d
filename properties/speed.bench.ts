/**
 * `npm run bench`: how fast the simulator is, as ratios against baselines measured in the same run (the machine is noisy;
 * absolute figures mean little). CPU time is counted, not wall time, and the best of several rounds is taken.
 */
import { planGenerator, simulate, type AnyOperation, type Execution, type Plan } from 'faultline';
import { chain } from 'faultline/models';
import { table } from '../framework/cli/table.js';
import { runBareLoop } from './bare-loop.js';
import { runModelBare } from './bare-model.js';
import { runPeerScheduler } from './peer-scheduler.js';

const ROUNDS = 5;
const PLANS = 300;
const MEMORY_RUNS = 100_000;

/** Steps per second of CPU time: the best of some rounds, after one to warm up. */
async function measure(run: () => number | Promise<number>): Promise<number> {
  await run();
  let best = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.cpuUsage();
    const steps = await run();
    const { user, system } = process.cpuUsage(before);
    best = Math.max(best, (steps / (user + system)) * 1e6);
  }
  return best;
}

const generate = planGenerator(chain);
const plans: readonly Plan[] = Array.from({ length: PLANS }, (_, index) => generate(`bench-${index}`));
const cluster = chain.cluster(undefined);
const unwatched = { ...cluster, invariants: [] };
const operations: AnyOperation[] = plans.flatMap((plan) => plan.operations.map(({ operation }) => operation));

/** All plans, with what `options` say of execution and invariants. */
function runPlans(options: { readonly execution: Execution; readonly invariants: boolean }): number {
  let steps = 0;
  for (const plan of plans)
    steps += simulate(chain, plan, {
      execution: options.execution,
      cluster: options.invariants ? cluster : unwatched,
    }).steps;
  return steps;
}

/** The same number of steps per run, so that state and history grow alike. */
const stepsPerRun = Math.round(runPlans({ execution: 'in-place', invariants: true }) / PLANS);
const repeat = (run: () => number): number => {
  let steps = 0;
  for (let index = 0; index < PLANS; index++) steps += run();
  return steps;
};

async function speed(): Promise<void> {
  const model = await measure(() =>
    repeat(() =>
      runModelBare(chain.cluster(undefined), { operations, clients: chain.workload.clients, steps: stepsPerRun }),
    ),
  );
  const bare = await measure(() => repeat(() => runBareLoop(stepsPerRun)));
  const inPlace = await measure(() => runPlans({ execution: 'in-place', invariants: false }));
  const watched = await measure(() => runPlans({ execution: 'in-place', invariants: true }));
  const immer = await measure(() => runPlans({ execution: 'immer', invariants: false }));
  const peer = await measure(async () => {
    let steps = 0;
    for (let index = 0; index < 5; index++) steps += await runPeerScheduler(stepsPerRun);
    return steps;
  });
  const row = (what: string, speed: number) => [
    what,
    `${(speed / 1e6).toFixed(3)} M`,
    (speed / model).toFixed(2),
    (speed / bare).toFixed(2),
    (speed / peer).toFixed(1),
  ];
  process.stdout.write(
    `chain replication, 3 servers, ${chain.workload.clients} clients, ${PLANS} plans of ${stepsPerRun} steps on average\n\n` +
      `${table(
        ['', 'steps/s (CPU)', 'of the same handlers, bare', 'of a minimal bare loop', 'of fast-check'],
        [
          row('the same handlers on a bare loop', model),
          row('a minimal chain on a bare loop', bare),
          row('faultline, in place: faults, history, digest', inPlace),
          row('faultline, in place, invariants after each step', watched),
          row('faultline, through immer', immer),
          row("fast-check's scheduler, minimal chain", peer),
        ],
      )}\n\n`,
  );
}

function memory(): void {
  const collect = (globalThis as { gc?: () => void }).gc;
  const megabytes = () => {
    collect?.();
    return process.memoryUsage().heapUsed / 2 ** 20;
  };
  const [plan] = plans;
  if (plan === undefined) return;
  const short: Plan = {
    ...plan,
    operations: plan.operations.slice(0, 3),
    faults: [],
    healAt: 20_000,
    settleMicros: 20_000,
  };
  const rows: (readonly [string, string])[] = [];
  for (let done = 0; done <= MEMORY_RUNS; done++) {
    if (done % (MEMORY_RUNS / 5) === 0) rows.push([done.toLocaleString('en-US'), `${megabytes().toFixed(1)} MB`]);
    simulate(chain, { ...short, seed: `memory-${done}` }, { cluster });
  }
  const how = collect === undefined ? ' (without --expose-gc: includes garbage)' : '';
  process.stdout.write(
    `memory over ${MEMORY_RUNS.toLocaleString('en-US')} runs in one process${how}\n\n${table(['runs', 'heap'], rows)}\n`,
  );
}

await speed();
memory();
