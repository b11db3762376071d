/**
 * The one loop: (system, plan) → run. Faults and workload together, then healing, then probes, then the final reads; a
 * broken invariant or a mistake in a handler ends the run where it happens, as a finding.
 */
import { beginFault, durationOf, FAULT_KINDS, isSymbolic, resolve, type Fault } from '../faults/fault.js';
import type { AnyOperation, Entry } from '../history/entry.js';
import { hashValue } from '../kernel/hash.js';
import { copyPlain } from '../kernel/plain-data.js';
import { formatTime, time } from '../kernel/time.js';
import type { Plan } from '../plan/plan.js';
import type { Firing } from '../world/fault-points.js';
import type { AnyMessage, NodeId } from '../world/protocol.js';
import { World, type Execution, type Tally, type WorldObserver } from '../world/world.js';
import { Clients } from './clients.js';
import { InvariantMonitor } from './invariant-monitor.js';
import { TraceRecorder } from './recorder.js';
import { RoleWatch } from './role-watch.js';
import type { Cluster, System } from './system.js';
import type { TraceEvent } from './trace.js';
import { withTripwires } from './tripwire.js';

/** How many settling periods the workload may take after healing before the probes begin without it. */
const SETTLE_PERIODS_MAX = 20;

/** How a run ended. Only a completed run can satisfy a property; the last two are findings in themselves. */
export type Outcome =
  | { readonly kind: 'completed' }
  | { readonly kind: 'limit'; readonly limit: 'steps' | 'time' | 'queue'; readonly reason: string }
  | { readonly kind: 'broken-invariant'; readonly invariant: string; readonly reason: string; readonly where: Where }
  | { readonly kind: 'model-error'; readonly reason: string; readonly stack: string; readonly where: Where };

/** The place of a finding: the step, its time and node, and what the node was doing. */
export interface Where {
  readonly step: number;
  readonly timeMicros: number;
  readonly node: NodeId | undefined;
  readonly doing: string;
}

/** What a run left behind. Equal digests: equal runs. */
export interface Run {
  readonly system: string;
  readonly mutant: string | undefined;
  readonly plan: Plan;
  /** The servers, in the order in which the cluster declares them. */
  readonly servers: readonly NodeId[];
  readonly outcome: Outcome;
  /** All entries: the workload's, the probes', the final reads' and the inspections of the nodes. */
  readonly history: readonly Entry[];
  /** The index in `history` of the first probe, of the first final read, and of the first inspection. */
  readonly probesFrom: number;
  readonly finalReadsFrom: number;
  readonly inspectionsFrom: number;
  readonly digest: string;
  readonly steps: number;
  readonly endedAtMicros: number;
  readonly tally: Readonly<Tally>;
  /** The fault points that fired, in order. */
  readonly firings: readonly Firing[];
  readonly trace: readonly TraceEvent[] | undefined;
  /** With `trail`: 32 bits of the digest after each step, to find the first step in which two runs differ. */
  readonly trail: readonly number[] | undefined;
}

/** What to run, how, and what to record of it. */
export interface SimulateOptions {
  readonly mutant?: string | undefined;
  readonly execution?: Execution;
  /** Record the trace. */
  readonly trace?: boolean;
  /** Record the digest after each step. */
  readonly trail?: boolean;
  /** After this step all faults end for good, and every message takes the usual time, whatever the plan says. */
  readonly faultsEndAfterStep?: number;
  /** Told of everything that happens; not together with `trace`. */
  readonly observer?: WorldObserver | undefined;
  /** The cluster to run, if the caller has made it already; it must be that of `mutant`, of the usual servers. */
  readonly cluster?: Cluster<AnyMessage, AnyOperation, unknown>;
}

/** Runs `plan` on `system`. Never throws for what a model does; throws for a plan that does not fit the system. */
export function simulate(system: System, plan: Plan, options: SimulateOptions = {}): Run {
  return withTripwires(() => new Simulation(system, plan, options).run());
}

class Simulation {
  private readonly system: System;
  private readonly plan: Plan;
  private readonly options: SimulateOptions;
  private readonly cluster: Cluster<AnyMessage, AnyOperation, unknown>;
  private readonly world: World;
  private readonly clients: Clients;
  private readonly recorder: TraceRecorder | undefined;
  private readonly trail: number[] | undefined;
  /** What ends each fault now in force. */
  private readonly inForce = new Map<Fault, () => void>();
  /** By place in the plan, the fault as it struck. */
  private readonly befallen: (Fault | undefined)[] = [];
  private probesFrom: number | undefined;
  private finalReadsFrom: number | undefined;
  private finished = false;
  private faultsOver = false;
  private deadline: number;

