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
  /** What its plans take, in order: kinds of fault, `messages`, `fault points`. */
  readonly shape: readonly string[];
  /** As it was found first. */
  readonly found: RawFinding;
  /** With the smallest plan. */
  readonly essence: Essence;
  /** How many findings were shrunk to it. */
  readonly count: number;
}

/** How the groups changed: those that are new or have a smaller plan, each with those that it replaces. */
export interface GroupChange {
  readonly group: FindingGroup;
  readonly replaces: readonly FindingGroup[];
}

/** So many failures of each signature are shrunk. */
const SHRUNK_OF_SIGNATURE = 3;

/** The kinds of fault in a plan, and whether single messages and fault points matter. */
export function shapeOf({ faults, fates, points = [] }: Plan): readonly string[] {
  const kinds = [...new Set<string>(faults.map(({ kind }) => kind))].sort();
  return [...kinds, ...(fates.length > 0 ? ['messages'] : []), ...(points.length > 0 ? ['fault points'] : [])];
}

/** Whether `other` takes all that `shape` takes. */
export const isWithin = (shape: readonly string[], other: readonly string[]): boolean =>
  shape.every((part) => other.includes(part));

export class FindingGroups {
  private readonly system: System;
  private readonly options: ShrinkOptions;
  private groups: FindingGroup[] = [];
  private readonly shrunk = new Map<string, number>();

  constructor(system: System, options: ShrinkOptions) {
    this.system = system;
    this.options = options;
  }

  /** In the order found. */
  get all(): readonly FindingGroup[] {
    return this.groups;
  }

  /** Whether `found` would be shrunk, or enough of its signature have been. */
  wants({ failure }: RawFinding): boolean {
    return (this.shrunk.get(failure.signature) ?? 0) < SHRUNK_OF_SIGNATURE;
  }

  /**
   * Shrinks `found` and puts it into its group, and does the same with what failed in other ways meanwhile. A plan that takes
   * all that another one takes, and more, has only not been shrunk as far: they are of one group.
   */
  async add(found: RawFinding): Promise<readonly GroupChange[]> {
    if (!this.wants(found)) return [];
    const { signature } = found.failure;
    this.shrunk.set(signature, (this.shrunk.get(signature) ?? 0) + 1);
    const essence = await essenceOf(this.system, found, this.options);
    const shape = shapeOf(essence.shrunk.plan);
    const ofSignature = this.groups.filter((one) => one.signature === signature);
    const within = ofSignature.find((one) => isWithin(one.shape, shape));
    const replaces = within === undefined ? ofSignature.filter((one) => isWithin(shape, one.shape)) : [within];
    const known = [...replaces].sort((one, other) => sizeOf(one) - sizeOf(other))[0];
    const isSmaller = known === undefined || planSize(essence.shrunk.plan) < sizeOf(known);
    const first = replaces[0]?.found ?? found;
    const group: FindingGroup = {
      signature,
      shape: within?.shape ?? shape,
      found: first,
      essence: foundIn(first, isSmaller ? essence : known.essence),
      count: replaces.reduce((sum, { count }) => sum + count, 1),
    };
    const place = replaces[0] === undefined ? this.groups.length : this.groups.indexOf(replaces[0]);
    this.groups = this.groups.toSpliced(place, 0, group).filter((one) => !replaces.includes(one));
    const changes: GroupChange[] = [{ group, replaces }];
    for (const { plan, failure } of essence.shrunk.others)
      if (!this.shrunk.has(failure.signature)) changes.push(...(await this.add({ ...found, plan, failure })));
    return changes;
  }
}

/** A group's finding goes by the seed that showed it first, from whichever its smallest plan was shrunk: its file is named by it. */
const foundIn = ({ seed }: RawFinding, essence: Essence): Essence => ({
  ...essence,
  finding: { ...essence.finding, seed },
});

const sizeOf = ({ essence }: FindingGroup): number => planSize(essence.shrunk.plan);
