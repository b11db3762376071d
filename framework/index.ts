/** faultline's public door. What is not exported here is not public. */

// A protocol and the system around it
export { protocol, client } from './world/protocol.js';
export type {
  AnyMessage,
  ClientContext,
  ClientDefinition,
  ClientRole,
  Context,
  NodeId,
  ProtocolDefinition,
  Role,
} from './world/protocol.js';
export type { Disk } from './world/disk.js';
export { system, stateInvariant, inspection } from './simulation/system.js';
export type {
  Cluster,
  InvariantCheck,
  Mutant,
  Observed,
  Property,
  System,
  SystemDefinition,
} from './simulation/system.js';

// Plans
export type { Fault, FaultKind } from './faults/fault.js';
export type { Limits, Plan, PlannedOperation } from './plan/plan.js';
export type { Phases, Tolerance, Workload } from './plan/workload.js';
export { planArbitrary, planGenerator } from './plan/arbitrary.js';
export type { Delay, Fate, NetworkConditions } from './world/network.js';

// Runs
export { simulate } from './simulation/simulate.js';
export type { Outcome, Run, SimulateOptions } from './simulation/simulate.js';
export { judge } from './simulation/judge.js';
export type { Failure, Judgement } from './simulation/judge.js';
export type { TraceEvent } from './simulation/trace.js';
export type { Execution, Tally } from './world/world.js';

// Histories
export type { AnyOperation, Entry, History } from './history/entry.js';

// Checkers
export type { Spec } from './checkers/spec.js';
export { mergeVerdicts } from './checkers/verdict.js';
export type { CheckResult, Seen, Verdict, Violation } from './checkers/verdict.js';

// Building blocks
export { randomStream } from './kernel/random.js';
export type { Random } from './kernel/random.js';
export { MILLISECOND, SECOND, formatTime } from './kernel/time.js';
export type { Time } from './kernel/time.js';
