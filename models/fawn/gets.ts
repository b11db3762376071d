/** Gets are answered by the tail, or by the interim tail while a new one joins; under a lease, see `timing.ts`. */
import { isFlushing, pathOf, readerOf, sourceOf } from './chains.js';
import type { MessageOf } from './messages.js';
import { isJoining, partOf, type NodeState, type Part, type Setting } from './node-state.js';
import { arcOf } from './ring.js';
import type { GetRole } from './rules.js';

export function onGet(state: NodeState, message: MessageOf<'get'>, { ctx, rules }: Setting): void {
  const { id, key, client } = message;
  const part = partOf(state, arcOf(key), ctx.self);
  if (part === undefined) return;
  const { chain, replica } = part;
  const role = roleOf(part);
  if (!rules.answersGets(role)) {
    const reader = readerOf(chain);
    if (role === 'joining tail' && reader !== undefined) ctx.send(reader, message);
    return;
  }
  if (!rules.isLeased({ now: ctx.now(), heartbeatSentAt: state.leasedFrom })) return;
  // An interim tail does not know yet whether its successor has acknowledged this: it is asked again.
  const isDirty = replica.log.some((entry) => entry.key === key && entry.seq > replica.committed);
  if (isDirty && role === 'tail' && pathOf(chain).at(-1) !== ctx.self) return;
  const found = replica.log.findLast((entry) => entry.key === key && entry.seq <= replica.committed);
  ctx.send(client, { kind: 'reply', id, result: found?.value ?? null });
}

export function roleOf(part: Part): GetRole {
  const { chain, replica, self } = part;
  const path = pathOf(chain);
  if (isJoining(part)) return isFlushing(chain) && path.at(-1) === self ? 'joining tail' : 'other';
  if (chain.former === self)
    return isFlushing(chain) && sourceOf(chain) === self && !replica.pushed ? 'tail' : 'former tail';
  if (readerOf(chain) !== self) return 'other';
  return chain.former === null || replica.yielded ? 'tail' : 'other';
}
