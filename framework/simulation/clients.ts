/**
 * The clients of a run: sequential processes that take their operations from the plan, one at a time, and write the
 * history. A process whose outcome is unknown is retired, and its client goes on under a new process number.
 */
import type { AnyOperation, Entry } from '../history/entry.js';
import { copyPlain } from '../kernel/plain-data.js';
import { time } from '../kernel/time.js';
import type { Plan, PlannedOperation } from '../plan/plan.js';
import type { WorldNode } from '../world/node.js';
import type { Completion } from '../world/context.js';
import { ModelError, type World } from '../world/world.js';

interface ClientState {
  readonly node: WorldNode;
  /** Operations yet to be invoked, the next one last. */
  readonly ahead: PlannedOperation[];
  process: number;
  busy: boolean;
}

export interface ClientsObserver {
  invoked(client: WorldNode, process: number, operation: AnyOperation): void;
  completed(client: WorldNode, process: number, completion: Completion): void;
}

export class Clients {
  readonly history: Entry[] = [];
  private readonly world: World;
  private readonly clients: readonly ClientState[];
  private readonly byNode = new Map<WorldNode, ClientState>();
  private readonly observer: ClientsObserver | undefined;
  /** What any client may ask, not yet taken by one: the next operation last. */
  private shared: AnyOperation[] = [];
  private nextProcess: number;
  private open = 0;

  constructor(options: {
    readonly world: World;
    readonly nodes: readonly WorldNode[];
    readonly plan: Plan;
    readonly observer: ClientsObserver | undefined;
  }) {
    const { plan, nodes } = options;
    this.world = options.world;
    this.observer = options.observer;
    this.nextProcess = nodes.length;
    this.clients = nodes.map((node, index) => {
      const mine = plan.operations.filter((planned) => planned.client === index);
      return { node, ahead: mine.sort((one, other) => one.at - other.at).reverse(), process: index, busy: false };
    });
    for (const client of this.clients) {
      client.node.process = client.process;
      this.byNode.set(client.node, client);
    }
  }

  /** Schedules every client's first operation. */
  start(): void {
    for (const client of this.clients) this.scheduleNext(client);
  }

  /** True when nothing is being asked and nothing is left to ask. */
  get idle(): boolean {
    return this.open === 0 && this.shared.length === 0 && this.clients.every(({ ahead }) => ahead.length === 0);
  }

  /** A process number that no client has had. */
  get unusedProcess(): number {
    return this.nextProcess;
  }

  /** Has `operations` asked in this order, each by the next client that is free. What was asked so before is dropped. */
  ask(operations: readonly AnyOperation[]): void {
    this.shared = operations.toReversed();
    for (const client of this.clients) if (!client.busy) this.takeShared(client);
  }

  /** Called by the world when a client's handler completes its operation. */
  complete(node: WorldNode, completion: Completion): void {
    const client = this.byNode.get(node);
    if (client?.busy !== true)
      throw new ModelError(`${node.name} completed an operation (${completion.type}) while none was open`);
    const { world } = this;
    const { process } = client;
    client.busy = false;
    this.open--;
    const at = time(world.now);
    this.history.push(
      completion.type === 'ok'
        ? { type: 'ok', process, time: at, result: completion.result }
        : { type: completion.type, process, time: at, reason: completion.reason },
    );
    world.digest.add(process);
    world.digestValue(completion);
    this.observer?.completed(node, process, completion);
    if (completion.type !== 'info') {
      this.scheduleNext(client);
      return;
    }
    // Nothing meant for the retired process arrives any more.
    world.retire(node);
    // A step of its own: the handler that gave up must return before its process is replaced.
    world.schedule(world.now, () => {
      client.process = this.nextProcess++;
      node.process = client.process;
      world.replaceClient(node);
      this.scheduleNext(client);
    });
  }

  private scheduleNext(client: ClientState): void {
    const planned = client.ahead.at(-1);
    if (planned === undefined) {
      this.takeShared(client);
      return;
    }
    this.world.schedule(planned.at, () => {
      client.ahead.pop();
      this.invoke(client, planned.operation);
    });
  }

  private takeShared(client: ClientState): void {
    const operation = this.shared.pop();
    if (operation === undefined) return;
    client.busy = true;
    this.open++;
    this.world.schedule(this.world.now, () => {
      client.busy = false;
      this.open--;
      this.invoke(client, operation);
    });
  }

  private invoke(client: ClientState, original: AnyOperation): void {
    const { node, process } = client;
    const operation = copyPlain(original);
    client.busy = true;
    this.open++;
    this.history.push({ type: 'invoke', process, time: time(this.world.now), operation });
    this.observer?.invoked(node, process, operation);
    this.world.invoke(node, operation);
  }
}
