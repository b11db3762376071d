/**
 * The simulated cluster: nodes that share nothing, a network, disks and clocks, advanced one event at a time. This is
 * the only mutable heart of a run, and the hot path: everything a step needs is kept flat and allocated once.
 */
import { enablePatches, freeze, produceWithPatches, type Patch } from 'immer';
import type { AnyOperation } from '../history/entry.js';
import { avalanche, Digest, hashString, hashValue, mix } from '../kernel/hash.js';
import { EventQueue } from '../kernel/event-queue.js';
import { invariant } from '../kernel/invariant.js';
import { copyPlain } from '../kernel/plain-data.js';
import { TaggedCopier } from '../kernel/tagged-copier.js';
import { FaultPoints, type FaultPoint } from './fault-points.js';
import { NodeContext, type Completion, type WorldServices } from './context.js';
import { DiskError, PowerLoss, type DiskChange, type DiskTrouble } from './disk.js';
import { EventPool, type WorldEvent, type WorldEventKind } from './event.js';
import {
  delayOf,
  Network,
  type Copies,
  type Delay,
  type Disturbance,
  type Fate,
  type NetworkConditions,
} from './network.js';
import { makeNode, type WorldNode } from './node.js';
import type { AnyMessage, Behaviour, ErasedHandler, NodeId } from './protocol.js';

enablePatches();

/** How handlers run: on the state itself (fast), or through immer (a frozen snapshot and patches for each step). */
export type Execution = 'in-place' | 'immer';

/** Why a message did not arrive. */
export type Loss = 'dropped' | 'cut off' | 'receiver down' | 'connection reset';

/** Told of everything that happens, for traces. A run without one is faster. Messages must not be changed or kept. */
export interface WorldObserver {
  sent(event: { from: WorldNode; to: WorldNode; message: AnyMessage; link: number; nth: number; copies: Copies }): void;
  lost(event: { link: number; nth: number; from: WorldNode; to: WorldNode; reason: Loss }): void;
  stepping(event: WorldEvent): void;
  patched(node: WorldNode, patches: readonly Patch[]): void;
  /** The node's process is gone; when it starts again, `patched` tells its first state. */
  died?(node: WorldNode): void;
  diskChanged?(node: WorldNode, change: DiskChange): void;
}

/** What a crash takes of the writes that were not synced. */
export interface CrashLoss {
  /** How many survive, in percent. */
  readonly unsyncedKeptPercent: number;
  /** Which: the oldest (default), or any. */
  readonly which?: 'oldest' | 'any';
  /** Whether half of a record is left of the first append that is lost. Default: no. */
  readonly torn?: boolean;
}

/** In place of a sync's writes, once it has failed. */
const SYNC_FAILED = -1;

export interface WorldOptions {
  readonly seed: string;
  readonly nodes: readonly { readonly name: NodeId; readonly behaviour: Behaviour; readonly isClient: boolean }[];
  /** Links on which messages never overtake one another, are never dropped at random and never duplicated. */
  readonly fifo: (from: NodeId, to: NodeId) => boolean;
  /** How long a server is busy with a message, in microseconds, before it acts on it. Undefined: no time at all. */
  readonly service: ((node: NodeId, message: AnyMessage) => number) | undefined;
  readonly network: NetworkConditions;
  readonly fates: readonly Fate[];
  readonly points: readonly FaultPoint[];
  readonly diskSync: Delay;
  readonly execution: Execution;
  readonly observer: WorldObserver | undefined;
  readonly completed: (client: WorldNode, completion: Completion) => void;
}

/** A mistake in a model, such as a message to a node that does not exist. It ends the run as a finding. */
export class ModelError extends Error {
  override readonly name = 'ModelError';
}

/** Counts of what really happened, by which a run shows that it exercised its faults. */
export interface Tally {
  delivered: number;
  dropped: number;
  duplicated: number;
  cutOff: number;
  /** Messages that arrived after one sent later on the same link. */
  reordered: number;
  timersFired: number;
  crashes: number;
  restarts: number;
  unsyncedWritesLost: number;
  pauses: number;
  slowedSteps: number;
  partitions: number;
  /** Messages lost under way because their link was reset. */
  resets: number;
  /** Messages that a disturbed link delayed, dropped or doubled. */
  disturbed: number;
  diskErrors: number;
  /** Processes that ended because their disk failed them. */
  panics: number;
  /** Syncs that were late, that failed, and that promised what they did not do. */
  slowSyncs: number;
  failedSyncs: number;
  falseSyncs: number;
  /** Records damaged at rest or written to the wrong place, and reads of what was there before. */
  damagedRecords: number;
  staleReads: number;
  controls: number;
  /** Fault points within the protocol that fired. */
  pointsFired: number;
  clockChanges: number;
}

