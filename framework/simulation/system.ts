/**
 * A system: a protocol with all that is needed to try it. Its nodes and client, its workload, the faults it claims to
 * tolerate, the properties it claims to keep under them, and mutants, each with one rule broken on purpose.
 */
import type { CheckResult } from '../checkers/verdict.js';
import { FAULT_KINDS, faultType } from '../faults/fault.js';
import type { AnyOperation, History } from '../history/entry.js';
import { InvariantError } from '../kernel/invariant.js';
import type { Plan } from '../plan/plan.js';
import type { Phases, Tolerance, Workload } from '../plan/workload.js';
import type { AnyMessage, ClientRole, NodeId, Role } from '../world/protocol.js';
import type { Tally } from '../world/world.js';

/** Judges one step: the states of the live nodes of a role, and the node that just changed. Text names a breach. */
export type InvariantCheck<S> = (nodes: ReadonlyMap<NodeId, S>, changed: NodeId) => string | undefined;

/** A statement about the states of a role's nodes that must hold after every step. */
export interface StateInvariant {
  readonly name: string;
  readonly role: Role<unknown, AnyMessage>;
  /** Makes the check for one run. */
  readonly start: () => InvariantCheck<unknown>;
}

/**
 * `stateInvariant(server, 'update propagation', () => (servers, changed) => …)`. `start` is called once for each run, so
 * that a check may remember what it has seen. It must not change any state.
 */
export function stateInvariant<S, M extends AnyMessage>(
  role: Role<S, M>,
  name: string,
  start: () => InvariantCheck<S>,
): StateInvariant {
  return { name, role, start: start as () => InvariantCheck<unknown> };
}

/** What a node of a role holds at the end of a run, as plain data. */
export interface Inspection<I> {
  readonly role: Role<unknown, AnyMessage>;
  /** What is shown of a state. It must not change it. */
  readonly inspect: (state: unknown) => I;
}

/** `inspection(server, (state) => state.log)`: recorded for each node of the role after the final reads. */
export function inspection<S, M extends AnyMessage, I>(role: Role<S, M>, inspect: (state: S) => I): Inspection<I> {
  return { role, inspect: inspect as (state: unknown) => I };
}

/** A node that is found when a fault strikes: the present head, the primary, whoever acknowledged last. */
export interface Target {
  readonly role: Role<unknown, AnyMessage>;
  /** From the states of the role's nodes that are up; undefined if there is no such node now. */
  readonly find: (nodes: ReadonlyMap<NodeId, unknown>) => NodeId | undefined;
}

/**
 * `targets: { head: target(master, (nodes) => nodes.get('master')?.chain[0]) }`: faults may then name the node `@head`, and
 * so may what a system tolerates. Each strikes whom it is when it begins, and is recorded as that.
 */
export function target<S, M extends AnyMessage>(
  role: Role<S, M>,
  find: (nodes: ReadonlyMap<NodeId, S>) => NodeId | undefined,
): Target {
  return { role, find: find as Target['find'] };
}

/** What a node of a role is at the moment, in a few words that change seldom: for the trace, and whoever draws it. */
export interface RoleName {
  readonly role: Role<unknown, AnyMessage>;
  /** What a node in this state is, in a few words. */
  readonly describe: (state: unknown, node: NodeId) => string;
}

/**
 * `roleName(server, ({ term, leads }) => (leads ? `leader, term ${term}` : `follower, term ${term}`))`. Asked after each
 * step of a run whose trace is recorded, and of no other. It must not change the state.
 */
export function roleName<S, M extends AnyMessage>(
  role: Role<S, M>,
  describe: (state: S, node: NodeId) => string,
): RoleName {
  return { role, describe: describe as RoleName['describe'] };
}

/** A system's nodes and clients, made anew for each set of rules. */
export interface Cluster<M extends AnyMessage, O extends AnyOperation, I> {
  /** By name, in the order in which they boot. Clients are added by the framework as `c1`, `c2`, … */
  readonly nodes: Readonly<Record<NodeId, Role<unknown, M>>>;
  readonly client: ClientRole<M, O>;
  readonly invariants?: readonly StateInvariant[];
  readonly inspections?: readonly Inspection<I>[];
  /** What of a role's state matters to coverage. Default: its shape, worked out by itself. */
  readonly abstractions?: readonly Inspection<unknown>[];
  /** What nodes are at the moment: `tail`, `leader, term 3`. Default: nothing is known of it. */
  readonly roleNames?: readonly RoleName[];
  /** By name, the nodes that faults may name as `@name`. */
  readonly targets?: Readonly<Record<string, Target>>;
  /** True for links that deliver in order, without random loss or duplicates (TCP, in short). Default: none. */
  readonly fifo?: (from: NodeId, to: NodeId) => boolean;
  /**
   * How long a server is busy with a message, in whole microseconds: messages that take time wait for one another in the
   * order in which they arrive, and are acted on when they are done. Default: none takes any.
   */
  readonly service?: (node: NodeId, message: M) => number;
}

