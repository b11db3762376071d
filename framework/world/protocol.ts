/**
 * What a model's author writes: synchronous handlers over plain state, one per message kind, timer and recovery. The
 * context is the only way out of a handler; everything else about the world is the framework's.
 */
import type { AnyOperation } from '../history/entry.js';
import type { Random } from '../kernel/random.js';
import type { Time } from '../kernel/time.js';
import type { Disk } from './disk.js';

/** A server or a client as the network knows it (`s1`, `master`, `c2`). */
export type NodeId = string;

/** Messages are plain JSON data tagged by `kind`. */
export interface AnyMessage {
  readonly kind: string;
}

/** Everything a handler may do besides changing its own state. Valid only during the handler's call. */
export interface Context<M extends AnyMessage, T extends string = never> {
  readonly self: NodeId;
  /** This node's own clock in microseconds. Clocks of different nodes differ, drift, and are never compared safely. */
  now(): Time;
  /** Sends a copy of `message`. Whether and when it arrives is the network's affair. `to` may be this node itself. */
  send(to: NodeId, message: M): void;
  /**
   * Arranges for `timers[timer](state, ctx, key)` after `afterMicros` of this node's own clock. A timer is identified by
   * (timer, key): setting it again replaces it; a crash clears it.
   */
  setTimer(timer: T, afterMicros: number, key?: string): void;
  /** Forgets the timer (timer, key), if it is set. */
  cancelTimer(timer: T, key?: string): void;
  readonly disk: Disk<T>;
  readonly random: Random;
  /**
   * Whether to take an unusual but legal way now: a fault point, off unless the plan turns it on. Name each place, and list
   * the names in the system's `tolerates.maybe`: `if (ctx.maybe('short-batch')) batch.length = 1`.
   */
  maybe(point: string): boolean;
}

/** The context of a client, which must end each operation with exactly one of `ok`, `fail` and `info`. */
export interface ClientContext<M extends AnyMessage, T extends string = never> extends Context<M, T> {
  /** The number of this sequential process: unique in the run, and new for each replacement. */
  readonly process: number;
  /** The operation took effect and returned `result`. */
  ok(result: unknown): void;
  /** The operation definitely did not take effect and never will. */
  fail(reason: string): void;
  /** The outcome is unknown (a time-out, usually). This process is retired, and a new one with fresh state replaces it. */
  info(reason: string): void;
}

type MessageHandlers<S, M extends AnyMessage, C> = {
  readonly [K in M['kind']]?: (state: S, message: Extract<M, { readonly kind: K }>, from: NodeId, ctx: C) => void;
};

type TimerHandlers<S, T extends string, C> = { readonly [K in T]: (state: S, ctx: C, key: string) => void };

/** A server's behaviour. Handlers change `state` in place and return nothing. */
export interface ProtocolDefinition<S, M extends AnyMessage, T extends string = never> {
  /** The state of a fresh process. May send, set timers and use the disk. */
  init(ctx: Context<M, T>): S;
  /** The state after a restart, rebuilt from what the disk kept. Without it a restarted node starts as `init` does. */
  recover?(ctx: Context<M, T>): S;
  /** A message of a kind without a handler here is a programmer error, and ends the run as a finding. */
  readonly on: MessageHandlers<S, M, Context<M, T>>;
  /** A `disk.sync(timer, key)` that failed. Without it the process ends then, as it should: the cache is not to be trusted. */
  syncFailed?(state: S, ctx: Context<M, T>, timer: T, key: string): void;
  /** What others tell it from outside the protocol (a false suspicion, a planned hand-over): see the fault `control`. */
  readonly controls?: Readonly<Record<string, (state: S, ctx: Context<M, T>, argument: string) => void>>;
  /** False if a damaged record of the disk is read as it is, instead of being recognised. Default: true. */
  readonly checksums?: boolean;
  /** One handler per timer; a completed `disk.sync(timer, key)` calls it too. May be left out if there are none. */
  readonly timers?: TimerHandlers<S, T, Context<M, T>>;
}

