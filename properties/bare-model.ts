/**
 * The second baseline of the speed bench: the very handlers of a model on a bare loop, with a binary heap, `alea` for the
 * delays, and nothing else: no copies, faults, history, digest, limits or clocks. What a run of the simulator costs
 * beyond this is what the framework costs.
 */
import seedrandom from 'seedrandom';
import {
  randomStream,
  type AnyMessage,
  type AnyOperation,
  type ClientContext,
  type System,
  type Time,
} from 'faultline';
import { bareHeap } from './bare-heap.js';

interface BareNode {
  readonly name: string;
  readonly behaviour: ReturnType<System['cluster']>['client']['behaviour'];
  readonly timers: Map<string, BareEvent>;
  state: unknown;
  context: unknown;
}

interface BareEvent {
  readonly time: number;
  readonly sequence: number;
  readonly run: () => void;
  cancelled: boolean;
}

/** Runs `operations` (each client takes the next one as soon as it is free) for `steps` steps; returns those run. */
export function runModelBare(
  cluster: ReturnType<System['cluster']>,
  options: { readonly operations: readonly AnyOperation[]; readonly clients: number; readonly steps: number },
): number {
  const random = seedrandom.alea('bare');
  const heap = bareHeap<BareEvent>();
  let sequence = 0;
  let now = 0;
  let next = 0;

  const push = (time: number, run: () => void): BareEvent => {
    const event = { time, sequence: sequence++, run, cancelled: false };
    heap.push(event);
    return event;
  };

  const nodes = new Map<string, BareNode>();
  const invokeNext = (node: BareNode) => {
    const operation = options.operations[next++ % options.operations.length];
    if (operation !== undefined) push(now, () => node.behaviour.invoke?.(node.state, operation, node.context));
  };
  const contextOf = (node: BareNode, process: number): ClientContext<AnyMessage, string> => {
    const logs = new Map<string, unknown[]>();
    const values = new Map<string, unknown>();
    const fire = (timer: string, key: string) => {
      node.behaviour.timers[timer]?.(node.state, node.context, key);
    };
    return {
      self: node.name,
      process,
      random: randomStream('bare', node.name),
      maybe: () => false,
      now: () => now as Time,
      send(to, message) {
        const target = nodes.get(to);
        if (target === undefined) throw new Error(`no node ${to}`);
        push(now + 200 + Math.floor(random() * 4_800), () =>
          target.behaviour.on[message.kind]?.(target.state, message, node.name, target.context),
        );
      },
      setTimer(timer, afterMicros, key = '') {
        const name = `${timer} ${key}`;
        const pending = node.timers.get(name);
        if (pending !== undefined) pending.cancelled = true;
        const event = push(now + afterMicros, () => {
          node.timers.delete(name);
          fire(timer, key);
        });
        node.timers.set(name, event);
      },
      cancelTimer(timer, key = '') {
        const pending = node.timers.get(`${timer} ${key}`);
        if (pending !== undefined) pending.cancelled = true;
      },
      disk: {
        append(log, record) {
          const records = logs.get(log);
          if (records === undefined) logs.set(log, [record]);
          else records.push(record);
        },
        truncate(log, length) {
          logs.set(log, (logs.get(log) ?? []).slice(0, length));
        },
        read: <R>(log: string) => (logs.get(log) ?? []) as R[],
        set(key, value) {
          values.set(key, value);
        },
        get: <V>(key: string) => values.get(key) as V | undefined,
        sync(timer, key = '') {
          push(now + 50 + Math.floor(random() * 950), () => {
            fire(timer, key);
          });
        },
      },
      ok() {
        invokeNext(node);
      },
      fail() {
        invokeNext(node);
      },
      info() {
        invokeNext(node);
      },
    };
  };

  const add = (name: string, behaviour: BareNode['behaviour'], process: number): BareNode => {
    const node: BareNode = { name, behaviour, timers: new Map(), state: undefined, context: undefined };
    node.context = contextOf(node, process);
    nodes.set(name, node);
    return node;
  };
  for (const [name, { behaviour }] of Object.entries(cluster.nodes)) add(name, behaviour, -1);
  const clients = Array.from({ length: options.clients }, (_, index) =>
    add(`c${index + 1}`, cluster.client.behaviour, index),
  );
  for (const node of nodes.values()) node.state = node.behaviour.init(node.context);
  for (const client of clients) invokeNext(client);
  let done = 0;
  while (done < options.steps) {
    const event = heap.pop();
    if (event === undefined) break;
    if (event.cancelled) continue;
    now = event.time;
    done++;
    event.run();
  }
  return done;
}
