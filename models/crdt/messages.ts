/** What clients may ask of a replica, and what they are told. */
import type { NodeId } from '../../framework/index.js';
import type { CausalContext, Dot } from '../causality/causal-context.js';

/** An element of the replicated sequence, or of the set. Numbers in a sequence are written once only. */
export type Value = number;
export type Member = string;

/** Each is asked of the replica `at`, which answers by itself: no other need be reachable. */
export type Operation = { readonly at: NodeId } & (
  | { readonly kind: 'read' }
  /** The counter that only grows. */
  | { readonly kind: 'visit' }
  /** The counter that also falls. */
  | { readonly kind: 'count'; readonly amount: number }
  /** The register in which the last write wins. */
  | { readonly kind: 'assign'; readonly value: Value }
  /** The register that keeps all concurrent writes. */
  | { readonly kind: 'write'; readonly value: Value }
  | { readonly kind: 'add'; readonly member: Member }
  | { readonly kind: 'remove'; readonly member: Member }
  /** Before the element that is at `position` now, or at the end if there are fewer. */
  | { readonly kind: 'insert'; readonly position: number; readonly value: Value }
  | { readonly kind: 'delete'; readonly position: number }
);

export type Read = Extract<Operation, { readonly kind: 'read' }>;
export type Update = Exclude<Operation, Read>;

/** What an update was to the replica that took it. */
export interface Taken {
  /** The request's, by which it is recognised if the network doubles it. */
  readonly id: string;
  readonly dot: Dot;
  readonly update: Update;
  /** What that replica had seen before: what this update follows. All else is concurrent with it, or follows it. */
  readonly follows: CausalContext;
  /** Of an insertion, the elements that were left and right of it. */
  readonly left?: Value;
  readonly right?: Value;
  /** Of a deletion, the element deleted. */
  readonly target?: Value;
}

/** What all objects together look like at one replica. */
export interface View {
  readonly visits: number;
  readonly count: number;
  readonly assigned: Value | null;
  /** In ascending order. */
  readonly written: readonly Value[];
  /** By text. */
  readonly members: readonly Member[];
  readonly sequence: readonly Value[];
}

/** The answer to a read. */
export interface Seen {
  readonly seen: CausalContext;
  readonly view: View;
}

export type ClientMessage =
  | { readonly kind: 'request'; readonly id: string; readonly operation: Operation }
  | { readonly kind: 'answer'; readonly id: string; readonly result: Taken | Seen };
