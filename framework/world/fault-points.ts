/**
 * In-protocol fault points, in the manner of FoundationDB's buggify: places where a protocol asks whether it should take
 * an unusual but legal way now (`ctx.maybe('short-batch')`). Off unless a plan turns them on.
 */
import { avalanche, hashString, mix } from '../kernel/hash.js';
import type { NodeId } from './protocol.js';

/** When a point fires: in the run of a plan that lists it, and before everything heals. */
export type FaultPoint =
  /** The point fires in so many of a million times, by the seed. */
  | { readonly point: string; readonly perMillion: number }
  /** The point fires when the node asks for the `nth` time, counted from 0. */
  | Firing;

/** One time that a point fires. */
export interface Firing {
  readonly point: string;
  readonly node: NodeId;
  readonly nth: number;
}

export class FaultPoints {
  /** What fired, in order: the same run needs these and no rate. */
  readonly fired: Firing[] = [];
  private readonly seedHash: number;
  private points: readonly FaultPoint[];
  private readonly asked = new Map<string, number>();

  constructor(seedHash: number, points: readonly FaultPoint[]) {
    this.seedHash = seedHash;
    this.points = points;
  }

  /** From now on no point fires. */
  silence(): void {
    this.points = [];
  }

  fires(node: { readonly name: NodeId; readonly nameHash: number }, point: string): boolean {
    if (this.points.length === 0) return false;
    const name = `${node.name} ${point}`;
    const nth = this.asked.get(name) ?? 0;
    this.asked.set(name, nth + 1);
    const bits = avalanche(mix(mix(mix(this.seedHash ^ 0x3c6ef372, node.nameHash), hashString(point)), nth));
    const fires = this.points.some(
      (one) =>
        one.point === point &&
        ('perMillion' in one ? bits % 1_000_000 < one.perMillion : one.node === node.name && one.nth === nth),
    );
    if (fires) this.fired.push({ point, node: node.name, nth });
    return fires;
  }
}