/** What a property judges: a finished run, seen from outside. */
export interface Observed<O extends AnyOperation, I> {
  /** What clients asked and were told, final reads included. */
  readonly history: History<O>;
  /** The index in `history` of the first probe: no fault touched what was asked from here on, so it proves little. */
  readonly probesFrom: number;
  /** The index in `history` of the first final read. */
  readonly finalReadsFrom: number;
  /** What each inspected node held at the end. */
  readonly replicas: ReadonlyMap<NodeId, I>;
  /** What happened in the run, by which a property tells that its fault was exercised. */
  readonly tally: Readonly<Tally>;
  readonly plan: Plan;
}

/** A promise that is judged when a run has ended. */
export interface Property<O extends AnyOperation, I> {
  /** A sentence: `tail reads are linearizable`. Part of the failure signature. */
  readonly name: string;
  /** The verdict on a run. Pure and synchronous; one that throws fails the run. */
  check(run: Observed<O, I>): CheckResult;
}

/** A system with some of its rules broken on purpose. */
export interface Mutant<Rules> {
  /** What is broken, in one sentence. */
  readonly breaks: string;
  readonly overrides: Partial<Rules>;
  /** The name of the property or invariant that must catch it. */
  readonly caughtBy: string;
  /** The number of operations and faults in the smallest known failing schedule. */
  readonly smallestSchedule?: number;
}

/** All that is needed to try a protocol: what `system` takes. */
export interface SystemDefinition<M extends AnyMessage, O extends AnyOperation, Rules extends object, I = never> {
  /** Lower-case words with hyphens: the name on the command line. */
  readonly name: string;
  /** One line: what the system is and promises. */
  readonly title: string;
  /** The protocol's rules, the correct ones. A mutant overrides some of them. Needed only where there are mutants. */
  readonly rules?: Rules;
  /** If it can be built of fewer servers than usual: then shrinking tries that, and `cluster` is told how many. */
  readonly servers?: ServerCounts;
  /** Nodes and clients that go by `rules`; `servers` is undefined unless the system leaves a choice. */
  cluster(rules: Rules, servers: number | undefined): Cluster<M, O, I>;
  readonly workload: Workload<O>;
  /** Default: 100 ms of faults, and 100 ms to recover. */
  readonly phases?: Phases;
  /** What is left out is not tolerated; delays are then 0.2 to 5 ms, and syncs take 0.05 to 1 ms. */
  readonly tolerates: Partial<Tolerance>;
  readonly properties: readonly Property<O, I>[];
  readonly mutants?: Readonly<Record<string, Mutant<Rules>>>;
}

/** How many servers a system usually has, and the fewest of which it makes sense. */
export interface ServerCounts {
  readonly usual: number;
  readonly fewest: number;
}

const DEFAULT_PHASES: Phases = { faultsMicros: 100_000, settleMicros: 100_000 };

const DEFAULT_TOLERANCE: Tolerance = {
  dropPerMillionMax: 0,
  duplicatePerMillionMax: 0,
  delay: { minMicros: 200, maxMicros: 5_000 },
  diskSync: { minMicros: 50, maxMicros: 1_000 },
};

/** A system with its types erased, as campaigns and the command line handle it. */
export interface System {
  readonly name: string;
  readonly title: string;
  /**
   * The cluster of the correct system, or of the mutant so called; of so many servers, if the system leaves a choice. Throws
   * for an unknown mutant, and for a number of servers that the system does not come in.
   */
  cluster(mutant: string | undefined, servers?: number): Cluster<AnyMessage, AnyOperation, unknown>;
  readonly servers: ServerCounts | undefined;
  readonly workload: Workload<AnyOperation>;
  readonly phases: Phases;
  readonly tolerates: Tolerance;
  readonly properties: readonly Property<AnyOperation, unknown>[];
  readonly mutants: Readonly<Record<string, Mutant<unknown>>>;
}

/** Makes a definition into a system. Everything is checked here, so that a mistake is reported before the first run. */
export function system<M extends AnyMessage, O extends AnyOperation, Rules extends object, I = never>(
  definition: SystemDefinition<M, O, Rules, I>,
): System {
  const { name, title, workload, properties } = definition;
  // Without rules there is nothing to override, and `cluster` asks for none.
  const rules = definition.rules ?? ({} as Rules);
  const phases = definition.phases ?? DEFAULT_PHASES;
  const tolerates = { ...DEFAULT_TOLERANCE, ...definition.tolerates };
  const mutants = definition.mutants ?? {};
  const counts = definition.servers;
  const cluster = (mutant: string | undefined, asked?: number) => {
    if (asked !== undefined && !(counts !== undefined && asked >= counts.fewest && asked <= counts.usual))
      throw new InvariantError(
        `system '${name}' does not come in ${asked} servers` +
          (counts === undefined ? '; it has no choice' : `; it has ${counts.fewest} to ${counts.usual}`),
      );
    const servers = asked ?? counts?.usual;
    if (mutant === undefined) return definition.cluster(rules, servers);
    const overrides = mutants[mutant]?.overrides;
    if (overrides === undefined) {
      const known = Object.keys(mutants).join(', ') || 'none';
      throw new InvariantError(`system '${name}' has no mutant '${mutant}'; its mutants: ${known}`);
    }
    return definition.cluster({ ...rules, ...overrides }, servers);
  };
  const correct = cluster(undefined);
  const nodes = Object.keys(correct.nodes);
  const targets = Object.keys(correct.targets ?? {}).map((one) => `@${one}`);
  const promises = [...properties, ...(correct.invariants ?? [])].map((one) => one.name);
  const problems = [
    ...nameProblems(name, nodes),
    ...toleranceProblems(tolerates, [...nodes, ...targets]),
    ...workloadProblems(workload, phases),
    ...serverProblems(counts),
    ...mutantProblems({ mutants, rules: Object.keys(rules), promises }),
  ];
  if (problems.length > 0) throw new InvariantError(`system '${name}' is malformed: ${problems.join('; ')}`);
  const erased: unknown = { name, title, cluster, servers: counts, workload, phases, tolerates, properties, mutants };
  return erased as System;
}

