/** What the chain promises to those outside, judged when a run is over. */
import { checkConvergence, checkLinearizability, operationsOf } from '../../framework/index.js';
import type { NodeId, Observed, Property } from '../../framework/index.js';
import { keyValue } from '../specs/key-value.js';
import type { ChainOperation, Entry } from './messages.js';
import type { Counts, ServerState } from './server-state.js';

/** What a server holds in the end. */
export interface Replica {
  readonly number: number;
  readonly chain: readonly NodeId[];
  readonly hist: readonly Entry[];
  /** Of its last life. */
  readonly counts: Counts;
}

export const inspectServer = ({ configuration: { number, chain }, hist, counts }: ServerState): Replica => ({
  number,
  chain: chain.map(({ server }) => server),
  hist,
  counts,
});

/** What a master of several holds in the end; `elections` counts those that it began in its last life. */
export interface MasterReplica {
  readonly role: string;
  readonly term: number;
  /** Each entry of its log: its term, and the number of the configuration, 0 without one. */
  readonly decided: readonly (readonly [term: number, configuration: number])[];
  readonly committed: number;
  readonly configuration: number;
  readonly elections: number;
}

export type Inspected = Replica | MasterReplica;

type Run = Observed<ChainOperation, Inspected>;
type ChainProperty = Property<ChainOperation, Inspected>;

const serversOf = ({ replicas }: Run): ReadonlyMap<NodeId, Replica> =>
  new Map([...replicas].flatMap(([name, one]) => ('hist' in one ? [[name, one] as const] : [])));

export const PROPERTY_NAMES = {
  exactlyOnce: 'every update takes effect exactly once',
  linearizable: 'tail reads are linearizable',
  whole: 'after healing, the chain is whole and its members agree',
} as const;

/** The members, head first, of the newest chain that anybody knows. */
function finalChain(run: Run): readonly (readonly [NodeId, Replica])[] {
  const replicas = serversOf(run);
  const newest = [...replicas.values()].reduce<Replica | undefined>(
    (best, replica) => (best === undefined || replica.number > best.number ? replica : best),
    undefined,
  );
  return (newest?.chain ?? []).flatMap((name) => {
    const replica = replicas.get(name);
    return replica === undefined ? [] : [[name, replica] as const];
  });
}

/**
 * Acknowledged updates are in Hist of every member of the final chain once, the others at most once. An update is known
 * by the value that it leaves, since the workload writes no value twice. `unknown` if none was acknowledged.
 */
const exactlyOnce: ChainProperty = {
  name: PROPERTY_NAMES.exactlyOnce,
  check(run) {
    const members = finalChain(run);
    const updates = operationsOf(run.history).filter(({ operation }) => operation.kind !== 'get');
    const acknowledged = updates.filter(({ outcome, index }) => outcome.kind === 'ok' && index < run.probesFrom).length;
    const seen = { updates: updates.length, acknowledged, members: members.length };
    for (const [name, { hist }] of members)
      for (const { operation, outcome, index, process } of updates) {
        const times = hist.filter((entry) => isEffectOf(entry, operation)).length;
        if (times === 1 || (times === 0 && outcome.kind !== 'ok')) continue;
        const rule = times === 0 ? 'acknowledged update lost' : 'update executed twice';
        const what = `${operation.kind} ${operation.key} ${operation.kind === 'get' ? '' : String(operation.value)}`;
        const explanation = `Process ${process}'s ${what} (${outcome.kind}) is in Hist of ${name} ${times} times.`;
        return { verdict: 'invalid', violation: { rule, explanation, operations: [index] }, seen };
      }
    if (acknowledged > 0 && members.length > 0) return { verdict: 'valid', seen };
    return { verdict: 'unknown', reason: 'no update was acknowledged', seen };
  },
};

function isEffectOf({ key, value }: Entry, operation: ChainOperation): boolean {
  if (operation.kind === 'get' || operation.key !== key) return false;
  return operation.kind === 'put' ? value === operation.value : String(value).endsWith(String(operation.value));
}

/** Queries at the tail and updates together behave as one copy would. The keys are judged one by one. */
const linearizable: ChainProperty = {
  name: PROPERTY_NAMES.linearizable,
  check: ({ history }) => checkLinearizability(history, keyValue),
};

/** When all is healed and quiet, every server is back in the chain, and all have the same Hist. */
const whole: ChainProperty = {
  name: PROPERTY_NAMES.whole,
  check(run) {
    const members = finalChain(run);
    const { size } = serversOf(run);
    if (members.length === size) {
      const agreement = checkConvergence(new Map(members.map(([name, { hist }]) => [name, hist])));
      return { ...agreement, seen: { ...agreement.seen, ...joins(members.map(([, { counts }]) => counts)) } };
    }
    const explanation = `${size} servers are up, but the chain is ${members.map(([name]) => name).join(', ')}.`;
    return {
      verdict: 'invalid',
      violation: { rule: 'the chain is not whole', explanation, operations: [] },
      seen: { members: members.length },
    };
  },
};

/** What the servers' joins came to, together. */
function joins(all: readonly Counts[]): Counts {
  const sum = (of: (counts: Counts) => number): number => all.reduce((total, counts) => total + of(counts), 0);
  return {
    copied: sum(({ copied }) => copied),
    unwritten: sum(({ unwritten }) => unwritten),
    merged: sum(({ merged }) => merged),
    joinedInTheMiddle: sum(({ joinedInTheMiddle }) => joinedInTheMiddle),
    joinedAsTail: sum(({ joinedAsTail }) => joinedAsTail),
  };
}

export const chainProperties: readonly ChainProperty[] = [exactlyOnce, linearizable, whole];
