/**
 * How long a write takes, without faults and with nothing else to do: down a chain, from the client to the tail and back; or to
 * the primary, its backups side by side, and back.
 */
import type { AnyOperation, System } from '../../framework/index.js';
import { chainSystem } from '../../models/chain/index.js';
import { craqSystem } from '../../models/craq/index.js';
import {
  ASYNCHRONOUS,
  ASYNCHRONOUS_RULES,
  primaryBackupCluster,
  SYNCHRONOUS,
  SYNCHRONOUS_RULES,
} from '../../models/primary-backup/index.js';
import type { Claim } from './claim.js';
import { answered, experiment, measure, replicasOf } from './laboratory.js';

const HOPS_MICROS = [100, 500, 1_000];
const SERVERS = [2, 3, 4, 5];
const WRITES = 20;
/** Between two writes, and before the first: everybody knows everybody by then. */
const PAUSE_MICROS = 10_000;

interface Contestant {
  readonly name: string;
  readonly system: (servers: number) => System;
  /** Message delays from the request to the answer. */
  readonly delays: (servers: number) => number;
  readonly why: string;
}

const CONTESTANTS: readonly Contestant[] = [
  {
    name: 'chain replication',
    system: (servers) => experiment(chainSystem({ servers }).cluster(undefined)),
    delays: (servers) => servers + 1,
    why: 't + 1',
  },
  {
    name: 'CRAQ',
    system: (servers) => experiment(craqSystem({ servers }).cluster(undefined)),
    delays: (servers) => servers + 1,
    why: 't + 1',
  },
  {
    name: 'primary-backup, synchronous',
    system: (servers) =>
      experiment(primaryBackupCluster({ ...SYNCHRONOUS, replicas: replicasOf(servers) }, SYNCHRONOUS_RULES)),
    delays: () => 4,
    why: '4',
  },
  {
    name: 'primary-backup, asynchronous',
    system: (servers) =>
      experiment(primaryBackupCluster({ ...ASYNCHRONOUS, replicas: replicasOf(servers) }, ASYNCHRONOUS_RULES)),
    delays: () => 2,
    why: '2',
  },
];

/** The median, in microseconds. */
function latency(system: System, hopMicros: number): number {
  const writes = Array.from({ length: WRITES }, (_, index) => ({
    operation: { kind: 'put', key: 'x', value: index } as AnyOperation,
    at: (index + 1) * PAUSE_MICROS,
  }));
  const run = measure(system, { seed: 'write latency', hopMicros, asks: [writes] });
  const taken = answered(run)
    .map(({ invokedAt, returnedAt }) => returnedAt - invokedAt)
    .sort((one, other) => one - other);
  return taken[WRITES >> 1] ?? NaN;
}

export function writeLatency(): Claim {
  let wrong = 0;
  const rows = CONTESTANTS.flatMap(({ name, system, delays, why }) =>
    HOPS_MICROS.map((hopMicros) => {
      const cells = SERVERS.map((servers) => {
        const micros = latency(system(servers), hopMicros);
        const isRight = micros === delays(servers) * hopMicros;
        if (!isRight) wrong++;
        return `${(micros / 1_000).toFixed(1)} ms${isRight ? '' : ' NO'}`;
      });
      return [name, why, `${(hopMicros / 1_000).toFixed(1)} ms`, ...cells];
    }),
  );
  return {
    title: 'Write latency over chain length and delay',
    text:
      `From the request to the answer, disks being instant (median of ${WRITES}). It must be exactly so many message ` +
      `delays: t + 1 down a chain of t; 4 by way of a primary and its backups, however many; 2 if nobody waits for them.`,
    headings: ['', 'delays', 'one delay', ...SERVERS.map((servers) => `t=${servers}`)],
    rows,
    holds: wrong === 0,
    conclusion:
      wrong === 0
        ? 'All are. Chains pay for each server, primaries only once; an asynchronous primary does not pay, and may lose the write.'
        : `${wrong} are not.`,
  };
}