function nameProblems(system: string, nodes: readonly NodeId[]): string[] {
  const problems = nodes.length === 0 ? ['it has no nodes'] : [];
  if (!/^[a-z][a-z0-9-]*$/.test(system))
    problems.push('its name must be lower-case words with hyphens, for the command line');
  for (const name of nodes) {
    if (/^c\d+$/.test(name)) problems.push(`node '${name}': names like c1 are the clients'`);
    if (!/^[a-z][\w-]*$/i.test(name))
      problems.push(`node '${name}': a name starts with a letter (integers lose their order)`);
  }
  return problems;
}

function toleranceProblems(tolerates: Tolerance, nodes: readonly NodeId[]): string[] {
  const { dropPerMillionMax, duplicatePerMillionMax, delay, diskSync } = tolerates;
  const known = [...FAULT_KINDS, 'maybe', ...Object.keys(DEFAULT_TOLERANCE)];
  const problems = Object.keys(tolerates)
    .filter((key) => !known.includes(key))
    .map((key) => `tolerates.${key} is unknown; known: ${known.join(', ')}`);
  for (const kind of FAULT_KINDS) {
    const tolerance = tolerates[kind];
    if (tolerance !== undefined) problems.push(...faultType(kind).problems(tolerance, nodes));
  }
  for (const [rate, value] of Object.entries({ dropPerMillionMax, duplicatePerMillionMax }))
    if (!(value >= 0 && value <= 1_000_000))
      problems.push(`tolerates.${rate} must be between 0 and 1,000,000, got ${value}`);
  for (const [range, { minMicros, maxMicros }] of Object.entries({ delay, diskSync }))
    if (!(
      Number.isSafeInteger(minMicros) &&
      Number.isSafeInteger(maxMicros) &&
      minMicros >= 0 &&
      minMicros <= maxMicros
    ))
      problems.push(
        `tolerates.${range} must be whole microseconds with 0 ≤ minMicros ≤ maxMicros, got ${minMicros} … ${maxMicros}`,
      );
  return problems;
}

function serverProblems(counts: ServerCounts | undefined): string[] {
  if (counts === undefined) return [];
  const { usual, fewest } = counts;
  const isRange = Number.isSafeInteger(usual) && Number.isSafeInteger(fewest) && fewest >= 1 && fewest <= usual;
  return isRange ? [] : [`servers must be whole numbers with 1 ≤ fewest ≤ usual, got ${fewest} … ${usual}`];
}

function workloadProblems<O extends AnyOperation>(workload: Workload<O>, phases: Phases): string[] {
  const positive: Readonly<Record<string, number>> = {
    'phases.faultsMicros': phases.faultsMicros,
    'phases.settleMicros': phases.settleMicros,
    'workload.clients': workload.clients,
    'workload.operationsMax': workload.operationsMax,
  };
  const problems: string[] = [];
  for (const [what, value] of Object.entries(positive))
    if (!Number.isSafeInteger(value) || value < 1)
      problems.push(`${what} must be a positive whole number, got ${value}`);
  // Types are not there for those who write JavaScript.
  const finalReads: unknown = Reflect.get(workload, 'finalReads');
  if (typeof finalReads !== 'function') problems.push('workload.finalReads must be a function that lists operations');
  return problems;
}

/** A misspelt rule would leave the mutant correct, a misspelt promise could never catch it. */
function mutantProblems<Rules>(system: {
  readonly mutants: Readonly<Record<string, Mutant<Rules>>>;
  readonly rules: readonly string[];
  readonly promises: readonly string[];
}): string[] {
  const problems: string[] = [];
  for (const [id, { overrides, caughtBy }] of Object.entries(system.mutants)) {
    for (const rule of Object.keys(overrides))
      if (!system.rules.includes(rule))
        problems.push(
          `mutant '${id}' overrides rule '${rule}', but the rules are ${system.rules.join(', ') || 'none'}`,
        );
    if (!system.promises.includes(caughtBy))
      problems.push(`mutant '${id}' is caught by '${caughtBy}', which is neither a property nor an invariant`);
  }
  return problems;
}
