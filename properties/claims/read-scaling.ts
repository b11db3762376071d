/**
 * Read throughput over the number of servers: CRAQ reads at all of them, chain replication at the tail only, primary-backup
 * at the primary. And what writes to the same object cost CRAQ, whose replicas then have to ask the tail.
 */
import { randomStream, type AnyMessage, type System } from '../../framework/index.js';
import { chainSystem } from '../../models/chain/index.js';
import { craqSystem } from '../../models/craq/index.js';
import { primaryBackupCluster, SYNCHRONOUS, SYNCHRONOUS_RULES } from '../../models/primary-backup/index.js';
import type { Claim } from './claim.js';
import { answered, experiment, measure, replicasOf, type AskedOperation } from './laboratory.js';

/**
 * A read, and a server's part of a write, take 100 µs. A version query costs the tail 0.19 of a read and its answer 0.6 of
 * one more, which is what CRAQ's own figures come to (shared/PROTOCOLS.md, section 2).
 */
const READ = 100;
const VERSION_QUERY = 19;
const VERSION_ANSWER = 60;
const HOP = 10;
const CLIENTS_PER_SERVER = 12;
const REQUESTS_PER_SERVER = 2_000;
const SERVERS = [2, 3, 5, 7];
const ONE_SERVER_PER_SECOND = 1_000_000 / READ;
/** Requests in a hundred at the beginning and at the end that are not counted. */
const MARGIN_PERCENT = 10;
/** How far CRAQ may be from growing with the number of servers: requests go to servers by chance, so some wait. */
const TOLERANCE = 0.05;

const isOf = (message: AnyMessage, kind: string): boolean => message.kind === kind;

const CONTESTANTS: readonly { readonly name: string; readonly system: (servers: number) => System }[] = [
  {
    name: 'CRAQ',
    system: (servers) =>
      experiment(craqSystem({ servers }).cluster(undefined), (message) => {
        if (isOf(message, 'version-query')) return VERSION_QUERY;
        if (isOf(message, 'version-answer')) return VERSION_ANSWER;
        return ['read', 'write', 'forward'].includes(message.kind) ? READ : 0;
      }),
  },
  {
    name: 'chain replication',
    system: (servers) =>
      experiment(chainSystem({ servers }).cluster(undefined), (message) =>
        ['request', 'forward'].includes(message.kind) ? READ : 0,
      ),
  },
  {
    name: 'primary-backup',
    system: (servers) =>
      experiment(
        primaryBackupCluster({ ...SYNCHRONOUS, replicas: replicasOf(servers) }, SYNCHRONOUS_RULES),
        (message) => {
          if (message.kind === 'replicate') return READ * message.records.length;
          return message.kind === 'get' || message.kind === 'put' ? READ : 0;
        },
      ),
  },
];

/** Reads answered per second, when so many of a hundred requests are writes to the object that is read. */
function readsPerSecond(system: System, servers: number, percent: number): number {
  const random = randomStream('read scaling', `${servers} ${percent}`);
  const clients = servers * CLIENTS_PER_SERVER;
  const each = Math.ceil((servers * REQUESTS_PER_SERVER) / clients);
  const asks = Array.from({ length: clients }, (_, client) =>
    Array.from({ length: each }, (__, index): AskedOperation => {
      const isWrite = random.below(100) < percent;
      const operation = isWrite ? { kind: 'put', key: 'x', value: client * each + index } : { kind: 'get', key: 'x' };
      return { operation };
    }),
  );
  const all = answered(measure(system, { seed: 'read scaling', hopMicros: HOP, asks }));
  const margin = Math.floor((all.length * MARGIN_PERCENT) / 100);
  const counted = all.slice(margin, -margin);
  const reads = counted.filter(({ operation }) => operation.kind === 'get').length;
  const [first, last] = [counted[0], counted.at(-1)];
  if (first === undefined || last === undefined) throw new Error('nothing was answered');
  return (reads / (last.returnedAt - first.returnedAt)) * 1_000_000;
}

export function readScaling(): Claim {
  let worst = 0;
  const rows = CONTESTANTS.flatMap(({ name, system }) =>
    [0, 5, 20].map((percent) => {
      const measured = SERVERS.map((servers) => readsPerSecond(system(servers), servers, percent));
      if (percent === 0)
        for (const [place, servers] of SERVERS.entries()) {
          const expected = (name === 'CRAQ' ? servers : 1) * ONE_SERVER_PER_SECOND;
          worst = Math.max(worst, Math.abs((measured[place] ?? NaN) / expected - 1));
        }
      return [
        name,
        `${percent} %`,
        ...measured.map(
          (perSecond) => `${(perSecond / 1_000).toFixed(1)}k (${(perSecond / ONE_SERVER_PER_SECOND).toFixed(2)})`,
        ),
      ];
    }),
  );
  return {
    title: 'Read throughput over the number of servers',
    text:
      `Thousands of reads per second, and how many times what one busy server reads. ${CLIENTS_PER_SERVER} closed-loop ` +
      `clients for each server, one object; a read, and a server's part of a write, take ${READ} µs, a version query ` +
      `${VERSION_QUERY} µs at the tail and ${VERSION_ANSWER} µs more at the reader. Without writes CRAQ must grow with the ` +
      `number of servers, the others must not grow at all, within ${100 * TOLERANCE} %.`,
    headings: ['', 'writes', ...SERVERS.map((servers) => `t=${servers}`)],
    rows,
    holds: worst <= TOLERANCE,
    conclusion: `Farthest off: ${(100 * worst).toFixed(1)} %.`,
  };
}