/** No event has happened yet. */
export const emptyTally = (): Tally => ({
  delivered: 0,
  dropped: 0,
  duplicated: 0,
  cutOff: 0,
  reordered: 0,
  timersFired: 0,
  crashes: 0,
  restarts: 0,
  unsyncedWritesLost: 0,
  pauses: 0,
  slowedSteps: 0,
  partitions: 0,
  resets: 0,
  disturbed: 0,
  diskErrors: 0,
  panics: 0,
  slowSyncs: 0,
  failedSyncs: 0,
  falseSyncs: 0,
  damagedRecords: 0,
  staleReads: 0,
  controls: 0,
  pointsFired: 0,
  clockChanges: 0,
});

/** A handler that returns a promise goes on after its step, where nothing can follow it. */
function requireSynchronous(returned: unknown, node: WorldNode, handler: string): void {
  if (typeof returned === 'object' && returned !== null && 'then' in returned)
    throw new ModelError(`handler '${handler}' of ${node.name} returned a promise: handlers are synchronous`);
}

export class World implements WorldServices {
  now = 0;
  steps = 0;
  /** Grows whenever a server's process dies or starts. */
  lifecycle = 0;
  /** The node that the last step ran on, if any. */
  touched: WorldNode | undefined;
  readonly nodes: readonly WorldNode[];
  readonly digest = new Digest();
  readonly tally: Tally = emptyTally();
  private readonly queue = new EventQueue<WorldEvent>();
  private readonly pool = new EventPool();
  private readonly copier = new TaggedCopier();
  private readonly byName = new Map<NodeId, WorldNode>();
  private readonly network: Network;
  readonly seed: string;
  private readonly seedHash: number;
  private readonly diskSync: Delay;
  private readonly immer: boolean;
  private readonly observer: WorldObserver | undefined;
  private readonly completed: WorldOptions['completed'];
  private readonly fifo: Uint8Array;
  private readonly service: WorldOptions['service'];
  /** Per link: when the last message of a FIFO link is due, and what waits for the link to be mended. */
  private readonly lastDue: Float64Array;
  private readonly held = new Map<number, WorldEvent[]>();
  /** Per link: the highest number delivered so far. */
  private readonly lastDelivered: Int32Array;
  private sequence = 0;
  readonly points: FaultPoints;

  constructor(options: WorldOptions) {
    this.seed = options.seed;
    this.seedHash = hashString(options.seed);
    this.points = new FaultPoints(this.seedHash, options.points);
    this.diskSync = options.diskSync;
    this.immer = options.execution === 'immer';
    const { observer } = options;
    this.observer = observer;
    this.completed = options.completed;
    this.service = options.service;
    this.nodes = options.nodes.map(({ name, behaviour, isClient }, index) =>
      makeNode({ name, index, nameHash: hashString(name), behaviour, isClient }),
    );
    const names = this.nodes.map((node) => node.name);
    const links = names.length * names.length;
    this.network = new Network({ seed: options.seed, names, conditions: options.network, fates: options.fates });
    this.fifo = new Uint8Array(links);
    this.lastDue = new Float64Array(links);
    this.lastDelivered = new Int32Array(links).fill(-1);
    for (const node of this.nodes) {
      this.byName.set(node.name, node);
      node.context = new NodeContext(this, node);
      if (observer?.diskChanged !== undefined)
        node.disk.watch = (change) => {
          observer.diskChanged?.(node, change);
        };
      for (const to of this.nodes)
        if (options.fifo(node.name, to.name)) this.fifo[this.network.link(node.index, to.index)] = 1;
    }
  }

  /** Starts every node, in the order given. */
  boot(): void {
    for (const node of this.nodes) this.start(node, node.behaviour.init);
  }

