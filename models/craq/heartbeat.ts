/** How a replica tells the coordinator that it lives, and what it has adopted, so that lost orders are repeated. */
import { COORDINATOR } from './messages.js';
import type { ReplicaContext, ReplicaState } from './node-state.js';
import { HEARTBEAT_MICROS } from './timing.js';

export function heartbeat(replica: ReplicaState, ctx: ReplicaContext): void {
  const { boot, configuration, ready } = replica;
  const { number } = configuration;
  ctx.send(COORDINATOR, { kind: 'heartbeat', boot, sentAt: ctx.now(), number, synced: ready === number });
  ctx.setTimer('heartbeat', HEARTBEAT_MICROS);
}
