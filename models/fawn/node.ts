/** A node: which handler answers which message. What the handlers do is in the files they come from. */
import { protocol, type Role } from '../../framework/index.js';
import { INITIAL, UNKNOWN, type Configuration } from './chains.js';
import { onGet } from './gets.js';
import { onFlush, onPreCopy, pushAgain, report } from './membership.js';
import { MANAGER, type Entry, type Message } from './messages.js';
import {
  freshState,
  inNewEpoch,
  isJoining,
  logName,
  partOf,
  type NodeState,
  type Setting,
  type Timer,
} from './node-state.js';
import { advance, onAck, onForward, onPut, synced, tellDone } from './puts.js';
import { ARCS } from './ring.js';
import type { Rules } from './rules.js';
import { HEARTBEAT_MICROS } from './timing.js';

const FIRST_BOOT = 1;

export function fawnNode(rules: Rules): Role<NodeState, Message> {
  return protocol<NodeState, Message, Timer>({
    init(ctx) {
      const state = freshState(FIRST_BOOT, INITIAL, []);
      heartbeat(state, { ctx, rules });
      return state;
    },
    recover(ctx) {
      const boot = (ctx.disk.get<number>('boot') ?? FIRST_BOOT) + 1;
      ctx.disk.set('boot', boot);
      ctx.disk.sync('booted');
      return freshState(
        boot,
        UNKNOWN,
        ARCS.map((arc) => ctx.disk.read<Entry>(logName(arc))),
      );
    },
    on: {
      put: (state, message, from, ctx) => onPut(state, message, from, { ctx, rules }),
      get: (state, message, _from, ctx) => onGet(state, message, { ctx, rules }),
      forward: (state, message, _from, ctx) => onForward(state, message, { ctx, rules }),
      ack: (state, message, _from, ctx) => onAck(state, message, { ctx, rules }),
      'pre-copy': (state, message, _from, ctx) => onPreCopy(state, message, { ctx, rules }),
      flush: (state, message, _from, ctx) => onFlush(state, message, { ctx, rules }),
      yielded(state, { arc, epoch }, from, ctx) {
        const part = partOf(state, arc, ctx.self);
        if (part?.chain.epoch !== epoch || part.chain.former !== from) return;
        part.replica.yielded = true;
        advance(part, { ctx, rules });
      },
      configure(state, { boot, configuration }, _from, ctx) {
        if (boot === state.boot) adopt(state, configuration, { ctx, rules });
      },
      lease(state, { boot, sentAt }) {
        if (boot === state.boot) state.leasedFrom = Math.max(sentAt, state.leasedFrom ?? sentAt);
      },
    },
    timers: {
      heartbeat: (state, ctx) => heartbeat(state, { ctx, rules }),
      booted: (state, ctx) => heartbeat(state, { ctx, rules }),
      synced: (state, ctx, key) => onSynced(state, key, { ctx, rules }),
      merged(state, ctx, key) {
        const [arc = 0, generation] = key.split('/').map(Number);
        const replica = state.replicas[arc];
        if (replica === undefined || replica.generation !== generation) return;
        if (replica.stage === 'merging') replica.stage = 'merged';
        onSynced(state, key, { ctx, rules });
      },
    },
  });
}

function onSynced(state: NodeState, key: string, setting: Setting): void {
  synced(state, key, setting);
  const part = partOf(state, Number(key.split('/')[0]), setting.ctx.self);
  if (part === undefined || !isJoining(part)) return;
  const { replica } = part;
  if (replica.stage === 'copying' && replica.synced >= replica.received) replica.stage = 'copied';
  report(state, part, setting.ctx);
}

/** Epochs only grow. In a new one, whatever is not known to be done is sent again. */
function adopt(state: NodeState, configuration: Configuration, setting: Setting): void {
  if (configuration.number <= state.configuration.number) return;
  const before = state.configuration;
  state.configuration = configuration;
  for (const arc of ARCS) {
    const part = partOf(state, arc, setting.ctx.self);
    if (part === undefined || part.chain.epoch === before.chains[arc]?.epoch) continue;
    const { replica, chain } = part;
    Object.assign(replica, { ...inNewEpoch, forwarded: replica.committed });
    if (!isJoining(part) || chain.joining?.phase === 'pre-copy') replica.stage = 'none';
    advance(part, setting);
    report(state, part, setting.ctx);
  }
}

/** Tells the manager that this node lives, and sends again what others may not have heard. */
function heartbeat(state: NodeState, setting: Setting): void {
  const { ctx } = setting;
  const { boot, configuration } = state;
  ctx.send(MANAGER, { kind: 'heartbeat', boot, number: configuration.number, sentAt: ctx.now() });
  ctx.setTimer('heartbeat', HEARTBEAT_MICROS);
  for (const arc of ARCS) {
    const part = partOf(state, arc, ctx.self);
    if (part === undefined) continue;
    Object.assign(part.replica, { forwarded: part.replica.committed, pointSent: false });
    advance(part, setting);
    pushAgain(part, setting);
    report(state, part, ctx);
    const { members } = part.chain;
    if (members.at(-1) === ctx.self && part.chain.joining === null && part.replica.committed > 0) tellDone(part, ctx);
  }
}