/** A client's behaviour: it turns an operation into messages, and answers into a completion. */
export interface ClientDefinition<S, M extends AnyMessage, O extends AnyOperation, T extends string = never> {
  /** The state of a fresh process. */
  init(ctx: ClientContext<M, T>): S;
  /** Starts `operation`. Called only when the previous one has been completed. */
  invoke(state: S, operation: O, ctx: ClientContext<M, T>): void;
  readonly on: MessageHandlers<S, M, ClientContext<M, T>>;
  readonly timers?: TimerHandlers<S, T, ClientContext<M, T>>;
}

export type ErasedHandler = (state: unknown, message: AnyMessage, from: NodeId, ctx: unknown) => unknown;
type ErasedTimer = (state: unknown, ctx: unknown, key: string) => unknown;
type ErasedControl = (state: unknown, ctx: unknown, argument: string) => unknown;

/** A definition without its types, as the world runs it. Made by `protocol` and `client` only. */
export interface Behaviour {
  readonly init: (ctx: unknown) => unknown;
  readonly recover: ((ctx: unknown) => unknown) | undefined;
  readonly invoke: ((state: unknown, operation: AnyOperation, ctx: unknown) => unknown) | undefined;
  readonly on: Readonly<Record<string, ErasedHandler | undefined>>;
  readonly timers: Readonly<Record<string, ErasedTimer | undefined>>;
  readonly controls: Readonly<Record<string, ErasedControl | undefined>>;
  readonly syncFailed: ((state: unknown, ctx: unknown, timer: string, key: string) => unknown) | undefined;
  readonly checksums: boolean;
}

declare const phantom: unique symbol;

/** A protocol ready to run on nodes. `S` and `M` are kept for the types of invariants and clusters. */
export interface Role<S, M extends AnyMessage> {
  readonly behaviour: Behaviour;
  readonly [phantom]?: { readonly state: S; readonly message: M };
}

/** A client's behaviour ready to run. `M` and `O` are kept for the types of clusters. */
export interface ClientRole<M extends AnyMessage, O extends AnyOperation> {
  readonly behaviour: Behaviour;
  readonly [phantom]?: { readonly message: M; readonly operation: O };
}

/** Without a prototype: a message of kind `constructor` must not find `Object`'s. */
function table<T>(handlers: object | undefined): Readonly<Record<string, T | undefined>> {
  return Object.assign(Object.create(null) as Record<string, T | undefined>, handlers);
}

/** Turns a server's definition into a role: `protocol<State, Message, 'heartbeat' | 'retry'>({ … })`. */
export function protocol<S, M extends AnyMessage, T extends string = never>(
  definition: ProtocolDefinition<S, M, T>,
): Role<S, M> {
  // The one place where types are erased: the world hands each handler only the state its own `init` made.
  const { init, recover, syncFailed, on, timers, controls } = definition as unknown as Behaviour;
  const { checksums = true } = definition;
  const handlers = {
    on: table<ErasedHandler>(on),
    timers: table<ErasedTimer>(timers),
    controls: table<ErasedControl>(controls),
  };
  return { behaviour: { init, recover, invoke: undefined, syncFailed, checksums, ...handlers } };
}

/** Turns a client's definition into a role: `client<State, Message, Operation, 'timeout'>({ … })`. */
export function client<S, M extends AnyMessage, O extends AnyOperation, T extends string = never>(
  definition: ClientDefinition<S, M, O, T>,
): ClientRole<M, O> {
  const { init, invoke, on, timers } = definition as unknown as Behaviour;
  const handlers = {
    on: table<ErasedHandler>(on),
    timers: table<ErasedTimer>(timers),
    controls: table<ErasedControl>(undefined),
  };
  return { behaviour: { init, recover: undefined, invoke, syncFailed: undefined, checksums: true, ...handlers } };
}
