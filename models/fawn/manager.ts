/**
 * The manager (§3.2, §3.4: the front-end's part in ring membership): drops nodes that miss their heartbeats, and has
 * others join the chains that have become too short. It never fails, as in the paper; it may be cut off, and then drops
 * nodes that live.
 */
import { protocol, type Context, type NodeId, type Role } from '../../framework/index.js';
import { INITIAL, isFlushing, pathOf, sourceOf, type Chain, type Configuration } from './chains.js';
import type { Message, MessageOf } from './messages.js';
import { ARCS, chainOn, inOrder, NODES, REPLICAS } from './ring.js';
import { SUSPECT_MICROS } from './timing.js';

interface Watched {
  readonly node: NodeId;
  /** The latest of its lives that has been heard of. */
  boot: number;
  alive: boolean;
  /** Not told to leave the ring. */
  wanted: boolean;
}

export interface ManagerState {
  configuration: Configuration;
  readonly nodes: Watched[];
  readonly decided: { joins: number; merges: number; failures: number; leaves: number };
}

type ManagerContext = Context<Message, 'suspect'>;

export function fawnManager(): Role<ManagerState, Message> {
  return protocol<ManagerState, Message, 'suspect'>({
    init(ctx) {
      for (const node of NODES) ctx.setTimer('suspect', SUSPECT_MICROS, node);
      return {
        configuration: INITIAL,
        nodes: NODES.map((node) => ({ node, boot: 1, alive: true, wanted: true })),
        decided: { joins: 0, merges: 0, failures: 0, leaves: 0 },
      };
    },
    on: {
      heartbeat: onHeartbeat,
      precopied(manager, { boot, arc, epoch, length }, from, ctx) {
        const chain = manager.configuration.chains[arc];
        if (watchedNode(manager, from)?.boot !== boot || chain?.epoch !== epoch) return;
        if (chain.joining?.node !== from || chain.joining.phase !== 'pre-copy') return;
        const next: Chain = { ...chain, joining: { ...chain.joining, phase: 'flush', precopied: length } };
        const source = sourceOf(chain);
        const leaves = source !== undefined && !pathOf(next).includes(source);
        decide(manager, [{ ...next, former: leaves ? source : null }], ctx);
      },
      merged(manager, { boot, arc, epoch }, from, ctx) {
        const chain = manager.configuration.chains[arc];
        if (watchedNode(manager, from)?.boot !== boot || chain?.epoch !== epoch || !isFlushing(chain)) return;
        manager.decided.merges++;
        decide(manager, [{ ...chain, members: pathOf(chain), joining: null, former: null }], ctx);
        reconcile(manager, ctx);
      },
      yielded(manager, { arc, epoch }, from, ctx) {
        const chain = manager.configuration.chains[arc];
        if (chain?.epoch !== epoch || chain.former !== from || isFlushing(chain)) return;
        decide(manager, [{ ...chain, former: null }], ctx);
        reconcile(manager, ctx);
      },
      lookup(manager, _message, from, ctx) {
        ctx.send(from, { kind: 'ring', configuration: manager.configuration });
      },
    },
    timers: {
      suspect(manager, ctx, node) {
        const watched = watchedNode(manager, node);
        if (watched === undefined) return;
        watched.alive = false;
        failed(manager, node, ctx);
        reconcile(manager, ctx);
      },
    },
    controls: {
      /** A planned leave. R nodes stay. */
      leave(manager, ctx, node) {
        const watched = watchedNode(manager, node);
        if (watched?.wanted !== true || manager.nodes.filter(({ wanted }) => wanted).length <= REPLICAS) return;
        watched.wanted = false;
        reconcile(manager, ctx);
      },
      join(manager, ctx, node) {
        const watched = watchedNode(manager, node);
        if (watched !== undefined) watched.wanted = true;
        reconcile(manager, ctx);
      },
    },
  });
}

const watchedNode = ({ nodes }: ManagerState, name: NodeId): Watched | undefined =>
  nodes.find(({ node }) => node === name);

const isAlive = (manager: ManagerState, name: NodeId): boolean => watchedNode(manager, name)?.alive === true;

