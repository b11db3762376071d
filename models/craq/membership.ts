/** What a replica does about the coordinator's word. */
import { memberOf, type Configuration } from './configuration.js';
import { heartbeat } from './heartbeat.js';
import { startJoining } from './joining.js';
import { isTail, type ReplicaContext, type ReplicaState } from './node-state.js';
import { commitOf, latestOf } from './objects.js';
import type { Rules } from './rules.js';
import { acknowledge, commitUpTo, retransmit } from './writes.js';

/** Numbers only grow. */
export function adopt(replica: ReplicaState, configuration: Configuration, ctx: ReplicaContext, rules: Rules): void {
  if (configuration.number <= replica.configuration.number) return;
  const wasTail = isTail(replica, ctx.self);
  replica.configuration = configuration;
  replica.joining = null;
  const member = memberOf(configuration, ctx.self);
  if (member?.synced === false) startJoining(replica, member, ctx);
  else if (member !== undefined) replica.since = member.since;
  takePlace(replica, { wasTail }, ctx, rules);
  // The lease that a new member needs comes in answer.
  heartbeat(replica, ctx);
}

/** A member takes its place in a new configuration: as the tail it commits, and what neighbours may lack is sent. */
function takePlace(
  replica: ReplicaState,
  { wasTail }: { readonly wasTail: boolean },
  ctx: ReplicaContext,
  rules: Rules,
): void {
  if (memberOf(replica.configuration, ctx.self) === undefined) return;
  if (isTail(replica, ctx.self)) {
    if (!wasTail)
      for (const object of replica.objects) {
        const { clean } = object;
        const latest = latestOf(object)?.version ?? 0;
        commitUpTo(replica, object, rules.committedAtNewTail({ clean, latest }), ctx);
      }
  } else retransmit(replica, ctx);
  acknowledge(replica, replica.objects.filter(({ clean }) => clean > 0).map(commitOf), ctx);
}
