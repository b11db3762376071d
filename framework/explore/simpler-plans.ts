/**
 * Ways to make a plan simpler without removing anything from it: fewer clients, shorter gaps, rounder times, smaller
 * values. Each is a list of candidates, addressed by index so that it can follow a plan that changes under way.
 */
import { faultType, type Fault } from '../faults/fault.js';
import type { AnyOperation } from '../history/entry.js';
import type { Plan, PlannedOperation } from '../plan/plan.js';

/** The candidate number `index` for `plan`; 'same' if it would change nothing, 'done' if there are no more. */
export type Simplification = (plan: Plan, index: number) => Plan | 'same' | 'done';

const replaceAt = <T>(items: readonly T[], index: number, item: T): T[] =>
  items.map((one, at) => (at === index ? item : one));

/** Only the clients that do something, numbered from 0. Their links' fates move with them. */
const fewerClients: Simplification = (plan, index) => {
  if (index > 0) return 'done';
  const used = [...new Set(plan.operations.map(({ client }) => client))].sort((one, other) => one - other);
  const kept = used.length === 0 ? [0] : used;
  if (kept.length === plan.clients) return 'same';
  const names = new Map(kept.map((client, at) => [`c${client + 1}`, `c${at + 1}`]));
  const gone = (name: string) => /^c\d+$/.test(name) && !names.has(name);
  const rename = (name: string) => names.get(name) ?? name;
  const sides = (side: readonly string[]) => side.filter((name) => !gone(name)).map(rename);
  return {
    ...plan,
    clients: kept.length,
    operations: plan.operations.map((one) => ({ ...one, client: kept.indexOf(one.client) })),
    faults: plan.faults.flatMap((one): Fault[] => {
      if (!('from' in one)) return [one];
      const [from, to] = [sides(one.from), sides(one.to)];
      return from.length === 0 || to.length === 0 ? [] : [{ ...one, from, to }];
    }),
    fates: plan.fates
      .filter(({ from, to }) => !gone(from) && !gone(to))
      .map((one) => ({ ...one, from: rename(one.from), to: rename(one.to) })),
  };
};

/** Moves the `index`-th operation to the first client. */
const firstClient: Simplification = (plan, index) => {
  const one = plan.operations[index];
  if (one === undefined) return 'done';
  return one.client === 0 ? 'same' : { ...plan, operations: replaceAt(plan.operations, index, { ...one, client: 0 }) };
};

/** One fault with less to it: shorter of detail, or of fewer nodes. */
const simplerFault: Simplification = (plan, index) => {
  let rest = index;
  for (const [at, fault] of plan.faults.entries()) {
    const simpler = faultType(fault.kind).simpler(fault);
    const one = simpler[rest];
    if (one !== undefined) return { ...plan, faults: replaceAt(plan.faults, at, one) };
    rest -= simpler.length;
  }
  return 'done';
};

/** The moments of a plan, in order: where each operation and fault begins. */
const moments = ({ operations, faults }: Plan): number[] =>
  [...new Set([...operations, ...faults].map(({ at }) => at))].sort((one, other) => one - other);

const shiftFrom = (plan: Plan, from: number, by: number): Plan => ({
  ...plan,
  operations: plan.operations.map((one) => (one.at >= from ? { ...one, at: one.at - by } : one)),
  faults: plan.faults.map((one) => (one.at >= from ? { ...one, at: one.at - by } : one)),
});

/** Closes the gap before the `index`-th moment, keeping the order of all that follows. */
const shorterGap: Simplification = (plan, index) => {
  const times = moments(plan);
  const at = times[index];
  if (at === undefined) return 'done';
  const by = index === 0 ? at : at - (times[index - 1] ?? 0) - 1_000;
  return by <= 0 ? 'same' : shiftFrom(plan, at, by);
};

/** Rounds the `index`-th moment to whole milliseconds. */
const rounderTime: Simplification = (plan, index) => {
  const at = moments(plan)[index];
  if (at === undefined) return 'done';
  const rounded = Math.round(at / 1_000) * 1_000;
  if (rounded === at) return 'same';
  const round = <T extends { readonly at: number }>(one: T): T => (one.at === at ? { ...one, at: rounded } : one);
  return { ...plan, operations: plan.operations.map(round), faults: plan.faults.map(round) };
};

/** Rounds the delays of the `index`-th decided fate to whole milliseconds. */
const rounderFate: Simplification = (plan, index) => {
  const fate = plan.fates[index];
  if (fate === undefined) return 'done';
  const delaysMicros = fate.delaysMicros.map((delay) => Math.max(1_000, Math.round(delay / 1_000) * 1_000));
  if (delaysMicros.every((delay, at) => delay === fate.delaysMicros[at])) return 'same';
  return { ...plan, fates: replaceAt(plan.fates, index, { ...fate, delaysMicros }) };
};

/** Replaces the numbers of the `index`-th operation by its place in the plan, from 1. */
const smallerValue: Simplification = (plan, index) => {
  const planned = plan.operations[index];
  if (planned === undefined) return 'done';
  const operation = withNumbers(planned.operation, index + 1);
  if (operation === undefined) return 'same';
  const smaller: PlannedOperation = { ...planned, operation };
  return { ...plan, operations: replaceAt(plan.operations, index, smaller) };
};

function withNumbers(operation: AnyOperation, value: number): AnyOperation | undefined {
  const fields: [string, unknown][] = Object.entries(operation);
  const smaller = fields.map(([name, field]): [string, unknown] => [
    name,
    typeof field === 'number' && field > value ? value : field,
  ]);
  const changed = smaller.some(([, field], index) => field !== fields[index]?.[1]);
  return changed ? { ...Object.fromEntries(smaller), kind: operation.kind } : undefined;
}

/** What makes a plan easier to understand, one thing at a time, in the order in which they are tried. */
export const simplerPlans: readonly Simplification[] = [simplerFault, firstClient, shorterGap];

/** What hardly ever matters: each of these lists is tried all at once. */
const COSMETIC: readonly (readonly Simplification[])[] = [
  [fewerClients, rounderTime, rounderFate, smallerValue],
  [fewerClients, smallerValue],
  [rounderTime, rounderFate],
];

/** `plan` with all that hardly ever matters made simpler, and with parts of that. */
export const tidierPlans = (plan: Plan): readonly Plan[] =>
  COSMETIC.map((simplifications) => {
    let tidier = plan;
    for (const simplification of simplifications)
      for (let index = 0; ; index++) {
        const candidate = simplification(tidier, index);
        if (candidate === 'done') break;
        if (candidate !== 'same') tidier = candidate;
      }
    return tidier;
  });