function onHeartbeat(manager: ManagerState, message: MessageOf<'heartbeat'>, from: NodeId, ctx: ManagerContext): void {
  const watched = watchedNode(manager, from);
  const { boot, number, sentAt } = message;
  if (watched === undefined || boot < watched.boot) return;
  ctx.setTimer('suspect', SUSPECT_MICROS, from);
  watched.alive = true;
  const before = manager.configuration.number;
  if (boot > watched.boot) {
    // It crashed and is back before the silence told. The places that it had, it has no longer.
    watched.boot = boot;
    failed(manager, from, ctx);
  }
  reconcile(manager, ctx);
  const now = manager.configuration.number;
  if (number < now && now === before) configure(manager, from, ctx);
  // Only to a node that knows its place: else one that was dropped would think that it is still the tail.
  if (number === now) ctx.send(from, { kind: 'lease', boot, sentAt });
}

/** `node` is silent, or has restarted. A join that it meets is given up, and begins again. */
function failed(manager: ManagerState, node: NodeId, ctx: ManagerContext): void {
  const next = manager.configuration.chains.flatMap((chain) => withoutNode(chain, node, manager) ?? []);
  if (next.length > 0) manager.decided.failures++;
  decide(manager, next, ctx);
}

/**
 * The last member is never dropped, because nobody else need have what was acknowledged: it is waited for. An old tail that
 * has been replaced in phase 2 does not come back, since it lacks the puts after that; it has to yield.
 */
function withoutNode(chain: Chain, node: NodeId, manager: ManagerState): Chain | undefined {
  const { members, joining, former } = chain;
  if (!members.includes(node) && joining?.node !== node && former !== node) return undefined;
  const consistent = pathOf(chain).filter((one) => one !== joining?.node);
  const remaining = consistent.filter((one) => one !== node);
  if (remaining.length === 0)
    return isAlive(manager, node) ? { ...chain, members: [node], joining: null, former: null } : undefined;
  return { ...chain, members: remaining, joining: null, former: former === node ? null : former };
}

/** Brings each chain a step nearer to what the ring says: the first R nodes that live and are wanted. */
function reconcile(manager: ManagerState, ctx: ManagerContext): void {
  const present = manager.nodes.filter(({ alive, wanted }) => alive && wanted).map(({ node }) => node);
  const next: Chain[] = [];
  for (const chain of manager.configuration.chains) {
    const { arc, members, joining, former } = chain;
    if (joining !== null || former !== null) continue;
    const leaving = members.find((one) => watchedNode(manager, one)?.wanted === false);
    const joiner = chainOn(arc, present).find((one) => !members.includes(one));
    const source = sourceOf(chain);
    if (leaving !== undefined && members.length > 1) {
      manager.decided.leaves++;
      const wasTail = source === leaving && isAlive(manager, leaving);
      next.push({ ...chain, members: members.filter((one) => one !== leaving), former: wasTail ? leaving : null });
    } else if (joiner !== undefined && source !== undefined && isAlive(manager, source)) {
      manager.decided.joins++;
      const at = inOrder(arc, [...members, joiner]).indexOf(joiner);
      next.push({ ...chain, joining: { node: joiner, at, phase: 'pre-copy', precopied: 0 } });
    }
  }
  decide(manager, next, ctx);
}

/** The chains given begin a new epoch, and everybody is told. */
function decide(manager: ManagerState, changed: readonly Chain[], ctx: ManagerContext): void {
  if (changed.length === 0) return;
  const { configuration } = manager;
  const number = configuration.number + 1;
  const chains = ARCS.flatMap((arc) => {
    const next = changed.find((chain) => chain.arc === arc);
    return next === undefined ? (configuration.chains[arc] ?? []) : [{ ...next, epoch: number }];
  });
  manager.configuration = { number, chains };
  for (const node of NODES) configure(manager, node, ctx);
}

function configure(manager: ManagerState, node: NodeId, ctx: ManagerContext): void {
  const boot = watchedNode(manager, node)?.boot;
  if (boot !== undefined) ctx.send(node, { kind: 'configure', boot, configuration: manager.configuration });
}