  node(name: NodeId): WorldNode {
    const node = this.byName.get(name);
    if (node === undefined)
      throw new ModelError(`there is no node '${name}'; the nodes are ${[...this.byName.keys()].join(', ')}`);
    return node;
  }

  /** Events waiting: an upper bound, since cancelled timers leave it only when due. */
  get queueLength(): number {
    return this.queue.size;
  }

  /** Runs `action` at the simulated moment `at` (or now, if that is past) as a step of its own. */
  schedule(at: number, action: () => void): void {
    const event = this.pool.take();
    event.node = undefined;
    event.action = action;
    this.push(event, 'control', Math.max(at, this.now));
  }

  /** The next event to be dispatched by `step`, for error messages. */
  current: WorldEvent | undefined;

  /** Dispatches the next event; false when none is left. Programmer errors in handlers are thrown. */
  step(): boolean {
    for (;;) {
      const event = this.queue.pop();
      if (event === undefined) return false;
      if (event.cancelled) {
        this.pool.give(event);
        continue;
      }
      this.now = event.time;
      if (!this.arrives(event)) continue;
      try {
        this.dispatch(event);
      } catch (error) {
        this.endProcess(error);
      }
      this.pool.give(event);
      return true;
    }
  }

  private dispatch(event: WorldEvent): void {
    this.current = event;
    this.steps++;
    this.observer?.stepping(event);
    const { node } = event;
    this.touched = node;
    if (node === undefined) {
      this.digest.add(mix(event.time, event.sequence));
      (event.action as () => void)();
      return;
    }
    const at = mix(event.time, node.nameHash);
    if (event.kind === 'deliver') {
      const message = event.message as AnyMessage;
      const from = event.from as WorldNode;
      this.digest.add(mix(mix(at, from.nameHash), event.messageHash));
      this.tally.delivered++;
      const last = this.lastDelivered[event.link] as number;
      if (event.nth < last) this.tally.reordered++;
      else this.lastDelivered[event.link] = event.nth;
      const handler = node.handlers[event.messageKind] ?? this.handlerOf(node, event);
      if (this.immer) this.produce(node, message.kind, (state) => handler(state, message, from.name, node.context));
      else requireSynchronous(handler(node.state, message, from.name, node.context), node, message.kind);
      return;
    }
    this.digest.add(mix(mix(at, hashString(event.timer)), hashString(event.key)));
    if (event.kind === 'synced' && event.writeCount === SYNC_FAILED) return this.failSync(node, event);
    this.tally.timersFired++;
    const handler = node.behaviour.timers[event.timer];
    if (handler === undefined)
      throw new ModelError(`${node.name} has no handler for its timer '${event.timer}'; declare timers.${event.timer}`);
    if (this.immer) this.produce(node, event.timer, (state) => handler(state, node.context, event.key));
    else requireSynchronous(handler(node.state, node.context, event.key), node, event.timer);
  }

  /** Adds plain data to the run's digest. */
  digestValue(value: unknown): void {
    this.digest.add(hashValue(value));
  }

  /** Runs a client's `invoke`, as part of the current step. */
  invoke(client: WorldNode, operation: AnyOperation): void {
    this.touched = client;
    this.digest.add(mix(client.nameHash, hashValue(operation)));
    const { invoke } = client.behaviour;
    invariant(invoke !== undefined, `${client.name} is not a client`);
    if (this.immer) this.produce(client, 'invoke', (state) => invoke(state, operation, client.context));
    else requireSynchronous(invoke(client.state, operation, client.context), client, 'invoke');
  }

  /** Ends a client's process: whatever is meant for it is lost from now on. */
  retire(client: WorldNode): void {
    this.forget(client);
  }

  /** Replaces a client's process by a fresh one: empty state, no timers, no answers meant for the old one. */
  replaceClient(client: WorldNode): void {
    this.forget(client);
    this.start(client, client.behaviour.init);
  }

  // --- What faults do. Each is undone by its counterpart; faults of one kind may overlap. ---

