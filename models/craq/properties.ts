/** What CRAQ promises to those outside, judged when a run is over. */
import { checkConvergence, checkLinearizability, operationsOf } from '../../framework/index.js';
import type { Observed, Property } from '../../framework/index.js';
import { versionedKeyValue } from '../specs/versioned-key-value.js';
import type { Configuration } from './configuration.js';
import type { CoordinatorState, Decisions } from './coordinator.js';
import type { CraqOperation } from './messages.js';
import type { ReplicaState } from './node-state.js';
import { isDirty, type Version } from './objects.js';

export type CraqInspection =
  | {
      readonly role: 'replica';
      readonly counts: ReplicaState['counts'];
      readonly objects: readonly {
        readonly key: string;
        readonly dirty: boolean;
        readonly versions: readonly Version[];
      }[];
    }
  | { readonly role: 'coordinator'; readonly configuration: Configuration; readonly decisions: Decisions };

export const inspectReplica = ({ counts, objects }: ReplicaState): CraqInspection => ({
  role: 'replica',
  counts,
  objects: objects
    .map((object) => ({ key: object.key, dirty: isDirty(object), versions: object.versions }))
    .sort((one, other) => (one.key < other.key ? -1 : 1)),
});

export const inspectCoordinator = ({ configuration, decisions }: CoordinatorState): CraqInspection => ({
  role: 'coordinator',
  configuration,
  decisions,
});

export const PROPERTY_NAMES = {
  linearizable: 'reads at any replica are linearizable',
  whole: 'after healing, the chain is whole and its members agree',
} as const;

type Run = Observed<CraqOperation, CraqInspection>;
type CraqProperty = Property<CraqOperation, CraqInspection>;

const replicasOf = ({ replicas }: Run) =>
  [...replicas].flatMap(([name, one]) => (one.role === 'replica' ? [[name, one] as const] : []));

/** What each kind of read and of test-and-set did in this run, so that a campaign shows that all of them happened. */
function exercised(run: Run): Readonly<Record<string, number>> {
  const counted = {
    cleanReads: 0,
    versionQueries: 0,
    overtakenQueries: 0,
    propagated: 0,
    testAndSets: 0,
    mismatches: 0,
  };
  for (const [, { counts }] of replicasOf(run)) {
    counted.cleanReads += counts.cleanReads;
    counted.versionQueries += counts.versionQueries;
    counted.overtakenQueries += counts.overtakenQueries;
    counted.propagated += counts.propagated;
  }
  for (const { operation, outcome } of operationsOf(run.history)) {
    if (operation.kind !== 'test-and-set' || outcome.kind !== 'ok') continue;
    if (outcome.result === true) counted.testAndSets++;
    else counted.mismatches++;
  }
  return counted;
}

/**
 * Reads at any member, writes and test-and-sets together behave as one copy would. A read tells the version, which counts
 * the updates before it: one that was lost, or done twice, shows.
 */
const linearizable: CraqProperty = {
  name: PROPERTY_NAMES.linearizable,
  check(run) {
    const result = checkLinearizability(run.history, versionedKeyValue);
    return { ...result, seen: { ...result.seen, ...exercised(run) } };
  },
};

/** When all is healed and quiet, every server is back in its place, synced, and all have the same, clean versions. */
const whole: CraqProperty = {
  name: PROPERTY_NAMES.whole,
  check(run) {
    const replicas = replicasOf(run);
    const coordinator = [...run.replicas.values()].find((one) => one.role === 'coordinator');
    if (coordinator?.role !== 'coordinator') return { verdict: 'unknown', reason: 'there is no coordinator', seen: {} };
    const { decisions, configuration } = coordinator;
    const seen = { ...decisions };
    const invalid = (rule: string, explanation: string) =>
      ({ verdict: 'invalid', violation: { rule, explanation, operations: [] }, seen }) as const;
    const synced = configuration.chain.filter((member) => member.synced).map(({ server }) => server);
    if (synced.length < replicas.length) {
      const outside = replicas.map(([name]) => name).filter((name) => !synced.includes(name));
      return invalid('the chain is not whole', `${outside.join(', ')} did not come back with all that was committed.`);
    }
    for (const [name, { objects }] of replicas)
      for (const { key, dirty } of objects)
        if (dirty) return invalid('a version stays dirty', `Long after healing ${key} is still dirty at ${name}.`);
    const agreement = checkConvergence(new Map(replicas.map(([name, { objects }]) => [name, objects])));
    return { ...agreement, seen: { ...agreement.seen, ...seen } };
  },
};

export const craqProperties: readonly CraqProperty[] = [linearizable, whole];
