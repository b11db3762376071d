/**
 * Findings that are the same to a person: the same promise broken by the same rule, by plans of the same shape. Each group
 * keeps its smallest plan. A few failures of each signature are shrunk: the same promise can be broken for many reasons.
 */
import { planSize } from '../plan/size.js';
import type { Plan } from '../plan/plan.js';
import type { System } from '../simulation/system.js';
import type { RawFinding } from './campaign.js';
import { essenceOf, type Essence } from './essence.js';
import type { ShrinkOptions } from './shrink.js';

export interface FindingGroup {
  readonly signature: string;
  /** What its plans take: `crash, partition`, or `no fault`. */
  readonly shape: string;
  /** As it was found first. */
  readonly found: RawFinding;
  /** With the smallest plan. */
  readonly essence: Essence;
  /** How many findings were shrunk to this shape. */
  readonly count: number;
}

/** So many failures of each signature are shrunk. */
const SHRUNK_OF_SIGNATURE = 3;

/** The kinds of fault in a plan, and whether single messages and fault points matter. */
export function shapeOf({ faults, fates, points = [] }: Plan): string {
  const kinds = [...new Set(faults.map(({ kind }) => kind))].sort();
  const parts = [...kinds, ...(fates.length > 0 ? ['messages'] : []), ...(points.length > 0 ? ['fault points'] : [])];
  return parts.length === 0 ? 'no fault' : parts.join(', ');
}

export class FindingGroups {
  private readonly system: System;
  private readonly options: ShrinkOptions;
  private readonly groups = new Map<string, FindingGroup>();
  private readonly shrunk = new Map<string, number>();

  constructor(system: System, options: ShrinkOptions) {
    this.system = system;
    this.options = options;
  }

  /** In the order found. */
  get all(): readonly FindingGroup[] {
    return [...this.groups.values()];
  }

  /** Whether `found` would be shrunk, or enough of its signature have been. */
  wants({ failure }: RawFinding): boolean {
    return (this.shrunk.get(failure.signature) ?? 0) < SHRUNK_OF_SIGNATURE;
  }

  /**
   * Shrinks `found` and puts it into its group, and does the same with what failed in other ways meanwhile. The result is
   * the groups that are new, or have a smaller plan now.
   */
  add(found: RawFinding): readonly FindingGroup[] {
    if (!this.wants(found)) return [];
    const { signature } = found.failure;
    this.shrunk.set(signature, (this.shrunk.get(signature) ?? 0) + 1);
    const essence = essenceOf(this.system, found, this.options);
    const shape = shapeOf(essence.shrunk.plan);
    const key = `${signature} / ${shape}`;
    const known = this.groups.get(key);
    const isSmaller = known === undefined || planSize(essence.shrunk.plan) < planSize(known.essence.shrunk.plan);
    const group: FindingGroup = {
      ...(known ?? { signature, shape, found }),
      essence: isSmaller ? essence : known.essence,
      count: (known?.count ?? 0) + 1,
    };
    this.groups.set(key, group);
    const others = essence.shrunk.others.flatMap(({ plan, failure }) => {
      if (this.shrunk.has(failure.signature)) return [];
      return this.add({ ...found, plan, failure });
    });
    return [...(isSmaller ? [group] : []), ...others];
  }
}