  crash(node: WorldNode, { unsyncedKeptPercent, which = 'oldest', torn = false }: CrashLoss): void {
    if (node.crashes++ > 0) return;
    this.tally.crashes++;
    this.observer?.died?.(node);
    const unsynced = node.disk.unsyncedCount;
    const kept = Math.floor((unsynced * unsyncedKeptPercent) / 100);
    this.tally.unsyncedWritesLost += unsynced - kept;
    node.disk.crash({ kept, which, torn, bits: this.bitsFor(node, 'crash') });
    this.forget(node);
    node.up = false;
    node.state = undefined;
    // What is paused is a process, and this one is gone.
    node.pauses = 0;
    this.lifecycle++;
    for (const other of this.nodes) {
      this.held.delete(this.network.link(node.index, other.index));
      this.held.delete(this.network.link(other.index, node.index));
    }
  }

  restart(node: WorldNode): void {
    if (node.crashes === 0 || --node.crashes > 0) return;
    this.tally.restarts++;
    node.up = true;
    this.start(node, node.behaviour.recover ?? node.behaviour.init);
  }

  /** Restarts a process that ended because its disk failed it; it ends again if the disk still does. */
  revive(node: WorldNode): void {
    if (!node.panicked) return;
    node.panicked = false;
    this.restart(node);
  }

  /** What is wrong with the node's disk now: faults count themselves in and out. */
  troubleOf(node: WorldNode): DiskTrouble {
    return (node.disk.trouble ??= {
      writeErrors: [],
      syncErrors: 0,
      lyingSyncs: 0,
      staleReads: 0,
      misdirectedWrites: 0,
      fuses: [],
      tally: this.tally,
    });
  }

  /** Random bits that belong to this node, this use and this moment. */
  bitsFor(node: WorldNode, use: string): number {
    return avalanche(mix(mix(mix(this.seedHash, node.nameHash), hashString(use)), this.now));
  }

  /** Each step of the node takes so much longer; what arrives meanwhile waits. */
  slow(node: WorldNode, stepMicros: number): void {
    node.stepMicros += stepMicros;
  }

  /** Tells a node something from outside the protocol; nobody hears it if it is down or paused. */
  control(node: WorldNode, name: string, argument: string): void {
    const handler = node.behaviour.controls[name];
    if (handler === undefined)
      throw new ModelError(`${node.name} has no control '${name}'; declare controls.${name}, or do not plan it`);
    if (!node.up || node.pauses > 0) return;
    this.touched = node;
    this.tally.controls++;
    this.digest.add(mix(mix(node.nameHash, hashString(name)), hashString(argument)));
    if (this.immer) this.produce(node, name, (state) => handler(state, node.context, argument));
    else requireSynchronous(handler(node.state, node.context, argument), node, name);
  }

  /** `disturbance` must be the same object when it ends. */
  disturb(from: readonly WorldNode[], to: readonly WorldNode[], disturbance: Disturbance): void {
    this.eachLink(from, to, (link) => {
      this.network.disturb(link, disturbance);
    });
  }

  undisturb(from: readonly WorldNode[], to: readonly WorldNode[], disturbance: Disturbance): void {
    this.eachLink(from, to, (link) => {
      this.network.undisturb(link, disturbance);
    });
  }

  /** Loses whatever is under way between two groups of nodes, in both directions. */
  resetConnections(from: readonly WorldNode[], to: readonly WorldNode[]): void {
    const reset = (link: number): void => {
      this.network.reset(link);
      this.lastDue[link] = 0;
      for (const { from: source, node, nth } of this.held.get(link) ?? [])
        if (source !== undefined && node !== undefined) this.lose(source, node, link, nth, 'connection reset');
      this.held.delete(link);
    };
    this.eachLink(from, to, reset);
    this.eachLink(to, from, reset);
  }

  private eachLink(from: readonly WorldNode[], to: readonly WorldNode[], use: (link: number) => void): void {
    for (const source of from)
      for (const target of to) if (source !== target) use(this.network.link(source.index, target.index));
  }

  /** A handler was cut short by its disk: the process is gone, and with it what the handler had yet to do. */
  private endProcess(error: unknown): void {
    const node = this.touched;
    if (node === undefined || node.isClient) throw error;
    if (error instanceof DiskError) this.panic(node);
    else if (error instanceof PowerLoss) this.crash(node, error);
    else throw error;
  }

