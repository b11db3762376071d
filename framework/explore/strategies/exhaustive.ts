/**
 * Bounded exhaustive search over fault placements: a small workload without faults shows at which moments anything happens;
 * then each fault that the system tolerates is tried at each of these, alone (every place to crash one node), and where two
 * faults are allowed every two of them together. When all have been tried, the next workload follows.
 *
 * Exhaustive are the moments, and the nodes of faults of one node. How long a fault lasts and what else there is to it is
 * drawn, twice for each node; groups of nodes are drawn too.
 */
import * as fc from 'fast-check';
import { FAULT_KINDS, faultType, nodesOf, type Fault } from '../../faults/fault.js';
import { hashString } from '../../kernel/hash.js';
import { planGenerator } from '../../plan/arbitrary.js';
import { clientNames, withinLimits } from '../../plan/fault-arbitraries.js';
import type { Plan } from '../../plan/plan.js';
import type { System } from '../../simulation/system.js';
import type { Search, SearchOptions } from '../strategy.js';

/** The first workload has so many operations, each following one more, up to the most. */
const OPERATIONS_MIN = 2;
const OPERATIONS_MAX = 6;
/** Operations of one workload begin at most this far apart. */
const GAP_MAX_MICROS = 8_000;
/** Faults are tried up to so long after the last operation has begun. */
const AFTERMATH_MICROS = 20_000;
/** Faults of each kind that are drawn, and how many of them may befall the same node. */
const DRAWN = 48;
const OF_SAME_NODE = 2;
/** Of the many choices of several nodes, so many are tried. */
const GROUPS_OF_NODES = 8;

export class Exhaustive implements Search {
  private readonly system: System;
  private readonly options: SearchOptions;
  private readonly generate: (seed: string) => Plan;
  private readonly faultsMax: number;
  private workloads = 0;
  private placements: Iterator<Plan> | undefined;

  constructor(system: System, options: SearchOptions) {
    this.system = system;
    this.options = options;
    this.generate = planGenerator(system, { ...options, mix: 'swarm' });
    this.faultsMax = Math.min(2, options.faultsMax ?? 1);
  }

  next(seed: string): Plan {
    for (;;) {
      const next = this.placements?.next();
      if (next !== undefined && next.done !== true) return { ...next.value, seed };
      const base = this.smallWorkload(seed);
      this.placements = this.placementsIn(base);
      this.workloads++;
      // A system that tolerates no fault has workloads to try all the same.
      if (this.faultsFor(seed).length === 0) return base;
    }
  }

  /** The first operations of the plan of `seed`, close together, on a calm network and without faults. */
  private smallWorkload(seed: string): Plan {
    const plan = this.generate(seed);
    const count = OPERATIONS_MIN + (this.workloads % (OPERATIONS_MAX - OPERATIONS_MIN + 1));
    const operations: Plan['operations'][number][] = [];
    let [at, before] = [0, 0];
    for (const one of plan.operations.slice(0, count)) {
      at += Math.min(one.at - before, GAP_MAX_MICROS);
      before = one.at;
      operations.push({ ...one, at });
    }
    const { minMicros } = plan.network.delay;
    return {
      ...plan,
      operations,
      faults: [],
      network: {
        delay: { kind: 'uniform', minMicros, maxMicros: minMicros },
        dropPerMillion: 0,
        duplicatePerMillion: 0,
      },
      points: undefined,
    };
  }

  private *placementsIn(base: Plan): Generator<Plan> {
    const moments = this.momentsOf(base);
    const kinds = this.faultsFor(base.seed);
    const singles = kinds.length * moments.length;
    const place = (number: number): Fault => ({
      ...(kinds[number % kinds.length] as Fault),
      at: moments[Math.floor(number / kinds.length)] as number,
    });
    for (let count = 0, step = strideFor(singles); count < singles; count++)
      yield { ...base, faults: [place((count * step) % singles)] };
    if (this.faultsMax < 2) return;
    const pairs = singles * singles;
    for (let count = 0, step = strideFor(pairs); count < pairs; count++) {
      const pair = (count * step) % pairs;
      const [one, other] = [Math.floor(pair / singles), pair % singles];
      if (one >= other) continue;
      const faults = [place(one), place(other)].sort((first, second) => first.at - second.at);
      if (withinLimits(faults, this.system.tolerates).length === 2) yield { ...base, faults };
    }
  }

  /** When anything happens in a run of `base`, until a while after its last operation has begun. */
  private momentsOf(base: Plan): readonly number[] {
    const { trace = [] } = this.options.tryOut(base);
    const end = Math.min(base.healAt - 1, (base.operations.at(-1)?.at ?? 0) + AFTERMATH_MICROS);
    return [...new Set(trace.map(({ time }) => time))].filter((time) => time <= end);
  }

  /** Faults of all kinds that the system tolerates, at time 0: a few for each node, and for a few groups of nodes. */
  private faultsFor(seed: string): readonly Fault[] {
    const { tolerates, phases, workload } = this.system;
    const setting = { faultsMicros: phases.faultsMicros, clients: clientNames(workload.clients) };
    return FAULT_KINDS.flatMap((kind) => {
      const tolerance = tolerates[kind];
      if (tolerance === undefined || tolerance.nodes.length === 0) return [];
      const drawn = fc.sample(fc.noBias(faultType(kind).arbitrary(tolerance, setting)), {
        seed: hashString(seed),
        numRuns: DRAWN,
      });
      const counts = new Map<string, number>();
      return drawn.flatMap((rest) => {
        const fault = { kind, at: 0, ...rest } as Fault;
        const nodes = nodesOf(fault).join(' ');
        const count = (counts.get(nodes) ?? 0) + 1;
        counts.set(nodes, count);
        const isEnough = 'node' in fault ? count > OF_SAME_NODE : count > 1 || counts.size > GROUPS_OF_NODES;
        return isEnough ? [] : withinLimits([fault], tolerates);
      });
    });
  }
}

/** A number without a common factor with `count`, about 0.618 of it: steps of it reach everything, far apart at first. */
function strideFor(count: number): number {
  const coprime = (one: number, other: number): boolean => (other === 0 ? one === 1 : coprime(other, one % other));
  let stride = Math.max(1, Math.floor(count * 0.618));
  while (!coprime(count, stride)) stride++;
  return stride;
}
