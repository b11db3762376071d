/** What must hold of the sinks of groups after every step. Only a sink that was written to is looked at. */
import { stateInvariant, type NodeId, type Role } from '../../../framework/index.js';
import { isLater, type Position } from './changes.js';
import type { Document, Message } from './messages.js';
import { PROMISES } from './promises.js';
import type { IndexState } from './search.js';
import type { ServiceState } from './synchronisation.js';

type Check = (nodes: ReadonlyMap<NodeId, IndexState>, changed: NodeId) => string | undefined;

/** The documents of `changed`, or none if they are those of the step before. */
function watcher(): (nodes: ReadonlyMap<NodeId, IndexState>, changed: NodeId) => readonly Document[] {
  let seen = -1;
  return (nodes, changed) => {
    const state = nodes.get(changed);
    if (state === undefined || state.n === seen) return [];
    seen = state.n;
    return Object.values(state.documents);
  };
}

/** A customer whose key was changed is one customer: two hits for one code would be two. */
function uniqueCodes(): Check {
  const watch = watcher();
  return (nodes, changed) => {
    const holder = new Map<string, string>();
    for (const { key, row } of watch(nodes, changed)) {
      if (row === null) continue;
      const other = holder.get(row.code);
      if (other !== undefined) return `documents ${other} and ${key} both have the code ${row.code}`;
      holder.set(row.code, key);
    }
    return undefined;
  };
}

/** What a crash takes back was not acknowledged: versions are compared within a life. */
function versionsGrow(): Check {
  const watch = watcher();
  let known = new Map<string, Position>();
  let lastN = 0;
  return (nodes, changed) => {
    const n = nodes.get(changed)?.n ?? 0;
    if (n < lastN) known = new Map();
    lastN = n;
    for (const { key, version } of watch(nodes, changed)) {
      const before = known.get(key);
      if (before !== undefined && isLater(before, version))
        return `document ${key} went from version ${before.lsn}/${before.order} back to ${version.lsn}/${version.order}`;
      known.set(key, version);
    }
    return undefined;
  };
}

/** A member that has lost a partition writes nothing to it after its new owner has: what a fence is for. */
function noZombies(): (nodes: ReadonlyMap<NodeId, ServiceState>, changed: NodeId) => string | undefined {
  let [seen, highest] = [0, [] as number[]];
  return (nodes, changed) => {
    const state = nodes.get(changed);
    if (state === undefined || state.n === seen) return undefined;
    // A new life has what was durable: a write that was never acknowledged may be gone with its generation.
    if (state.n < seen) highest = [];
    seen = state.n;
    for (const [partition, { generation }] of state.fences.entries()) {
      const before = highest[partition] ?? 0;
      if (generation < before)
        return `partition ${partition} was written to in generation ${generation}, after generation ${before} had written`;
      highest[partition] = generation;
    }
    return undefined;
  };
}

export const serviceInvariants = (service: Role<ServiceState, Message>) => [
  stateInvariant(service, PROMISES.fenced, noZombies),
];

export const indexInvariants = (index: Role<IndexState, Message>) => [
  stateInvariant(index, PROMISES.unique, uniqueCodes),
  stateInvariant(index, PROMISES.versions, versionsGrow),
];