  constructor(system: System, plan: Plan, options: SimulateOptions) {
    this.system = system;
    this.plan = plan;
    this.options = options;
    this.cluster =
      plan.servers === undefined
        ? (options.cluster ?? system.cluster(options.mutant))
        : system.cluster(options.mutant, plan.servers);
    this.deadline = plan.limits.timeMicrosMax;
    this.recorder = options.trace === true ? new TraceRecorder() : undefined;
    this.trail = options.trail === true ? [] : undefined;
    const servers = Object.entries(this.cluster.nodes).map(([name, { behaviour }]) => ({
      name,
      behaviour,
      isClient: false,
    }));
    const clients = Array.from({ length: plan.clients }, (_, index) => ({
      name: `c${index + 1}`,
      behaviour: this.cluster.client.behaviour,
      isClient: true,
    }));
    this.world = new World({
      seed: plan.seed,
      nodes: [...servers, ...clients],
      fifo: this.cluster.fifo ?? (() => false),
      service: this.cluster.service,
      network: plan.network,
      fates: plan.fates,
      points: plan.points ?? [],
      diskSync: plan.diskSync,
      execution: options.execution ?? 'in-place',
      observer: this.recorder ?? options.observer,
      completed: (client, completion) => {
        this.clients.complete(client, completion);
      },
    });
    this.recorder?.attach(this.world);
    this.clients = new Clients({
      world: this.world,
      nodes: this.world.nodes.slice(servers.length),
      plan,
      observer: this.recorder,
    });
  }

  run(): Run {
    const ended = this.guard(() => this.loop());
    const inspectionsFrom = this.clients.history.length;
    const { world, clients } = this;
    const outcome = ended.kind === 'completed' ? this.guard(() => this.conclude()) : ended;
    this.recorder?.phase('end');
    return {
      system: this.system.name,
      mutant: this.options.mutant,
      plan: this.resolvedPlan,
      servers: Object.keys(this.cluster.nodes),
      outcome,
      history: clients.history,
      probesFrom: this.probesFrom ?? inspectionsFrom,
      finalReadsFrom: this.finalReadsFrom ?? inspectionsFrom,
      inspectionsFrom,
      digest: world.digest.hex(),
      steps: world.steps,
      endedAtMicros: world.now,
      tally: world.tally,
      firings: world.points.fired,
      trace: this.recorder?.events,
      trail: this.trail,
    };
  }

  /** The plan with each symbolic target replaced by whom it was, and without the faults that struck nobody. */
  private get resolvedPlan(): Plan {
    const { plan, befallen } = this;
    if (!plan.faults.some(isSymbolic)) return plan;
    const faults = plan.faults.flatMap((fault, place) => (isSymbolic(fault) ? (befallen[place] ?? []) : [fault]));
    return { ...plan, faults };
  }

  /** What the author's code throws is an outcome, with its place. */
  private guard(body: () => Outcome): Outcome {
    try {
      return body();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const stack = error instanceof Error ? (error.stack ?? '') : '';
      return { kind: 'model-error', reason, stack, where: this.where() };
    }
  }

  private loop(): Outcome {
    const { world, trail } = this;
    const { faultsEndAfterStep } = this.options;
    const { stepsMax, queueMax } = this.plan.limits;
    const invariants = this.cluster.invariants ?? [];
    const monitor = invariants.length > 0 ? new InvariantMonitor(world, this.cluster, invariants) : undefined;
    const roles = this.recorder === undefined ? undefined : new RoleWatch(world, this.cluster, this.recorder);
    world.boot();
    this.scheduleEverything();
    for (;;) {
      if (world.steps === faultsEndAfterStep && !this.faultsOver) this.endAllFaults();
      roles?.look();
      const broken = monitor?.check();
      if (broken !== undefined) return { kind: 'broken-invariant', ...broken, where: this.where() };
      if (this.finished || !world.step()) return { kind: 'completed' };
      trail?.push(world.digest.peek());
      if (world.steps >= stepsMax)
        return limit('steps', `${stepsMax} steps were not enough: a storm of messages or timers, or a plan too long`);
      if (world.queueLength > queueMax)
        return limit('queue', `more than ${queueMax} events were waiting at once: messages or timers pile up`);
      if (world.now > this.deadline)
        return limit('time', `the run was not over after ${formatTime(this.deadline)} of simulated time`);
    }
  }

  /** Inspections, and the digest of what every node holds. */
  private conclude(): Outcome {
    const { world } = this;
    this.inspect();
    for (const node of world.nodes) {
      if (!node.up) continue;
      world.touched = node;
      world.current = undefined;
      world.digestValue(node.state);
    }
    return { kind: 'completed' };
  }

  private scheduleEverything(): void {
    const { world, plan } = this;
    for (const [place, given] of plan.faults.entries())
      world.schedule(given.at, () => {
        if (given.at < plan.healAt && !this.faultsOver) this.beginFault(given, place);
      });
    world.schedule(plan.healAt, () => {
      this.heal();
    });
    this.clients.start();
  }

  private beginFault(given: Fault, place: number): void {
    const resolved = isSymbolic(given) ? resolve(given, (name) => this.findTarget(name)) : given;
    this.befallen[place] = resolved;
    if (resolved === undefined) return;
    // A copy: the same object may be listed twice.
    const fault = { ...resolved };
    this.recorder?.faultBegins(fault);
    this.inForce.set(fault, beginFault(this.world, fault));
    const duration = durationOf(fault);
    if (duration === null) return;
    this.world.schedule(fault.at + duration, () => {
      this.endFault(fault);
    });
  }

