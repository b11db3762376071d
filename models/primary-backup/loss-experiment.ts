/**
 * One failure of a primary under laboratory conditions, to set measured loss against theory (shared/PROTOCOLS.md §7): writes
 * reach the primary at given moments, each backup is behind by a given lag, and at a given moment the primary's machine is
 * gone, together with whatever it had sent and was still on its way; or it is only cut off from everybody but its clients.
 *
 * The plans are built here and not generated: this is an experiment on the real model, and no search for bugs. What is
 * counted as lost is what the system's own property, loss.ts, counts.
 */
import * as fc from 'fast-check';
import {
  judge,
  simulate,
  system,
  type Fate,
  type Fault,
  type Plan,
  type System,
  type Verdict,
} from '../../framework/index.js';
import { ASYNCHRONOUS, SEMI_SYNCHRONOUS, type Configuration } from './configuration.js';
import type { Inspection } from './evidence.js';
import { lossOnlyWhileDegraded, lossWithinLag } from './loss.js';
import type { Message, Operation } from './messages.js';
import { ASYNCHRONOUS_MUTANTS } from './mutants.js';
import { ASYNCHRONOUS_RULES, SEMI_SYNCHRONOUS_RULES, type Rules } from './rules.js';
import { primaryBackupCluster } from './system.js';

/** Every message but those from the primary to a backup: a switch away. */
export const NEAR_MICROS = 50;
const PRIMARY = 'p1';
/** Enough that one that waits is seldom the one whose turn it is. */
const CLIENTS = 16;
/** Longer than any run: a timer that is not to fire. */
const NEVER_MICROS = 1_000_000_000;
/** With shipping at once: how often a primary lets itself be heard of, and repeats what is not acknowledged yet. */
export const WORD_MICROS = 25_000;
/** From the crash to the promotion, and some more. */
export const FAILOVER_MICROS = 100_000;
const SETTLE_MICROS = 60_000;

export type Shipping = { readonly kind: 'at-once' } | { readonly kind: 'every'; readonly micros: number };

/** When a primary asks for its lease, and for how long it has one: the monitor has given it up a little later. */
export const BEAT_MICROS = 15_000;
export const LEASE_MICROS = 40_000;

export interface LossSetting {
  readonly backups: number;
  readonly shipping: Shipping;
  /** Default: asynchronous. A semi-synchronous primary acknowledges alone when it has waited so long for a backup. */
  readonly semiSynchronous?: { readonly degradeMicros: number };
}

/** The system with so many backups, such shipping, and such acknowledgement. */
export function lossExperiment({ backups, shipping, semiSynchronous }: LossSetting): System {
  const replicas = Array.from({ length: backups + 1 }, (_, index) => `p${index + 1}`);
  const configuration: Configuration = {
    ...(semiSynchronous === undefined ? ASYNCHRONOUS : { ...SEMI_SYNCHRONOUS, ...semiSynchronous }),
    replicas,
    beatMicros: BEAT_MICROS,
    leaseMicros: LEASE_MICROS,
    suspectMicros: 50_000,
    shipsAtOnce: shipping.kind === 'at-once',
    shipMicros: shipping.kind === 'every' ? shipping.micros : WORD_MICROS,
    joinRetryMicros: NEVER_MICROS,
  };
  return system<Message, Operation, Rules, Inspection>({
    name: 'primary-backup-loss',
    title: 'Primary-backup replication in the loss experiment',
    rules: semiSynchronous === undefined ? ASYNCHRONOUS_RULES : SEMI_SYNCHRONOUS_RULES,
    cluster: (rules) => primaryBackupCluster(configuration, rules),
    workload: {
      clients: CLIENTS,
      operation: fc.constant({ kind: 'get', key: 'x' }),
      operationsMax: 1,
      finalReads: () => [{ kind: 'get', key: 'x' }],
    },
    phases: { faultsMicros: FAILOVER_MICROS, settleMicros: SETTLE_MICROS },
    tolerates: {
      dropPerMillionMax: 0,
      duplicatePerMillionMax: 0,
      delay: { minMicros: NEAR_MICROS, maxMicros: NEAR_MICROS },
      diskSync: { minMicros: 0, maxMicros: 0 },
    },
    properties: [lossOf(semiSynchronous !== undefined)],
    mutants: {
      'PBA-07': { ...ASYNCHRONOUS_MUTANTS['PBA-07'], caughtBy: lossOf(semiSynchronous !== undefined).name },
      unfenced: {
        breaks: 'A primary goes on acknowledging when its lease has run out.',
        overrides: { mayAct: () => true },
        caughtBy: lossOf(semiSynchronous !== undefined).name,
      },
    },
  });
}