  private panic(node: WorldNode): void {
    if (!node.up) return;
    this.tally.panics++;
    node.panicked = true;
    // The process is gone, the machine is not: what it wrote is on its way to the disk.
    this.crash(node, { unsyncedKeptPercent: 100 });
  }

  private failSync(node: WorldNode, { timer, key }: WorldEvent): void {
    this.tally.failedSyncs++;
    // If the disk is well again by now, nothing else will restart a process that ends.
    if (this.troubleOf(node).syncErrors === 0)
      this.schedule(this.now, () => {
        this.revive(node);
      });
    const { syncFailed } = node.behaviour;
    if (syncFailed === undefined) this.panic(node);
    else if (this.immer) this.produce(node, timer, (state) => syncFailed(state, node.context, timer, key));
    else requireSynchronous(syncFailed(node.state, node.context, timer, key), node, timer);
  }

  pause(node: WorldNode): void {
    if (node.pauses++ === 0) this.tally.pauses++;
  }

  resume(node: WorldNode): void {
    if (node.pauses === 0 || --node.pauses > 0) return;
    const { inbox } = node;
    node.inbox = [];
    this.requeue(inbox);
  }

  cut(from: readonly WorldNode[], to: readonly WorldNode[]): void {
    this.eachLink(from, to, (link) => {
      this.network.cut(link);
    });
  }

  mend(from: readonly WorldNode[], to: readonly WorldNode[]): void {
    this.eachLink(from, to, (link) => {
      this.network.mend(link);
      const waiting = this.network.isCut(link) ? undefined : this.held.get(link);
      if (waiting === undefined) return;
      this.held.delete(link);
      this.requeue(waiting);
    });
  }

  /** What waited is due now, in the order in which it arrived, and before anything that was scheduled since. */
  private requeue(events: readonly WorldEvent[]): void {
    const sequences = events.map(({ sequence }) => sequence).sort((one, other) => one - other);
    for (const [index, event] of events.entries()) {
      event.time = this.now;
      event.sequence = sequences[index] as number;
      this.queue.push(event);
    }
  }

  /** The end of the fault phase for the network: nothing is dropped or duplicated any more. */
  calm(delay: Delay): void {
    this.network.calm(delay);
  }

  /** From now on no message has a fate decided for it, and no fault point fires. */
  forgetPlannedFates(): void {
    this.network.forgetFates();
    this.points.silence();
  }

  // --- What handlers do, through their contexts. ---

  /** A context kept for later would act in the name of a node that is not running. */
  private requireRunning(node: WorldNode): void {
    if (node !== this.touched)
      throw new ModelError(
        `the ctx of ${node.name} was used outside its handler: a context is valid during one call only`,
      );
  }

  send(from: WorldNode, target: NodeId, original: AnyMessage): void {
    this.requireRunning(from);
    const to = this.byName.get(target) ?? this.node(target);
    const message = this.copier.copy(original);
    const { network } = this;
    const link = network.link(from.index, to.index);
    const nth = network.count(link);
    if (from === to) {
      this.observer?.sent({ from, to, message, link, nth, copies: [1] });
      this.pushMessage(this.now + 1, from, to, message, link, nth);
      return;
    }
    const copies = network.fate(link, nth);
    if (network.isDisturbed(link)) this.tally.disturbed++;
    this.observer?.sent({ from, to, message, link, nth, copies });
    const fifo = this.fifo[link] === 1;
    if (network.isCut(link) && !fifo) return this.lose(from, to, link, nth, 'cut off');
    if (fifo) {
      // A lost packet costs a retransmission, not the message; order is kept by never arriving before the last one.
      if (copies.length === 0) this.tally.dropped++;
      const due = Math.max(this.now + (copies[0] ?? this.retransmission(link, nth)), this.lastDue[link] as number);
      this.lastDue[link] = due;
      this.pushMessage(due, from, to, message, link, nth);
      return;
    }
    const count = copies.length;
    if (count === 0) return this.lose(from, to, link, nth, 'dropped');
    this.pushMessage(this.now + (copies[0] as number), from, to, message, link, nth);
    if (count === 1) return;
    this.tally.duplicated++;
    for (let copy = 1; copy < count; copy++)
      this.pushMessage(this.now + (copies[copy] as number), from, to, copyPlain(message), link, nth);
  }

