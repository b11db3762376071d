/** What the store promises to those outside, judged when a run is over. */
import {
  checkConvergence,
  checkLinearizability,
  operationsOf,
  type NodeId,
  type Observed,
  type Property,
  type RecordedOperation,
} from '../../framework/index.js';
import { keyValue } from '../specs/key-value.js';
import type { Operation, Value } from './commands.js';
import { GROUP_NAMES, GROUPS, SLOTS, type Configuration } from './configuration.js';
import type { ServerState } from './server-state.js';
import type { ServiceState } from './service.js';
import type { Slot } from './slots.js';

/** What a node holds in the end. */
export type Inspection =
  | { readonly kind: 'server'; readonly slots: readonly Slot[]; readonly refused: number }
  | ({ readonly kind: 'service'; readonly configuration: Configuration } & ServiceState['decided']);

export const inspectServer = ({ slots, refused }: ServerState): Inspection => ({ kind: 'server', slots, refused });

export const inspectService = ({ configuration, decided }: ServiceState): Inspection => ({
  kind: 'service',
  configuration,
  ...decided,
});

type Run = Observed<Operation, Inspection>;
type Claim = Property<Operation, Inspection>;
type Service = Extract<Inspection, { kind: 'service' }>;

const serviceOf = ({ replicas }: Run): Service | undefined =>
  [...replicas.values()].find((one) => one.kind === 'service');

const isOverwriting = ({ operation, outcome }: RecordedOperation<Operation>): boolean =>
  operation.kind === 'put' || (operation.kind === 'cas' && !(outcome.kind === 'ok' && outcome.result === false));

/** What an update leaves in the value of its key, and no other update does. */
const traceOf = (operation: Operation): string =>
  operation.kind === 'get' ? '' : String(operation.kind === 'cas' ? operation.to : operation.value);

/**
 * An acknowledged update is in the value that is read in the end, unless something may have overwritten it: a `put`, or a
 * `cas` that may have found what it wanted, that was not over when the update began. `unknown` if none was acknowledged.
 */
const durable: Claim = {
  name: 'no acknowledged write is lost',
  check(run) {
    const operations = operationsOf(run.history);
    const updates = operations.filter(
      ({ operation: { kind }, outcome }) =>
        kind !== 'get' && outcome.kind === 'ok' && (kind !== 'cas' || outcome.result === true),
    );
    const seen = { acknowledged: updates.length, judged: 0 };
    for (const update of updates) {
      const { operation, index, process } = update;
      const last = operations.find(
        (one) => one.index >= run.finalReadsFrom && one.operation.key === operation.key && one.outcome.kind === 'ok',
      );
      const mayHide = operations.some(
        (other) =>
          other.index !== index &&
          other.operation.key === operation.key &&
          isOverwriting(other) &&
          (other.returnIndex === null || other.returnIndex > index),
      );
      if (last?.outcome.kind !== 'ok' || mayHide) continue;
      seen.judged++;
      const value = last.outcome.result as Value;
      if (String(value).split(',').includes(traceOf(operation).replace(',', ''))) continue;
      const what = `${operation.kind} ${operation.key} ${traceOf(operation)}`;
      const explanation = `Process ${process}'s ${what} was acknowledged, and nothing overwrote it, but in the end ${operation.key} is '${String(value)}'.`;
      return {
        verdict: 'invalid',
        violation: { rule: 'acknowledged write lost', explanation, operations: [index] },
        seen,
      };
    }
    if (updates.some(({ index }) => index < run.probesFrom)) return { verdict: 'valid', seen };
    return { verdict: 'unknown', reason: 'no write was acknowledged', seen };
  },
};

const linearizable: Claim = {
  name: 'operations on each key are linearizable',
  check: ({ history }) => checkLinearizability(history, keyValue),
};

/** Without the sessions: that a final read is done, the backup may not have heard yet. */
const kept = ({ phase, epoch, items, updates }: Slot) => ({ phase, epoch, items, updates });

/** When all is healed and quiet, each slot is served by whom the map names, nothing moves, and both copies are equal. */
const whole: Claim = {
  name: 'after healing every slot is served, and copies agree',
  check(run) {
    const service = serviceOf(run);
    if (service === undefined) return { verdict: 'unknown', reason: 'the service was not inspected', seen: {} };
    const { configuration, migrations, flips, failovers } = service;
    const servers = [...run.replicas.values()].filter((one) => one.kind === 'server');
    const refused = servers.reduce((sum, one) => sum + one.refused, 0);
    const seen = { migrations, flips, failovers, refused };
    const problem = problemIn(configuration, run.replicas);
    if (problem !== undefined)
      return {
        verdict: 'invalid',
        violation: { rule: 'the store is not whole', explanation: problem, operations: [] },
        seen,
      };
    for (const group of GROUP_NAMES) {
      const copies = GROUPS[group].map((name) => {
        const one = run.replicas.get(name);
        return [name, one?.kind === 'server' ? one.slots.map(kept) : []] as const;
      });
      const result = checkConvergence(new Map<string, unknown>(copies));
      if (result.verdict === 'invalid') return { ...result, seen };
    }
    return { verdict: 'valid', seen };
  },
};

function problemIn({ slots, views }: Configuration, replicas: ReadonlyMap<NodeId, Inspection>): string | undefined {
  for (const group of GROUP_NAMES)
    if (views[group].backup === null) return `Group ${group} is ${views[group].primary} alone.`;
  for (const slot of SLOTS) {
    const { owner, epoch, target } = slots[slot] ?? { owner: 'a', epoch: 0, target: null };
    if (target !== null) return `Slot ${slot} is still on its way from ${owner} to ${target}.`;
    const primary = replicas.get(views[owner].primary);
    const own = primary?.kind === 'server' ? primary.slots[slot] : undefined;
    if (own?.phase !== 'serving' || own.epoch !== epoch)
      return `Slot ${slot} belongs to ${owner} in epoch ${epoch}, but there it is ${own?.phase} in epoch ${own?.epoch}.`;
  }
  return undefined;
}

export const PROPERTY_NAMES = {
  durable: durable.name,
  linearizable: linearizable.name,
  whole: whole.name,
} as const;

export const shardProperties: readonly Claim[] = [durable, linearizable, whole];
