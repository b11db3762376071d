/** Checks a cluster's state invariants after every step, on the nodes of each invariant's role that are up. */
import type { AnyOperation } from '../history/entry.js';
import type { WorldNode } from '../world/node.js';
import type { AnyMessage, NodeId } from '../world/protocol.js';
import type { World } from '../world/world.js';
import type { Cluster, InvariantCheck, StateInvariant } from './system.js';

interface Watched {
  readonly name: string;
  readonly check: InvariantCheck<unknown>;
  readonly members: readonly WorldNode[];
  readonly states: Map<NodeId, unknown>;
}

export interface BrokenInvariant {
  readonly invariant: string;
  readonly reason: string;
}

export class InvariantMonitor {
  private readonly world: World;
  private readonly watched: readonly Watched[];
  private lifecycle = -1;

  constructor(
    world: World,
    cluster: Cluster<AnyMessage, AnyOperation, unknown>,
    invariants: readonly StateInvariant[],
  ) {
    this.world = world;
    this.watched = invariants.map(({ name, role, start }) => ({
      name,
      check: start(),
      members: world.nodes.filter((node) => cluster.nodes[node.name]?.behaviour === role.behaviour),
      states: new Map(),
    }));
  }

  /** Judges the step just done; O(1) for a step on a node that no invariant watches. */
  check(): BrokenInvariant | undefined {
    const { world } = this;
    const everything = world.lifecycle !== this.lifecycle;
    this.lifecycle = world.lifecycle;
    const { touched } = world;
    if (!everything && (touched === undefined || touched.isClient)) return undefined;
    for (const watched of this.watched) {
      const changed = everything ? watched.members : touched === undefined ? [] : [touched];
      // All states are brought up to date before any is judged.
      for (const node of changed) if (watched.members.includes(node)) refresh(watched, node);
      for (const node of changed) {
        if (!watched.states.has(node.name)) continue;
        const reason = watched.check(watched.states, node.name);
        if (reason !== undefined) return { invariant: watched.name, reason };
      }
    }
    return undefined;
  }
}

function refresh({ states }: Watched, node: WorldNode): void {
  if (node.up) states.set(node.name, node.state);
  else states.delete(node.name);
}
