/** What FAWN-KV promises to those outside, judged when a run is over; and what holds after every step. */
import {
  checkLinearizability,
  operationsOf,
  stateInvariant,
  type InvariantCheck,
  type Observed,
  type Property,
  type Role,
} from '../../framework/index.js';
import { keyValue } from '../specs/key-value.js';
import { pathOf, type Configuration } from './chains.js';
import type { ManagerState } from './manager.js';
import type { Entry, Message, Operation } from './messages.js';
import type { NodeState } from './node-state.js';
import { ARCS, chainOn } from './ring.js';

/** What a node holds in the end. */
export type Inspection =
  | { readonly kind: 'node'; readonly logs: readonly (readonly Entry[])[] }
  | ({
      readonly kind: 'manager';
      readonly configuration: Configuration;
      readonly wanted: readonly string[];
    } & ManagerState['decided']);

export const inspectNode = ({ replicas }: NodeState): Inspection => ({
  kind: 'node',
  logs: replicas.map(({ log }) => log),
});

export const inspectManager = ({ configuration, nodes, decided }: ManagerState): Inspection => ({
  kind: 'manager',
  configuration,
  wanted: nodes.filter(({ wanted }) => wanted).map(({ node }) => node),
  ...decided,
});

type Claim = Property<Operation, Inspection>;
type Manager = Extract<Inspection, { kind: 'manager' }>;

const managerOf = ({ replicas }: Observed<Operation, Inspection>): Manager | undefined =>
  [...replicas.values()].find((one) => one.kind === 'manager');

const seenBy = ({ joins, merges, failures, leaves }: Manager) => ({ joins, merges, failures, leaves });

/** Acknowledged puts are in the log of every member of their chain in the end, once; the others at most once. */
const everywhere: Claim = {
  name: 'an acknowledged put is at every member of its chain',
  check(run) {
    const manager = managerOf(run);
    const puts = operationsOf(run.history).flatMap(({ operation, outcome, index }) =>
      operation.kind === 'put' ? [{ ...operation, index, isAcknowledged: outcome.kind === 'ok' }] : [],
    );
    const acknowledged = puts.filter(({ isAcknowledged }) => isAcknowledged);
    const seen = { acknowledged: acknowledged.length };
    for (const { arc, members } of manager?.configuration.chains ?? [])
      for (const node of members) {
        const holder = run.replicas.get(node);
        const log = holder?.kind === 'node' ? (holder.logs[arc] ?? []) : [];
        const others = new Set(manager?.configuration.chains.flatMap((one) => (one.arc === arc ? one.members : [])));
        for (const put of puts) {
          const times = log.filter(({ key, value }) => key === put.key && value === put.value).length;
          const elsewhere = [...others].some((other) => {
            const copy = run.replicas.get(other);
            return copy?.kind === 'node' && copy.logs[arc]?.some(({ value }) => value === put.value) === true;
          });
          if (times <= 1 && (times === 1 || !elsewhere)) continue;
          const explanation = `put ${put.key} ${String(put.value)} is in the log of ${node} ${times} times, and in others of its chain.`;
          const rule = times === 0 ? 'a member lacks a put' : 'put executed twice';
          return { verdict: 'invalid', violation: { rule, explanation, operations: [put.index] }, seen };
        }
      }
    const lost = acknowledged.find(
      ({ key, value }) =>
        ![...run.replicas.values()].some(
          (one) => one.kind === 'node' && one.logs.some((log) => log.some((e) => e.key === key && e.value === value)),
        ),
    );
    if (lost !== undefined) {
      const explanation = `put ${lost.key} ${String(lost.value)} was acknowledged, and nobody has it.`;
      return {
        verdict: 'invalid',
        violation: { rule: 'acknowledged put lost', explanation, operations: [lost.index] },
        seen,
      };
    }
    if (acknowledged.some(({ index }) => index < run.probesFrom)) return { verdict: 'valid', seen };
    return { verdict: 'unknown', reason: 'no put was acknowledged', seen };
  },
};

const linearizable: Claim = {
  name: 'gets and puts are linearizable',
  check: ({ history }) => checkLinearizability(history, keyValue),
};

/** When all is healed and quiet, each chain is the one that the ring says, nobody is joining, and its members agree. */
const whole: Claim = {
  name: 'after healing every chain is the one of the ring',
  check(run) {
    const manager = managerOf(run);
    if (manager === undefined) return { verdict: 'unknown', reason: 'the manager was not inspected', seen: {} };
    const seen = seenBy(manager);
    for (const { arc, members, joining, former } of manager.configuration.chains) {
      const expected = chainOn(arc, manager.wanted);
      if (members.join() === expected.join() && joining === null && former === null) continue;
      const explanation = `The chain of arc ${arc} is ${members.join(', ')}${joining === null ? '' : `, which ${joining.node} joins`}; by the ring it is ${expected.join(', ')}.`;
      return {
        verdict: 'invalid',
        violation: { rule: 'a chain is not whole', explanation, operations: [] },
        seen,
      };
    }
    return { verdict: 'valid', seen };
  },
};

/** The logs of the members of a chain that know the same epoch: one is the beginning of the other. */
function samePuts(): InvariantCheck<NodeState> {
  const seen = new Map<string, string>();
  return (nodes, changed) => {
    const state = nodes.get(changed);
    if (state === undefined) return undefined;
    for (const arc of ARCS) {
      const [chain, replica] = [state.configuration.chains[arc], state.replicas[arc]];
      if (chain === undefined || replica === undefined || !chain.members.includes(changed)) continue;
      const label = `${chain.epoch} ${replica.log.length}`;
      if (seen.get(`${changed}/${arc}`) === label) continue;
      seen.set(`${changed}/${arc}`, label);
      for (const other of pathOf(chain)) {
        const theirs = nodes.get(other);
        const log = theirs?.replicas[arc]?.log;
        if (other === changed || log === undefined || theirs?.configuration.chains[arc]?.epoch !== chain.epoch)
          continue;
        if (!chain.members.includes(other)) continue;
        const length = Math.min(log.length, replica.log.length);
        for (let place = 0; place < length; place++)
          if (log[place]?.id !== replica.log[place]?.id || log[place]?.seq !== replica.log[place]?.seq)
            return `put ${place + 1} of arc ${arc} is ${log[place]?.id} at ${other} and ${replica.log[place]?.id} at ${changed}`;
      }
    }
    return undefined;
  };
}

export const PROPERTY_NAMES = {
  everywhere: everywhere.name,
  linearizable: linearizable.name,
  whole: whole.name,
  samePuts: 'members of a chain have the same puts in the same order',
} as const;

export const fawnInvariants = (node: Role<NodeState, Message>) => [
  stateInvariant(node, PROPERTY_NAMES.samePuts, samePuts),
];

export const fawnProperties: readonly Claim[] = [linearizable, everywhere, whole];
