/** A node: what it does on each message and timer. */
import { protocol, type Role } from '../../framework/index.js';
import { coordinateGet, coordinatePut, noteAnswer, standIn } from './coordination.js';
import type { Message } from './messages.js';
import { keep, objectOf, restored, save, sendOwed, type NodeState, type Setting, type Timer } from './node-state.js';
import { compare, compareWithAnother, dropHint, exchange, forgetTombstones, handOff } from './repair.js';
import { HANDOFF_MICROS, REPAIR_MICROS } from './timing.js';
import { merged } from './versions.js';

export function dynamoNode(setting: Setting): Role<NodeState, Message> {
  return protocol<NodeState, Message, Timer>({
    init(ctx) {
      ctx.setTimer('handoff', HANDOFF_MICROS);
      ctx.setTimer('repair', REPAIR_MICROS);
      return restored(ctx);
    },
    on: {
      // From clients: whoever is asked coordinates.
      get: (state, message, from, ctx) => coordinateGet(state, message, from, { ...setting, ctx }),
      put: (state, message, from, ctx) => coordinatePut(state, message, from, { ...setting, ctx }),

      // From coordinators
      store(state, { round, key, object, hint }, from, ctx) {
        if (hint === null) keep(state, key, object);
        else {
          const known = state.hints.find((one) => one.node === hint && one.key === key);
          const kept = known === undefined ? object : merged(known.object, object);
          state.hinted++;
          state.hints = state.hints.filter((one) => one !== known);
          state.hints.push({ number: state.hinted, node: hint, key, object: kept });
        }
        save(state, ctx, round === null ? undefined : { to: from, message: { kind: 'stored', round } });
      },
      fetch(state, { round, key }, from, ctx) {
        const hints = state.hints.filter((hint) => hint.key === key);
        const object = hints.reduce((all, hint) => merged(all, hint.object), objectOf(state, key));
        ctx.send(from, { kind: 'fetched', round, object });
      },
      stored: (state, message, from, ctx) => noteAnswer(state, message, from, { ...setting, ctx }),
      fetched: (state, message, from, ctx) => noteAnswer(state, message, from, { ...setting, ctx }),

      // Repair
      handoff(state, { hint, key, object }, from, ctx) {
        keep(state, key, object);
        save(state, ctx, { to: from, message: { kind: 'handedOver', hint } });
      },
      handedOver: (state, { hint }, from, ctx) => dropHint(state, hint, from, ctx),
      compare: (state, message, from, ctx) => compare(state, message, from, { ...setting, ctx }),
      exchange: (state, message, from, ctx) => exchange(state, message, from, { ...setting, ctx }),
    },
    timers: {
      synced: (state, ctx, key) => sendOwed(state, key, ctx),
      standIn: (state, ctx, key) => standIn(state, key, { ...setting, ctx }),
      forget(state, _ctx, key) {
        state.rounds = state.rounds.filter(({ number }) => number !== Number(key));
      },
      handoff(state, ctx) {
        handOff(state, { ...setting, ctx });
        ctx.setTimer('handoff', HANDOFF_MICROS);
      },
      repair(state, ctx) {
        forgetTombstones(state, { ...setting, ctx });
        compareWithAnother(state, { ...setting, ctx });
        ctx.setTimer('repair', REPAIR_MICROS);
      },
    },
  });
}
