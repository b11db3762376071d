/** Puts into the trace what each node becomes: primary, tail, leader of term 3, as the cluster's `roleNames` have it. */
import type { AnyOperation } from '../history/entry.js';
import type { WorldNode } from '../world/node.js';
import type { AnyMessage } from '../world/protocol.js';
import type { World } from '../world/world.js';
import type { TraceRecorder } from './recorder.js';
import type { Cluster, RoleName } from './system.js';

export class RoleWatch {
  private readonly world: World;
  private readonly recorder: TraceRecorder;
  private readonly watched: readonly { readonly node: WorldNode; readonly describe: RoleName['describe'] }[];
  private readonly known = new Map<WorldNode, string>();
  private lifecycle = -1;

  constructor(world: World, cluster: Cluster<AnyMessage, AnyOperation, unknown>, recorder: TraceRecorder) {
    this.world = world;
    this.recorder = recorder;
    this.watched = (cluster.roleNames ?? []).flatMap(({ role, describe }) =>
      world.nodes.filter(({ behaviour }) => behaviour === role.behaviour).map((node) => ({ node, describe })),
    );
  }

  /** Looks at the node of the step just done, or at all of them if a process ended or began. */
  look(): void {
    const { world } = this;
    const everything = world.lifecycle !== this.lifecycle;
    this.lifecycle = world.lifecycle;
    for (const { node, describe } of this.watched) {
      if (!everything && node !== world.touched) continue;
      if (!node.up) {
        this.known.delete(node);
        continue;
      }
      const role = described(describe, node);
      if (role === this.known.get(node)) continue;
      this.known.set(node, role);
      this.recorder.becomes(node, role);
    }
  }
}

/** A description that throws must not make a run that is traced differ from one that is not. */
function described(describe: RoleName['describe'], node: WorldNode): string {
  try {
    return describe(node.state, node.name);
  } catch (error) {
    return `unknown: roleName threw ${error instanceof Error ? error.message : String(error)}`;
  }
}
