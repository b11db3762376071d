/**
 * The sequencer (§2.2): a counter in memory, which spares writers from meeting at the head. It counts for one epoch, from
 * where the projection says; one that has crashed is another one, and counts only when a new projection names it.
 */
import { protocol, type Role } from '../../framework/index.js';
import type { Message } from './messages.js';
import { FIRST_LIFE } from './projection.js';

export interface SequencerState {
  readonly life: number;
  epoch: number;
  /** The next position; null if it has not yet counted in this epoch. */
  next: number | null;
}

const LIVES = 0x4000_0000;

export function sequencer(): Role<SequencerState, Message> {
  return protocol<SequencerState, Message>({
    init: () => ({ life: FIRST_LIFE, epoch: 1, next: null }),
    recover: (ctx) => ({ life: FIRST_LIFE + 1 + ctx.random.below(LIVES), epoch: 0, next: null }),
    on: {
      token(state, { epoch, round, life, start, take }, from, ctx) {
        if (life !== state.life || epoch < state.epoch) {
          ctx.send(from, { kind: 'refused', round, epoch: state.epoch });
          return;
        }
        if (epoch > state.epoch || state.next === null) state.next = start;
        state.epoch = epoch;
        ctx.send(from, { kind: 'position', round, position: state.next });
        if (take) state.next++;
      },
      seal(state, { epoch, round }, from, ctx) {
        if (epoch < state.epoch) {
          ctx.send(from, { kind: 'refused', round, epoch: state.epoch });
          return;
        }
        if (epoch > state.epoch) state.next = null;
        state.epoch = epoch;
        ctx.send(from, { kind: 'stopped', epoch, round, life: state.life });
      },
    },
  });
}
