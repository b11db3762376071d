/**
 * What must hold after every step: what all replicas had, each member of any later chain has. Only units are looked at,
 * and what they know of projections: theirs is the newest if none of its replicas has been sealed for another one, because
 * no projection is decided without.
 */
import { stateInvariant, type NodeId, type Role } from '../../framework/index.js';
import type { Message } from './messages.js';
import { replicasOf, type Projection } from './projection.js';
import type { UnitState } from './unit-state.js';

type Units = ReadonlyMap<NodeId, UnitState>;

function completeEverywhere(): (units: Units, changed: NodeId) => string | undefined {
  let newest: Projection | null = null;
  const complete = new Set<number>();
  const counts = new Map<NodeId, number>();
  return (units, changed) => {
    const unit = units.get(changed);
    if (unit === undefined) return undefined;
    const isNewer = unit.projection !== null && unit.projection.epoch > (newest?.epoch ?? 0);
    if (isNewer) newest = unit.projection;
    const count = unit.pages.reduce((sum, page) => (page === null ? sum : sum + 1), 0);
    if (newest === null || (!isNewer && counts.get(changed) === count)) return undefined;
    counts.set(changed, count);
    for (const member of newest.chain) {
      const state = units.get(member);
      if (state === undefined) continue;
      for (const position of complete)
        if ((state.pages[position] ?? null) === null)
          return (
            `${member} is in the chain of epoch ${newest.epoch} without anything at position ${position}, ` +
            'which all replicas had before'
          );
    }
    const { epoch } = newest;
    const replicas = replicasOf(newest).map((one) => units.get(one));
    if (!replicas.every((one) => one?.epoch === epoch)) return undefined;
    for (let position = 0; position < unit.pages.length; position++)
      if (replicas.every((one) => (one?.pages[position] ?? null) !== null)) complete.add(position);
    return undefined;
  };
}

export const COMPLETE_EVERYWHERE = 'what all replicas had, each unit of a later chain has';

export const corfuInvariants = (unit: Role<UnitState, Message>) => [
  stateInvariant(unit, COMPLETE_EVERYWHERE, completeEverywhere),
];
