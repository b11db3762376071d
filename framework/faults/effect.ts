/** What each fault does to the world when it begins, and what undoes it when it ends. */
import { unreachable } from '../kernel/invariant.js';
import type { NodeId } from '../world/protocol.js';
import type { World } from '../world/world.js';
import type { Fault } from './fault.js';

/** Begins `fault` now; the result ends it. */
export function begin(world: World, fault: Fault): () => void {
  const nodes = (names: readonly NodeId[]) => names.map((name) => world.node(name));
  switch (fault.kind) {
    case 'crash': {
      const node = world.node(fault.node);
      world.crash(node, fault.unsyncedKeptPercent);
      return () => {
        world.restart(node);
      };
    }
    case 'pause': {
      const node = world.node(fault.node);
      world.pause(node);
      return () => {
        world.resume(node);
      };
    }
    case 'partition': {
      const [from, to] = [nodes(fault.from), nodes(fault.to)];
      const both = fault.direction === 'both';
      world.tally.partitions++;
      world.cut(from, to);
      if (both) world.cut(to, from);
      return () => {
        world.mend(from, to);
        if (both) world.mend(to, from);
      };
    }
    case 'clock': {
      const { clock } = world.node(fault.node);
      world.tally.clockChanges++;
      clock.drift(world.now, fault.driftPerMillion);
      clock.advance(fault.offsetMicros);
      return () => {
        clock.drift(world.now, 0);
      };
    }
    default:
      return unreachable(fault);
  }
}

/** How long a fault lasts, or null if it lasts until healing. */
export function durationOf(fault: Fault): number | null {
  return fault.kind === 'clock' ? null : fault.forMicros;
}
