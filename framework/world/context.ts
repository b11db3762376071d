/**
 * What a handler holds of the world. A class, and not a record of closures: a run makes one for every node, and methods
 * on a prototype cost nothing to make.
 */
import { copyPlain } from '../kernel/plain-data.js';
import { randomStream, type Random } from '../kernel/random.js';
import type { Time } from '../kernel/time.js';
import type { Disk } from './disk.js';
import type { WorldNode } from './node.js';
import type { AnyMessage, ClientContext, NodeId } from './protocol.js';

/** What a client's handler said of its operation. */
export type Completion =
  { readonly type: 'ok'; readonly result: unknown } | { readonly type: 'fail' | 'info'; readonly reason: string };

/** The part of the world that contexts call. */
export interface WorldServices {
  readonly now: number;
  readonly seed: string;
  send(from: WorldNode, to: NodeId, message: AnyMessage): void;
  setTimer(node: WorldNode, timer: string, afterMicros: number, key: string): void;
  cancelTimer(node: WorldNode, timer: string, key: string): void;
  sync(node: WorldNode, timer: string, key: string): void;
  maybe(node: WorldNode, point: string): boolean;
  complete(client: WorldNode, completion: Completion): void;
}

class NodeDisk implements Disk<string> {
  private readonly world: WorldServices;
  private readonly node: WorldNode;

  constructor(world: WorldServices, node: WorldNode) {
    this.world = world;
    this.node = node;
  }

  append(log: string, record: unknown): void {
    this.node.disk.append(log, record);
  }

  truncate(log: string, length: number): void {
    this.node.disk.truncate(log, length);
  }

  read<R>(log: string): R[] {
    return this.node.disk.read<R>(log);
  }

  set(key: string, value: unknown): void {
    this.node.disk.set(key, value);
  }

  get<V>(key: string): V | undefined {
    return this.node.disk.get<V>(key);
  }

  sync(timer: string, key = ''): void {
    this.world.sync(this.node, timer, key);
  }
}

export class NodeContext implements ClientContext<AnyMessage, string> {
  readonly self: NodeId;
  readonly disk: Disk<string>;
  private readonly world: WorldServices;
  private readonly node: WorldNode;
  private stream: Random | undefined;

  constructor(world: WorldServices, node: WorldNode) {
    this.self = node.name;
    this.disk = new NodeDisk(world, node);
    this.world = world;
    this.node = node;
  }

  get process(): number {
    return this.node.process;
  }

  get random(): Random {
    return (this.stream ??= randomStream(this.world.seed, `node/${this.node.name}`));
  }

  now(): Time {
    return this.node.clock.read(this.world.now);
  }

  send(to: NodeId, message: AnyMessage): void {
    this.world.send(this.node, to, message);
  }

  setTimer(timer: string, afterMicros: number, key = ''): void {
    this.world.setTimer(this.node, timer, afterMicros, key);
  }

  cancelTimer(timer: string, key = ''): void {
    this.world.cancelTimer(this.node, timer, key);
  }

  maybe(point: string): boolean {
    return this.world.maybe(this.node, point);
  }

  ok(result: unknown): void {
    this.world.complete(this.node, { type: 'ok', result: copyPlain(result) });
  }

  fail(reason: string): void {
    this.world.complete(this.node, { type: 'fail', reason });
  }

  info(reason: string): void {
    this.world.complete(this.node, { type: 'info', reason });
  }
}
