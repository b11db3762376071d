/**
 * The auxiliary: a write-once register for each epoch, in which its projection is decided. The paper builds it with Paxos and
 * takes it for reliable; here it is one process that may crash, and keeps on disk what it has decided.
 */
import { protocol, type Context, type NodeId, type Role } from '../../framework/index.js';
import type { Message } from './messages.js';
import { initialProjection, type Projection } from './projection.js';

export interface AuxiliaryState {
  /** All that were decided, oldest first. */
  decided: Projection[];
  /** Taken, and not on disk yet. */
  taken: Projection | null;
  /** Who is to be told when it is. */
  waiting: { readonly to: NodeId; readonly round: number }[];
}

type Ctx = Context<Message, 'decided'>;

const LOG = 'projections';

function tell(state: AuxiliaryState, to: NodeId, round: number, ctx: Ctx): void {
  const projection = state.decided.at(-1);
  if (projection !== undefined) ctx.send(to, { kind: 'projection', round, projection });
}

export function auxiliary(units: readonly NodeId[], sequencer: NodeId): Role<AuxiliaryState, Message> {
  const start = (ctx: Ctx): AuxiliaryState => ({
    decided: [initialProjection(units, sequencer), ...ctx.disk.read<Projection>(LOG)],
    taken: null,
    waiting: [],
  });
  return protocol<AuxiliaryState, Message, 'decided'>({
    init: start,
    recover: start,
    on: {
      layout: (state, { round }, from, ctx) => tell(state, from, round, ctx),
      propose(state, { round, projection }, from, ctx) {
        const newest = state.decided.at(-1);
        if (projection.epoch !== (newest?.epoch ?? 0) + 1) {
          tell(state, from, round, ctx);
          return;
        }
        state.waiting.push({ to: from, round });
        if (state.taken !== null) return;
        state.taken = projection;
        ctx.disk.append(LOG, projection);
        ctx.disk.sync('decided');
      },
    },
    timers: {
      decided(state, ctx) {
        if (state.taken !== null) state.decided.push(state.taken);
        state.taken = null;
        for (const { to, round } of state.waiting) tell(state, to, round, ctx);
        state.waiting = [];
      },
    },
  });
}
