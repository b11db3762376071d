/** The order of nodes, one for all that shows a run: clients, who ask, then servers as the cluster declares them. */
import type { Plan } from '../plan/plan.js';
import type { NodeId } from '../world/protocol.js';

/** The clients `c1`, `c2`, …, then `servers` in their order. */
export const nodeOrder = ({
  servers,
  plan,
}: {
  readonly servers: readonly NodeId[];
  readonly plan: Plan;
}): NodeId[] => [...Array.from({ length: plan.clients }, (_, index) => `c${index + 1}`), ...servers];
