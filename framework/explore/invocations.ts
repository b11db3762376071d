/** Which of a plan's operations a run invoked when, and which messages each of them caused. */
import type { Plan, PlannedOperation } from '../plan/plan.js';
import type { Run } from '../simulation/simulate.js';
import type { TraceEvent } from '../simulation/trace.js';
import type { Fate } from '../world/network.js';

/** For each client, the indices of its operations in the order in which it invokes them. */
function turns({ clients, operations }: Plan): number[][] {
  return Array.from({ length: clients }, (_, client) =>
    operations
      .map((planned, index) => ({ planned, index }))
      .filter(({ planned }) => planned.client === client)
      .sort((one, other) => one.planned.at - other.planned.at)
      .map(({ index }) => index),
  );
}

/** The operations of a run's plan, each at the moment of its invocation; those never invoked stay where they are. */
export function invokedWhen({ plan, history, probesFrom }: Run): readonly PlannedOperation[] {
  const ahead = turns(plan);
  const clientOf = ahead.map((_, client) => client);
  const operations = [...plan.operations];
  for (const { type, process, time } of history.slice(0, probesFrom)) {
    const client = clientOf[process] ?? 0;
    // A process whose outcome is unknown is replaced by a new one, numbered on.
    if (type === 'info') clientOf.push(client);
    const index = type === 'invoke' ? ahead[client]?.shift() : undefined;
    const planned = index === undefined ? undefined : operations[index];
    if (index !== undefined && planned !== undefined) operations[index] = { ...planned, at: time };
  }
  return operations;
}

/**
 * The fates of `plan` as they read when some of its operations are left out: a message is named by its number on its link,
 * and those that the operations caused no longer count. `trace` is that of a run of `plan`.
 */
export function fatesWithout(plan: Plan, removed: ReadonlySet<PlannedOperation>, trace: readonly TraceEvent[]): Fate[] {
  const gone = new Map<string, number[]>();
  const causedByRemoved = new Set<number>();
  const ahead = turns(plan);
  for (const event of trace)
    if (event.kind === 'invoke') {
      const index = ahead[Number(event.node.slice(1)) - 1]?.shift();
      const planned = index === undefined ? undefined : plan.operations[index];
      if (planned !== undefined && removed.has(planned)) causedByRemoved.add(event.step);
    } else if ('cause' in event) {
      if (causedByRemoved.has(event.cause)) causedByRemoved.add(event.step);
    } else if (event.kind === 'send' && causedByRemoved.has(event.step)) {
      const link = `${event.from}>${event.to}`;
      gone.set(link, [...(gone.get(link) ?? []), event.nth]);
    }
  return plan.fates.flatMap((fate) => {
    const before = gone.get(`${fate.from}>${fate.to}`) ?? [];
    if (before.includes(fate.nth)) return [];
    return [{ ...fate, nth: fate.nth - before.filter((nth) => nth < fate.nth).length }];
  });
}

/** The operation that the last step of a run of `plan` follows from, through messages, timers and syncs, if any. */
export function operationBehindTheEnd(plan: Plan, trace: readonly TraceEvent[]): PlannedOperation | undefined {
  const causes = new Map<number, number>();
  const invoked = new Map<number, PlannedOperation>();
  const ahead = turns(plan);
  let step = 0;
  for (const event of trace) {
    if ('cause' in event) causes.set(event.step, event.cause);
    if (event.kind === 'invoke') {
      const index = ahead[Number(event.node.slice(1)) - 1]?.shift();
      const planned = index === undefined ? undefined : plan.operations[index];
      if (planned !== undefined) invoked.set(event.step, planned);
    }
    step = Math.max(step, event.step);
  }
  while (step > 0 && !invoked.has(step)) step = causes.get(step) ?? 0;
  return invoked.get(step);
}
