/**
 * A finding with all that happened in its run, as plain JSON: what the explorer shows. The run goes through immer, so that
 * the state of every node can be had at every step; and beside it stand the runs without one part of the plan each.
 */
import {
  pointOfNoReturn,
  outcomeOf,
  plansWithout,
  type PointOfNoReturn,
  type WithoutIt,
} from '../explore/counterfactuals.js';
import { misfitOf, type Finding } from '../explore/finding.js';
import { describeFault, nodesOf } from '../faults/fault.js';
import type { Entry } from '../history/entry.js';
import type { Plan } from '../plan/plan.js';
import { planSize } from '../plan/size.js';
import { describeFate, describeNetwork, describePoint, operationWords } from '../report/describe.js';
import { nodeOrder } from '../report/node-order.js';
import { judge, type Judgement } from '../simulation/judge.js';
import { simulate, type Run } from '../simulation/simulate.js';
import type { System } from '../simulation/system.js';
import type { NodeId } from '../world/protocol.js';
import { recordEvents, type RecordedEvent } from './events.js';
import { linearizationOf, type Linearization } from './linearization.js';

/** A run as it was recorded. Entries of the history and events of the trace meet in their process and time. */
export interface RecordedRun {
  readonly digest: string;
  readonly steps: number;
  readonly endedAtMicros: number;
  readonly events: readonly RecordedEvent[];
  /** Undefined if all events are there; else the last step of which they are. */
  readonly cutAfterStep?: number | undefined;
  readonly history: readonly Entry[];
  /** The index in `history` of the first probe, of the first final read, and of the first inspection. */
  readonly probesFrom: number;
  readonly finalReadsFrom: number;
  readonly inspectionsFrom: number;
  readonly verdict: Judgement['verdict'];
  /** Why it is unknown, if it is. */
  readonly reason?: string | undefined;
  readonly failure?: RecordedFailure | undefined;
}

export interface RecordedFailure {
  readonly promise: string;
  readonly signature: string;
  readonly explanation: string;
  /** Indices into the run's history of the invocations that show it, the culprit last. */
  readonly operations: readonly number[];
  /** The step that broke an invariant or threw, if that is how it failed. */
  readonly step?: number | undefined;
  readonly linearization?: Linearization | undefined;
}

/** Something that the plan lists, in words, and what becomes of the run without it. */
export interface PlanPart {
  readonly kind: 'operation' | 'fault' | 'fate' | 'point';
  /** Its place among those of its kind. */
  readonly place: number;
  readonly words: string;
  readonly nodes: readonly NodeId[];
  /** When it begins, in microseconds, where the plan says that. */
  readonly at?: number | undefined;
  readonly without?: WithoutPart | undefined;
}

export interface WithoutPart {
  readonly outcome: WithoutIt;
  /** The first step in which the run without it is another; absent if only its end is. */
  readonly differsAtStep?: number | undefined;
  /** Absent where it would have made the recording too large. */
  readonly run?: RecordedRun | undefined;
}

export interface Recording {
  readonly faultline: 'recording';
  readonly version: 1;
  readonly system: string;
  readonly title: string;
  readonly mutant: string | null;
  /** What the mutant breaks, in a sentence. */
  readonly breaks?: string | undefined;
  readonly seed: string;
  readonly signature: string;
  /** Whether the run fails as the finding says, and by the same steps. */
  readonly replayed: 'reproduced' | 'digest-changed' | 'not-reproduced';
  readonly replayCommand?: string | undefined;
  /** Clients, then servers as the cluster declares them. */
  readonly nodes: readonly { readonly name: NodeId; readonly isClient: boolean }[];
  /** As it ran: symbolic targets are the nodes that they were. */
  readonly plan: Plan;
  readonly parts: readonly PlanPart[];
  /** What the network does to all messages, in words. */
  readonly network: string;
  readonly pointOfNoReturn?: PointOfNoReturn | undefined;
  readonly run: RecordedRun;
}

export interface RecordingOptions {
  /** The command that replays the finding. */
  readonly replayCommand?: string | undefined;
  /** Judge by these properties only. Default: all of the system's. */
  readonly properties?: readonly string[] | undefined;
  /** How many steps the runs without one part may have in all, to be recorded too. Default: 20,000; 0: none is run. */
  readonly otherStepsMax?: number;
}

/** A larger plan was not shrunk: what would be without each part of it is not worth as many runs. */
const EXPLAINED_SIZE_MAX = 40;
const OTHER_STEPS_MAX = 20_000;

