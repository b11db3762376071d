/**
 * What must hold after every step, in the terms of PROTOCOLS §1 and §2. The members meant are those live servers that have
 * adopted the newest configuration that any of them has.
 */
import { stateInvariant, type NodeId, type Role } from '../../framework/index.js';
import { UNKNOWN, type Configuration } from './configuration.js';
import type { Message } from './messages.js';
import { objectOf, type ReplicaState } from './node-state.js';
import { latestOf, versionOf, type CraqObject, type Version } from './objects.js';

type Replicas = ReadonlyMap<NodeId, ReplicaState>;

interface ChainMember {
  readonly name: NodeId;
  readonly synced: boolean;
  readonly state: ReplicaState;
}

/** The members of the newest configuration, head first, if the step may have changed what they hold; else nobody. */
function memberWatcher(): (replicas: Replicas, changed: NodeId) => readonly ChainMember[] {
  let newest: Configuration = UNKNOWN;
  const seen = new Map<NodeId, string>();
  return (replicas, changed) => {
    const state = replicas.get(changed);
    if (state === undefined) return [];
    const { number } = state.configuration;
    const summary = `${number} ${state.objects.map((one) => `${one.clean}/${latestOf(one)?.version ?? 0}`).join(' ')}`;
    if (seen.get(changed) === summary) return [];
    seen.set(changed, summary);
    if (number > newest.number) newest = state.configuration;
    if (number !== newest.number) return [];
    return newest.chain.flatMap(({ server: name, synced }) => {
      const member = replicas.get(name);
      return member?.configuration.number === newest.number ? [{ name, synced, state: member }] : [];
    });
  };
}

const same = (one: Version, other: Version): boolean =>
  one.value === other.value && one.acceptedIn === other.acceptedIn;

/** What a member has, each synced member before it has too, unless that one has a newer version that is clean. */
function updatePropagation(): (replicas: Replicas, changed: NodeId) => string | undefined {
  const watch = memberWatcher();
  return (replicas, changed) => {
    const members = watch(replicas, changed);
    for (const [place, member] of members.entries())
      for (const before of members.slice(0, place)) {
        if (!before.synced || (member.name !== changed && before.name !== changed)) continue;
        for (const object of member.state.objects) {
          const breach = missingIn(objectOf(before.state, object.key), object);
          if (breach !== undefined)
            return `${member.name} has version ${breach} of ${object.key}, which ${before.name} before it has not`;
        }
      }
    return undefined;
  };
}

function missingIn(before: CraqObject | undefined, { versions }: CraqObject): number | undefined {
  for (const version of versions) {
    if (before === undefined) return version.version;
    if (version.version < before.clean) continue;
    const found = versionOf(before, version.version);
    if (found === undefined || !same(found, version)) return version.version;
  }
  return undefined;
}

/** Whatever anybody knows to be committed is at every synced member, and is the same everywhere. */
function committedEverywhere(): (replicas: Replicas, changed: NodeId) => string | undefined {
  const watch = memberWatcher();
  /** By key, the newest version that has been committed, and where that was seen first. */
  const committed = new Map<string, { readonly version: Version; readonly by: NodeId }>();
  return (replicas, changed) => {
    for (const object of replicas.get(changed)?.objects ?? []) {
      const known = committed.get(object.key);
      const version = versionOf(object, object.clean);
      if (version === undefined || version.version < (known?.version.version ?? 0)) continue;
      if (known !== undefined && known.version.version === version.version) {
        if (!same(known.version, version))
          return (
            `version ${version.version} of ${object.key} is committed as ${JSON.stringify(version.value)} at ${changed} ` +
            `and as ${JSON.stringify(known.version.value)} at ${known.by}`
          );
        continue;
      }
      committed.set(object.key, { version, by: changed });
    }
    for (const { name, synced, state } of watch(replicas, changed)) {
      if (!synced) continue;
      for (const [key, { version, by }] of committed) {
        const object = objectOf(state, key);
        if ((object === undefined ? 0 : (latestOf(object)?.version ?? 0)) < version.version)
          return `${name} is a member without version ${version.version} of ${key}, which ${by} knows to be committed`;
      }
    }
    return undefined;
  };
}

export const INVARIANT_NAMES = {
  updatePropagation: 'versions come down the chain',
  committedEverywhere: 'committed versions are at every member',
} as const;

export const craqInvariants = (replica: Role<ReplicaState, Message>) => [
  stateInvariant(replica, INVARIANT_NAMES.updatePropagation, updatePropagation),
  stateInvariant(replica, INVARIANT_NAMES.committedEverywhere, committedEverywhere),
];
