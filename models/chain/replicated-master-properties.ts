/** What a replicated master promises when a run is over, and what it went through. */
import { checkConvergence, type Property } from '../../framework/index.js';
import type { ChainOperation } from './messages.js';
import type { Inspected, MasterReplica } from './properties.js';
import type { ReplicatedMasterState } from './replicated-master.js';

export const inspectMaster = ({ consensus, configuration }: ReplicatedMasterState): MasterReplica => ({
  role: consensus.role,
  term: consensus.term,
  decided: consensus.log.map(({ term, command }) => [term, command?.configuration.number ?? 0]),
  committed: consensus.commitIndex,
  configuration: configuration.number,
  elections: consensus.counts.elections,
});

export const MASTERS_AGREE = 'after healing, one master leads and all have decided the same';

export const mastersAgree: Property<ChainOperation, Inspected> = {
  name: MASTERS_AGREE,
  check({ replicas }) {
    const masters = [...replicas].flatMap(([name, one]) => ('decided' in one ? [[name, one] as const] : []));
    const most = (of: (master: MasterReplica) => number): number => Math.max(0, ...masters.map(([, one]) => of(one)));
    const seen = {
      masters: masters.length,
      terms: most(({ term }) => term),
      decisions: most(({ decided }) => decided.filter(([, number]) => number > 0).length),
      configurations: most(({ configuration }) => configuration),
      elections: masters.reduce((sum, [, { elections }]) => sum + elections, 0),
    };
    const leaders = masters.filter(([, { role }]) => role === 'leader');
    if (leaders.length !== 1) {
      const explanation = `Leaders in the end: ${leaders.map(([name]) => name).join(', ') || 'none'}.`;
      return { verdict: 'invalid', violation: { rule: 'no single leader', explanation, operations: [] }, seen };
    }
    const held = masters.map(([name, { decided, committed, configuration }]) => {
      return [name, { decided, committed, configuration }] as const;
    });
    const agreement = checkConvergence(new Map(held));
    return { ...agreement, seen: { ...agreement.seen, ...seen } };
  },
};