  maybe(node: WorldNode, point: string): boolean {
    const fires = this.points.fires(node, point);
    if (fires) this.tally.pointsFired++;
    return fires;
  }

  complete(client: WorldNode, completion: Completion): void {
    if (!client.isClient) throw new ModelError(`${client.name} is a server: only clients complete operations`);
    this.completed(client, completion);
  }

  private retransmission(link: number, nth: number): number {
    return 1_000 + (avalanche(mix(mix(this.seedHash, link), nth)) % 20_000);
  }

  setTimer(node: WorldNode, timer: string, afterMicros: number, key: string): void {
    this.requireRunning(node);
    if (!Number.isInteger(afterMicros) || afterMicros < 0)
      throw new ModelError(
        `${node.name} set timer '${timer}' to ${String(afterMicros)} µs; a delay is a whole number of microseconds, 0 or more`,
      );
    const name = key === '' ? timer : `${timer} ${key}`;
    const pending = node.timers.get(name);
    if (pending !== undefined) pending.cancelled = true;
    const due = this.now + node.clock.wait(afterMicros);
    node.timers.set(name, this.pushTimer(due, 'timer', node, { timer, key, writeCount: 0 }));
  }

  cancelTimer(node: WorldNode, timer: string, key: string): void {
    const name = key === '' ? timer : `${timer} ${key}`;
    const pending = node.timers.get(name);
    if (pending === undefined) return;
    pending.cancelled = true;
    node.timers.delete(name);
  }

  sync(node: WorldNode, timer: string, key: string): void {
    const bits = avalanche(mix(mix(this.seedHash, node.nameHash ^ 0x5bd1e995), node.syncs++));
    if (node.diskExtraMicros > 0) this.tally.slowSyncs++;
    const due = Math.max(node.syncedAt, this.now + delayOf(this.diskSync, bits) + node.diskExtraMicros);
    node.syncedAt = due;
    this.pushTimer(due, 'synced', node, { timer, key, writeCount: node.disk.writeCount });
  }

  /** Decides whether a due event is dispatched now; if not, it is kept for later or lost. */
  private arrives(event: WorldEvent): boolean {
    const { node } = event;
    if (node === undefined) return true;
    const busy = node.stepMicros > 0 && this.now < node.busyUntil;
    if (event.kind === 'deliver') {
      const from = event.from as WorldNode;
      if (event.served) {
        // It is within the node: nothing but the end of the process can take it away.
        if (event.incarnation === node.incarnation) return this.isFree(event, node, busy);
        this.lose(from, node, event.link, event.nth, 'receiver down');
        return false;
      }
      const fifo = this.fifo[event.link] === 1;
      if (this.network.wasReset(event.link, event.nth)) {
        this.lose(from, node, event.link, event.nth, 'connection reset');
        return false;
      }
      if (this.network.isCut(event.link)) {
        if (fifo) this.hold(event);
        else this.lose(from, node, event.link, event.nth, 'cut off');
        return false;
      }
      const stale = (node.isClient || fifo) && event.incarnation !== node.incarnation;
      if (!node.up || stale) {
        this.lose(from, node, event.link, event.nth, 'receiver down');
        return false;
      }
      if (this.service !== undefined && node.pauses === 0 && this.isQueued(event, node, this.service)) return false;
    } else {
      if (event.incarnation !== node.incarnation) return false;
      if (event.kind === 'synced') {
        // Done once, though the event may have to wait after that.
        if (event.writeCount > 0) event.writeCount = node.disk.completeSync(event.writeCount) ? 0 : SYNC_FAILED;
      } else if (node.pauses === 0 && !busy)
        node.timers.delete(event.key === '' ? event.timer : `${event.timer} ${event.key}`);
    }
    return this.isFree(event, node, busy);
  }

  /** Puts a message behind those that its receiver is busy with, if it takes time: it is acted on when it is done. */
  private isQueued(event: WorldEvent, node: WorldNode, service: NonNullable<WorldOptions['service']>): boolean {
    if (node.isClient) return false;
    const micros = service(node.name, event.message as AnyMessage);
    if (micros === 0) return false;
    if (!Number.isInteger(micros) || micros < 0)
      throw new ModelError(
        `service('${node.name}', ${(event.message as AnyMessage).kind}) is ${String(micros)} µs; ` +
          `it must be a whole number of microseconds, 0 or more`,
      );
    node.servedUntil = Math.max(node.servedUntil, this.now) + micros;
    event.served = true;
    event.incarnation = node.incarnation;
    event.time = node.servedUntil;
    this.queue.push(event);
    return true;
  }

