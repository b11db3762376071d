/**
 * faultline's public door. What is not exported here is not public.
 *
 * @module faultline
 */

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
export { DiskError } from './world/disk.js';
export type { Disk } from './world/disk.js';
export type { FaultPoint, Firing } from './world/fault-points.js';
export { requestClient } from './world/request-client.js';
export type { Answer, RequestClientDefinition } from './world/request-client.js';
export { system, stateInvariant, inspection, target, roleName } from './simulation/system.js';
export type {
  Cluster,
  Inspection,
  InvariantCheck,
  Mutant,
  Observed,
  Property,
  StateInvariant,
  System,
  ServerCounts,
  SystemDefinition,
  Target,
  RoleName,
} from './simulation/system.js';

// Plans
export type { Fault, FaultKind, FaultTolerance } from './faults/fault.js';
export type { Limits, Plan, PlannedOperation } from './plan/plan.js';
export type { Phases, Tolerance, Workload } from './plan/workload.js';
export { planArbitrary, planGenerator } from './plan/arbitrary.js';
export { machineFaults, networkFaults } from './plan/ordinary-faults.js';
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
export { operationsOf } from './history/operations.js';
export type { OperationOutcome, RecordedOperation } from './history/operations.js';
export { findBreaches } from './history/well-formed.js';
export type { Breach } from './history/well-formed.js';
export { readJsonLines, writeJsonLines } from './history/jsonl.js';
export type { ReadHistory, ReadProblem } from './history/jsonl.js';
export { linearizationSvg } from './report/linearization-svg.js';
export type { LinearizationSvgOptions } from './report/linearization-svg.js';
export { linearizationPage } from './report/linearization-page.js';
export { partialOrders } from './checkers/linearizability/partial-orders.js';
export { readChangeEvents } from './history/change-events.js';
export type { ChangeEvent, ReadChangeEvents, Row } from './history/change-events.js';
export { readHistory } from './history/read-history.js';
export { readJepsen } from './history/jepsen.js';
export { readEdn, Keyword } from './history/edn.js';
export type { Edn, EdnForm, EdnProblem, ReadEdn } from './history/edn.js';
export { parseNotation } from './history/parse-notation.js';
export type { NotationOptions } from './history/parse-notation.js';
export { printNotation } from './history/print-notation.js';
export { describeOperation, printAnswer, printOperation } from './history/vocabulary.js';
export type { Vocabulary } from './history/vocabulary.js';

// Checkers
export type { Forgetting, Known, RegisterAccess, Spec } from './checkers/spec.js';
export { mergeVerdicts } from './checkers/verdict.js';
export type { CheckResult, Seen, Verdict, Violation } from './checkers/verdict.js';
export { checkLinearizability } from './checkers/linearizability.js';
export type { LinearizabilityOptions, LinearizabilityResult } from './checkers/linearizability.js';
export type { LinearizabilityMethod } from './checkers/linearizability/decision.js';
export type { LinearizabilityViolation } from './checkers/linearizability/explanation.js';
export { checkConsistency } from './checkers/consistency.js';
export type { ConsistencyModel } from './checkers/consistency.js';
export type { SessionGuarantee } from './checkers/consistency/session-order.js';
export { checkSequentialConsistency } from './checkers/sequential-consistency.js';
export type {
  SequentialConsistencyMethod,
  SequentialConsistencyOptions,
  SequentialConsistencyResult,
} from './checkers/sequential-consistency.js';
export { checkKAtomicity } from './checkers/k-atomicity.js';
export { checkStaleness, measureStaleness } from './checkers/staleness.js';
export type { Staleness, StalenessBounds, StaleRead } from './checkers/staleness.js';
export { checkDurability, measureDurability } from './checkers/durability.js';
export type { DurabilityRules, WriteFates } from './checkers/durability.js';
export type { LostWrite, WriteFate, WriteRules } from './checkers/write-fates.js';
export { checkStrongEventualConsistency } from './checkers/strong-eventual-consistency.js';
export type { ReplicaObservation } from './checkers/strong-eventual-consistency.js';
export { checkConvergence, checkConvergenceOf } from './checkers/convergence.js';
export type { ConvergenceOptions } from './checkers/convergence.js';
export { checkChanges, foldChanges } from './checkers/change-events.js';
export type { ChangeRules, FoldedChanges } from './checkers/change-events.js';
export { checkAnswered } from './checkers/answers.js';
export type { AnswerRules, HealedHistory } from './checkers/answers.js';
export { checkDelivery } from './checkers/delivery.js';
export type { DeliveryRules } from './checkers/delivery.js';
export { checkIsolation } from './checkers/isolation.js';
export type { IsolationLevel } from './checkers/isolation.js';
export type { MicroOperation, TransactionOperation } from './checkers/isolation/transactions.js';
export { checkPrefix } from './checkers/prefix.js';
export { checkGapless } from './checkers/gapless.js';
export type { GaplessOptions } from './checkers/gapless.js';
export { firstDifference } from './checkers/difference.js';
export { equal } from './checkers/equal.js';

// Campaigns and findings
export { Campaign } from './explore/campaign.js';
export type { StrategyName } from './explore/strategy.js';
export type { CampaignOptions, CampaignSummary, RawFinding, SeedResult } from './explore/campaign.js';
export type { PropertySummary } from './explore/totals.js';
export { shrink } from './explore/shrink.js';
export type { Shrunk, ShrinkOptions } from './explore/shrink.js';
export { makeFinding, parseFinding, replay } from './explore/finding.js';
export type { Finding, Replay } from './explore/finding.js';
export { verifyDeterminism } from './explore/verify.js';
export type { Divergence } from './explore/verify.js';
export { parsePlan } from './plan/schema.js';
export type { Parsed } from './plan/parse.js';
export { planSize } from './plan/size.js';

// Reports
export { failureReport } from './report/failure-report.js';
export { spaceTimeDiagram } from './report/space-time-diagram.js';
export { spaceTimeSvg } from './report/space-time-svg.js';
export type { SpaceTimeSvgOptions } from './report/space-time-svg.js';

// Building blocks
export { randomStream } from './kernel/random.js';
export type { Random } from './kernel/random.js';
export { MILLISECOND, SECOND, formatTime } from './kernel/time.js';
export type { Time } from './kernel/time.js';
