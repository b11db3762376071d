/** fast-check arbitraries that make plans from what a system says of its workload and the faults it tolerates. */
import * as fc from 'fast-check';
import type { AnyOperation } from '../history/entry.js';
import { hashString } from '../kernel/hash.js';
import { normaliseSeed } from '../kernel/random.js';
import type { FaultPoint } from '../world/fault-points.js';
import type { Delay, NetworkConditions } from '../world/network.js';
import { faultsArbitrary, type FaultMix } from './fault-arbitraries.js';
import type { Limits, Plan } from './plan.js';
import type { Phases, Tolerance, Workload } from './workload.js';

/** The part of a system that plans are made from. */
export interface PlanSource {
  readonly workload: Workload<AnyOperation>;
  readonly phases: Phases;
  readonly tolerates: Tolerance;
}

/** The most faults in a plan, unless somebody asks for more. */
export const DEFAULT_FAULTS_MAX = 5;

export interface PlanOptions {
  /** The most faults in a plan. Default 5. */
  readonly faultsMax?: number;
  readonly limits?: Partial<Limits>;
  /** How the kinds of fault of a plan are chosen. Default: swarm. */
  readonly mix?: FaultMix;
}

const DEFAULT_LIMITS: Limits = { stepsMax: 100_000, timeMicrosMax: 60_000_000, queueMax: 10_000 };

/** Plans of `source` with the given seed. One arbitrary serves many seeds: see `generatePlan`. */
export function planArbitrary(source: PlanSource, seed: string, options: PlanOptions = {}): fc.Arbitrary<Plan> {
  return bodyArbitrary(source, options).map((body) => ({ seed, ...body }));
}

type PlanBody = Omit<Plan, 'seed'>;

function bodyArbitrary(source: PlanSource, options: PlanOptions): fc.Arbitrary<PlanBody> {
  const { workload, phases, tolerates } = source;
  const planned = fc.record({
    at: fc.integer({ min: 0, max: phases.faultsMicros - 1 }),
    client: fc.integer({ min: 0, max: workload.clients - 1 }),
    operation: workload.operation,
  });
  return fc.record({
    clients: fc.constant(workload.clients),
    operations: fc
      .array(planned, { minLength: 1, maxLength: workload.operationsMax, size: 'max' })
      .map((all) =>
        all
          .sort((one, other) => one.at - other.at)
          .map((one, index) => ({ ...one, operation: workload.number?.(one.operation, index + 1) ?? one.operation })),
      ),
    faults: faultsArbitrary({
      tolerates,
      phases,
      clients: workload.clients,
      max: options.faultsMax ?? DEFAULT_FAULTS_MAX,
      mix: options.mix ?? 'swarm',
    }),
    network: networkArbitrary(tolerates),
    ...(tolerates.maybe === undefined ? {} : { points: pointsArbitrary(tolerates.maybe) }),
    fates: fc.constant([]),
    diskSync: fc.constant<Delay>({ kind: 'uniform', ...tolerates.diskSync }),
    healAt: fc.constant(phases.faultsMicros),
    settleMicros: fc.constant(phases.settleMicros),
    limits: fc.constant({ ...DEFAULT_LIMITS, ...options.limits }),
  });
}

/** A quarter of the fault points is on in a run, as in FoundationDB; those fire rarely, often or always. */
function pointsArbitrary(names: readonly string[]): fc.Arbitrary<readonly FaultPoint[]> {
  return fc
    .tuple(
      ...names.map((point) =>
        fc
          .option(fc.constantFrom(10_000, 250_000, 1_000_000), { freq: 3 })
          .map((perMillion) => ({ point, perMillion })),
      ),
    )
    .map((all) => all.flatMap(({ point, perMillion }) => (perMillion === null ? [] : [{ point, perMillion }])));
}

/** Calm and stormy networks: half of the plans drop nothing, half duplicate nothing, delays are short or spread. */
function networkArbitrary({
  delay,
  dropPerMillionMax,
  duplicatePerMillionMax,
}: Tolerance): fc.Arbitrary<NetworkConditions> {
  const rate = (max: number) => fc.oneof(fc.constant(0), fc.integer({ min: 0, max }));
  const { minMicros, maxMicros } = delay;
  const scaleMicros = Math.max(1, Math.floor((maxMicros - minMicros) / 16));
  return fc.record({
    delay: fc.constantFrom<Delay>(
      { kind: 'uniform', minMicros, maxMicros: Math.min(maxMicros, minMicros + scaleMicros) },
      { kind: 'uniform', minMicros, maxMicros },
      { kind: 'long-tail', minMicros, scaleMicros, maxMicros },
    ),
    dropPerMillion: rate(dropPerMillionMax),
    duplicatePerMillion: rate(duplicatePerMillionMax),
  });
}

/** A plan could not be made: the workload, which is the author's code, threw. */
export class NoPlan extends Error {
  override readonly name = 'NoPlan';

  constructor(seed: string, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(`the workload made no plan for seed ${seed}: ${reason}`, { cause });
  }
}

/**
 * A function from seeds to plans, drawn evenly: fast-check's bias towards the ends of ranges is for values, and would start
 * one fault in twelve at the very beginning. The same seed gives the same plan, for one version of fast-check and of the
 * system. Throws `NoPlan` for what the workload throws.
 */
export function planGenerator(source: PlanSource, options: PlanOptions = {}): (seed: string | number) => Plan {
  const bodies = bodyArbitrary(source, options);
  return (given) => {
    const seed = normaliseSeed(given);
    try {
      const [body] = fc.sample(fc.noBias(bodies), { seed: hashString(seed), numRuns: 1 });
      if (body === undefined) throw new Error('fast-check made no sample');
      return { seed, ...body };
    } catch (error) {
      throw new NoPlan(seed, error);
    }
  };
}