/** Runs `finding` again and records it. Throws a `RangeError` if its plan does not fit `system`. */
export function recordingOf(system: System, finding: Finding, options: RecordingOptions = {}): Recording {
  const misfit = misfitOf(system, finding);
  if (misfit !== undefined) throw new RangeError(misfit);
  const { plan, signature } = finding;
  const mutant = finding.mutant ?? undefined;
  const { properties, otherStepsMax = OTHER_STEPS_MAX } = options;
  const run = simulate(system, plan, { mutant, execution: 'immer', trace: true, trail: true });
  const judgement = judge(system, run, properties);
  const isSame = judgement.failures.some((failure) => failure.signature === signature);
  const isExplained = isSame && planSize(plan) <= EXPLAINED_SIZE_MAX;
  return {
    faultline: 'recording',
    version: 1,
    system: system.name,
    title: system.title,
    mutant: finding.mutant,
    breaks: mutant === undefined ? undefined : system.mutants[mutant]?.breaks,
    seed: finding.seed,
    signature,
    replayed: !isSame ? 'not-reproduced' : run.digest === finding.digest ? 'reproduced' : 'digest-changed',
    replayCommand: options.replayCommand,
    nodes: nodeOrder(run).map((name) => ({ name, isClient: !run.servers.includes(name) })),
    plan: run.plan,
    parts: partsOf(
      run,
      isExplained && otherStepsMax > 0 ? runsWithout(system, finding, { run, properties, otherStepsMax }) : [],
    ),
    network: describeNetwork(plan),
    pointOfNoReturn:
      finding.pointOfNoReturn ??
      (isExplained ? pointOfNoReturn({ system, plan, signature, mutant, properties }) : undefined),
    run: recordRun(run, judgement, signature),
  };
}

/** `signature`: the failure to show, if it is among those of the run; else the one that weighs most. */
function recordRun(run: Run, judgement: Judgement, signature: string): RecordedRun {
  const { digest, steps, endedAtMicros, history, probesFrom, finalReadsFrom, inspectionsFrom, outcome } = run;
  const failure = judgement.failures.find((one) => one.signature === signature) ?? judgement.failure;
  return {
    digest,
    steps,
    endedAtMicros,
    ...recordEvents(run),
    history,
    probesFrom,
    finalReadsFrom,
    inspectionsFrom,
    verdict: judgement.verdict,
    reason: judgement.reason,
    failure: failure && {
      ...failure,
      step: 'where' in outcome ? outcome.where.step : undefined,
      linearization: linearizationOf(judgement, failure),
    },
  };
}

/** What became of the plan of `run` without each of its parts, in the order of `partsOf`. */
function runsWithout(
  system: System,
  { signature, mutant }: Finding,
  {
    run,
    properties,
    otherStepsMax,
  }: Pick<RecordingOptions, 'properties'> & { readonly run: Run; readonly otherStepsMax: number },
): WithoutPart[] {
  const { operations, faults, fates, points } = plansWithout(run.plan, run.trace ?? []);
  let stepsLeft = otherStepsMax;
  return [...operations, ...faults, ...fates, ...points].map((other) => {
    const options = { mutant: mutant ?? undefined, trail: true };
    const without = simulate(system, other, { ...options, execution: 'immer', trace: true });
    const judgement = judge(system, without, properties);
    stepsLeft -= without.steps;
    const differs = without.trail?.findIndex((step, place) => step !== run.trail?.[place]) ?? -1;
    return {
      outcome: outcomeOf(judgement, signature),
      differsAtStep: differs < 0 ? undefined : differs + 1,
      run: stepsLeft < 0 ? undefined : recordRun(without, judgement, signature),
    };
  });
}

/** Operations, faults, fates and points of the plan that was run. */
function partsOf({ plan }: Run, without: readonly WithoutPart[]): PlanPart[] {
  const parts = [
    ...plan.operations.map(({ at, client, operation }, place) => {
      const node = `c${client + 1}`;
      return { kind: 'operation' as const, place, words: `${node} ${operationWords(operation)}`, nodes: [node], at };
    }),
    ...plan.faults.map((fault, place) => {
      return { kind: 'fault' as const, place, words: describeFault(fault), nodes: nodesOf(fault), at: fault.at };
    }),
    ...plan.fates.map((fate, place) => {
      return { kind: 'fate' as const, place, words: describeFate(fate), nodes: [fate.from, fate.to] };
    }),
    ...(plan.points ?? []).map((point, place) => {
      const nodes = 'node' in point ? [point.node] : [];
      return { kind: 'point' as const, place, words: describePoint(point), nodes };
    }),
  ];
  return parts.map((part, index) => ({ ...part, without: without[index] }));
}