  /** The node that a symbolic target is now. */
  private findTarget(name: string): NodeId | undefined {
    const wanted = this.cluster.targets?.[name];
    if (wanted === undefined) return undefined;
    const states = new Map<NodeId, unknown>();
    for (const node of this.world.nodes)
      if (node.up && node.behaviour === wanted.role.behaviour) states.set(node.name, node.state);
    const found = wanted.find(states);
    return found !== undefined && this.cluster.nodes[found] !== undefined ? found : undefined;
  }

  private endFault(fault: Fault): void {
    const end = this.inForce.get(fault);
    if (end === undefined) return;
    this.inForce.delete(fault);
    this.recorder?.faultEnds(fault);
    end();
  }

  private heal(): void {
    const { world, plan } = this;
    this.recorder?.phase('heal');
    this.endFaultsInForce();
    world.schedule(plan.healAt + plan.settleMicros, () => {
      this.settle();
    });
  }

  private endFaultsInForce(): void {
    // Links first: what a restarting process sends is not to be lost to a fault that is ending too.
    this.world.calm(this.plan.network.delay);
    const ending = [...this.inForce.keys()].sort(
      (one, other) => FAULT_KINDS.indexOf(other.kind) - FAULT_KINDS.indexOf(one.kind),
    );
    for (const fault of ending) this.endFault(fault);
  }

  private endAllFaults(): void {
    this.faultsOver = true;
    this.endFaultsInForce();
    this.world.forgetPlannedFates();
  }

  /** Probes begin once every operation of the workload is over; the time limit bounds the wait. */
  private settle(): void {
    const { world, plan, clients } = this;
    // An operation that is never completed must not keep the run for ever: it is reported when the run is judged.
    const patience = plan.healAt + SETTLE_PERIODS_MAX * plan.settleMicros;
    if (!clients.idle && world.now < patience) {
      world.schedule(world.now + Math.ceil(plan.settleMicros / 4), () => {
        this.settle();
      });
      return;
    }
    this.probesFrom = clients.history.length;
    const { workload } = this.system;
    const probes = workload.probes?.(this.asked).map((probe, index) => {
      return workload.number?.(probe, workload.operationsMax + 1 + index) ?? probe;
    });
    if (probes === undefined) {
      this.beginFinalReads();
      return;
    }
    this.recorder?.phase('probes');
    clients.ask(probes);
    // The probes get as long as healing got: to be answered, and to spread to every replica.
    world.schedule(world.now + plan.settleMicros, () => {
      this.beginFinalReads();
    });
  }

  private beginFinalReads(): void {
    const { world, plan, clients } = this;
    this.finalReadsFrom = clients.history.length;
    this.recorder?.phase('final reads');
    clients.ask(this.system.workload.finalReads(this.asked));
    this.awaitFinalReads(world.now + plan.settleMicros);
  }

  private get asked(): readonly AnyOperation[] {
    return this.plan.operations.map(({ operation }) => operation);
  }

  private awaitFinalReads(deadline: number): void {
    const { world, plan, clients } = this;
    if (clients.idle || world.now >= deadline) {
      this.finished = true;
      return;
    }
    world.schedule(world.now + Math.ceil(plan.settleMicros / 16), () => {
      this.awaitFinalReads(deadline);
    });
  }

  /** What each node holds enters the history as an `inspect` operation, so that the history alone can be judged. */
  private inspect(): void {
    const { world, clients } = this;
    const at = time(world.now);
    const process = clients.unusedProcess;
    for (const { role, inspect } of this.cluster.inspections ?? [])
      for (const node of world.nodes) {
        if (node.behaviour !== role.behaviour || !node.up) continue;
        world.touched = node;
        world.current = undefined;
        const operation = { kind: 'inspect', node: node.name };
        const result = copyPlain(inspect(node.state));
        clients.history.push({ type: 'invoke', process, time: at, operation });
        clients.history.push({ type: 'ok', process, time: at, result });
        world.digest.add(hashValue(result));
      }
  }

  private where(): Where {
    const { world } = this;
    const event = world.current;
    const at = { step: world.steps, timeMicros: world.now, node: world.touched?.name };
    if (event === undefined) return { ...at, doing: this.finished ? 'being inspected' : 'starting up' };
    switch (event.kind) {
      case 'deliver':
        return { ...at, doing: `handling ${event.message?.kind ?? 'a message'} from ${event.from?.name ?? 'nobody'}` };
      case 'timer':
        return { ...at, doing: `handling timer ${event.timer}` };
      case 'synced':
        return { ...at, doing: `handling the end of disk sync ${event.timer}` };
      case 'control':
        return { ...at, doing: world.touched === undefined ? 'at a fault' : 'starting an operation or a process' };
    }
  }
}

const limit = (which: 'steps' | 'time' | 'queue', reason: string): Outcome => ({ kind: 'limit', limit: which, reason });