  /** Whether the node can act on an event that has reached it; if not, it is kept for later. */
  private isFree(event: WorldEvent, node: WorldNode, busy: boolean): boolean {
    if (node.pauses > 0) {
      node.inbox.push(event);
      return false;
    }
    if (busy) {
      event.time = node.busyUntil;
      this.queue.push(event);
      return false;
    }
    if (node.stepMicros > 0) {
      this.tally.slowedSteps++;
      node.busyUntil = this.now + node.stepMicros;
    }
    return true;
  }

  private hold(event: WorldEvent): void {
    const waiting = this.held.get(event.link);
    this.tally.cutOff++;
    if (waiting === undefined) this.held.set(event.link, [event]);
    else waiting.push(event);
  }

  private lose(from: WorldNode, to: WorldNode, link: number, nth: number, reason: Loss): void {
    if (reason === 'dropped') this.tally.dropped++;
    else if (reason === 'cut off') this.tally.cutOff++;
    else if (reason === 'connection reset') this.tally.resets++;
    this.observer?.lost({ link, nth, from, to, reason });
  }

  private start(node: WorldNode, begin: (ctx: unknown) => unknown): void {
    this.touched = node;
    if (!node.isClient) this.lifecycle++;
    let state: unknown;
    try {
      state = begin(node.context);
    } catch (error) {
      this.endProcess(error);
      return;
    }
    requireSynchronous(state, node, 'init or recover');
    node.state = this.immer ? freeze(state, true) : state;
    this.observer?.patched(node, [{ op: 'replace', path: [], value: node.state }]);
  }

  /** Timers, syncs and whatever waits for this node die with its process. */
  private forget(node: WorldNode): void {
    for (const timer of node.timers.values()) timer.cancelled = true;
    node.timers.clear();
    node.inbox = [];
    node.syncedAt = 0;
    node.servedUntil = 0;
    node.incarnation++;
  }

  private produce(node: WorldNode, handler: string, run: (state: unknown) => unknown): void {
    const [state, patches] = produceWithPatches(node.state, (draft: unknown) => {
      requireSynchronous(run(draft), node, handler);
    });
    node.state = state;
    if (patches.length > 0) this.observer?.patched(node, patches);
  }

  /** Schedules one copy of a message just copied by the copier, whose hash and kind it has. */
  private pushMessage(
    time: number,
    from: WorldNode,
    to: WorldNode,
    message: AnyMessage,
    link: number,
    nth: number,
  ): void {
    const event = this.pool.take();
    event.node = to;
    event.from = from;
    event.message = message;
    event.messageHash = this.copier.hash;
    event.messageKind = this.copier.kind.index;
    event.link = link;
    event.nth = nth;
    this.push(event, 'deliver', time);
  }

  private pushTimer(
    time: number,
    kind: 'timer' | 'synced',
    node: WorldNode,
    details: { readonly timer: string; readonly key: string; readonly writeCount: number },
  ): WorldEvent {
    const event = this.pool.take();
    event.node = node;
    event.timer = details.timer;
    event.key = details.key;
    event.writeCount = details.writeCount;
    this.push(event, kind, time);
    return event;
  }

  private push(event: WorldEvent, kind: WorldEventKind, time: number): void {
    event.kind = kind;
    event.time = time;
    event.sequence = this.sequence++;
    event.cause = this.steps;
    event.incarnation = event.node === undefined ? 0 : event.node.incarnation;
    this.queue.push(event);
  }

  private handlerOf(node: WorldNode, event: WorldEvent): ErasedHandler {
    const from = event.from as WorldNode;
    const message = event.message as AnyMessage;
    const handler = node.behaviour.on[message.kind];
    if (handler !== undefined) return (node.handlers[event.messageKind] = handler);
    throw new ModelError(
      `${node.name} has no handler for message '${message.kind}' from ${from.name}; declare on.${message.kind}, ` +
        `or do not send it there`,
    );
  }
}