const lossOf = (isSemiSynchronous: boolean) => (isSemiSynchronous ? lossOnlyWhileDegraded : lossWithinLag);

export interface Crash {
  readonly seed: string;
  /** When writes reach the primary, in rising order. Disks are instant here: that is when they are acknowledged. */
  readonly writesAt: readonly number[];
  /** How long a message takes from the primary to each backup. */
  readonly lagsMicros: readonly number[];
  readonly crashAt: number;
  /** From when on the primary reaches no backup; default: from the crash on. */
  readonly cutAt?: number;
  /** Whether the machine goes on, cut off from the monitor too: then its clients still reach it. Default: it is gone. */
  readonly survives?: boolean;
  /** How many messages the primary may have sent to one backup by then, at most. */
  readonly messagesMax: number;
}

export interface Loss {
  readonly acknowledged: number;
  readonly lost: number;
  readonly verdict: Verdict;
}

/** Runs one crash and counts the acknowledged writes that the next primary does not have. */
export function loseByCrash(experiment: System, crash: Crash, mutant?: string): Loss {
  const judgement = judge(experiment, simulate(experiment, planOf(crash), { mutant }));
  const seen = judgement.results.find(({ result }) => result.seen['lost'] !== undefined)?.result.seen;
  return { acknowledged: seen?.acknowledged ?? 0, lost: seen?.lost ?? 0, verdict: judgement.verdict };
}

function planOf(crash: Crash): Plan {
  const { seed, writesAt, lagsMicros, crashAt, cutAt = crashAt, survives = false, messagesMax } = crash;
  const backups = lagsMicros.map((_, index) => `p${index + 2}`);
  const fates = lagsMicros.flatMap((lag, index): Fate[] =>
    Array.from({ length: messagesMax }, (_, nth) => ({
      from: PRIMARY,
      to: backups[index] ?? '',
      nth,
      delaysMicros: [lag],
    })),
  );
  const faults: Fault[] = [
    { kind: 'partition', at: cutAt, from: [PRIMARY], to: backups, direction: 'both', forMicros: null },
    survives
      ? { kind: 'partition', at: crashAt, from: [PRIMARY], to: ['monitor'], direction: 'both', forMicros: null }
      : { kind: 'crash', at: crashAt, node: PRIMARY, forMicros: null, unsyncedKeptPercent: 0 },
  ];
  return {
    seed,
    clients: CLIENTS,
    operations: writesAt.map((at, index) => ({
      at: at - NEAR_MICROS,
      client: index % CLIENTS,
      operation: { kind: 'put', key: 'x', value: index + 1 },
    })),
    faults,
    network: {
      delay: { kind: 'uniform', minMicros: NEAR_MICROS, maxMicros: NEAR_MICROS },
      dropPerMillion: 0,
      duplicatePerMillion: 0,
    },
    fates,
    diskSync: { kind: 'uniform', minMicros: 0, maxMicros: 0 },
    healAt: crashAt + FAILOVER_MICROS,
    // Time enough for the old primary to be heard, and to rewind.
    settleMicros: SETTLE_MICROS + 2 * Math.max(...lagsMicros),
    limits: { stepsMax: 100_000, timeMicrosMax: 60_000_000, queueMax: 10_000 },
  };
}
