/**
 * OSDI 2004, figure 4: throughput over the share of updates, for chain replication, primary-backup, and replication whose
 * queries may go to any server ("weak"). The models run as they are, with the paper's service times and its 25 clients,
 * each of which asks again as soon as it is answered.
 */
import { randomStream, type AnyMessage, type AnyOperation, type System } from '../../framework/index.js';
import { chainSystem } from '../../models/chain/index.js';
import { primaryBackupCluster, SYNCHRONOUS, SYNCHRONOUS_RULES } from '../../models/primary-backup/index.js';
import { answered, experiment, measure, replicasOf, type AskedOperation } from './laboratory.js';
import type { Claim } from './claim.js';

/**
 * In the paper's milliseconds. One is a microsecond here, so that the protocols' own timers are as rare as the paper, which
 * has none, would have them.
 */
const [HOP, QUERY, UPDATE_AT_HEAD, UPDATE_ELSEWHERE] = [1, 5, 50, 20];
const PER_SECOND = 1_000;

const CLIENTS = 25;
const REQUESTS = 10_000;
/** Requests at the beginning and at the end that are not counted: queues fill, and clients run out of requests. */
const MARGIN = 500;

type Curve = 'chain' | 'p/b' | 'weak';

const PERCENT = [0, 3, 6, 9, 12, 15, 18, 24, 30, 36, 50];

/** Read from the PDF (shared/PROTOCOLS.md, section 1): requests per second, by percent of updates. */
const FIGURE: readonly {
  readonly curve: Curve;
  readonly servers: number;
  readonly points: readonly (number | null)[];
}[] = [
  ...[2, 3, 10].map((servers) => ({
    curve: 'chain' as const,
    servers,
    points: [200, 183, 169, 157, 147, 133, 111, 84, 66, 56, 40],
  })),
  ...[2, 3, 10].map((servers) => ({
    curve: 'p/b' as const,
    servers,
    points: [200, 157, 130, 111, 96, 85, 76, 63, 54, 47, 36],
  })),
  { curve: 'weak', servers: 2, points: [392, 255, 187, 148, 121, 104, 90, 72, null, 52, 39] },
  { curve: 'weak', servers: 3, points: [573, 319, 220, 165, 134, 112, 97, 75, 61, 52, 39] },
  { curve: 'weak', servers: 10, points: [null, 501, 289, 199, 155, 125, 106, 81, 66, 54, 40] },
];

/** How far a point may be from the paper's, which was read from a printed figure. */
const TOLERANCE = 0.03;

const field = (message: AnyMessage, name: string): unknown => Reflect.get(message, name);
const count = (message: AnyMessage, name: string): number => (field(message, name) as readonly unknown[]).length;

const chainOf = (servers: number): System =>
  experiment(chainSystem({ servers, clients: CLIENTS }).cluster(undefined), (message) => {
    if (message.kind === 'forward') return UPDATE_ELSEWHERE * count(message, 'entries');
    if (message.kind !== 'request') return 0;
    return (field(message, 'operation') as AnyOperation).kind === 'get' ? QUERY : UPDATE_AT_HEAD;
  });

const primaryBackupOf = (servers: number): System =>
  experiment(primaryBackupCluster({ ...SYNCHRONOUS, replicas: replicasOf(servers) }, SYNCHRONOUS_RULES), (message) => {
    if (message.kind === 'replicate') return UPDATE_ELSEWHERE * message.records.length;
    if (message.kind === 'put') return UPDATE_AT_HEAD;
    return message.kind === 'get' || message.kind === 'peek' ? QUERY : 0;
  });

/** So many requests, with exactly so many updates among them, in random order, dealt to the clients. */
function requests(curve: Curve, servers: number, percent: number): readonly (readonly AskedOperation[])[] {
  const random = randomStream('figure 4', `${curve} ${servers} ${percent}`);
  const updates = Math.round((REQUESTS * percent) / 100);
  const deck = Array.from({ length: REQUESTS }, (_, index): AnyOperation => {
    if (index < updates) return { kind: 'put', key: 'x', value: index } as AnyOperation;
    if (curve !== 'weak') return { kind: 'get', key: 'x' } as AnyOperation;
    return { kind: 'peek', key: 'x', at: random.pick(replicasOf(servers)) } as AnyOperation;
  });
  for (let last = deck.length - 1; last > 0; last--) {
    const other = random.below(last + 1);
    [deck[last], deck[other]] = [deck[other] as AnyOperation, deck[last] as AnyOperation];
  }
  return Array.from({ length: CLIENTS }, (_, client) =>
    deck.filter((__, index) => index % CLIENTS === client).map((operation) => ({ operation })),
  );
}

/** Requests answered per second of the paper's time. */
function throughput(curve: Curve, servers: number, percent: number): number {
  const system = curve === 'chain' ? chainOf(servers) : primaryBackupOf(servers);
  const run = measure(system, { seed: 'figure 4', hopMicros: HOP, asks: requests(curve, servers, percent) });
  const ends = answered(run).map(({ returnedAt }) => returnedAt);
  const [from, to] = [ends[MARGIN], ends[REQUESTS - MARGIN]];
  if (from === undefined || to === undefined) throw new Error(`only ${ends.length} requests were answered`);
  return ((REQUESTS - 2 * MARGIN) / (to - from)) * PER_SECOND;
}

export function figure4(): Claim {
  let worst = 0;
  const rows = FIGURE.flatMap(({ curve, servers, points }) => {
    const measured = PERCENT.map((percent) => throughput(curve, servers, percent));
    const cells = measured.map((perSecond, place) => {
      const point = points[place];
      if (point === null || point === undefined) return perSecond.toFixed(0);
      const off = perSecond / point - 1;
      const isJudged = !(curve === 'weak' && PERCENT[place] === 0);
      if (isJudged) worst = Math.max(worst, Math.abs(off));
      const wrong = isJudged && Math.abs(off) > TOLERANCE ? ' NO' : '';
      return `${perSecond.toFixed(0)} (${off >= 0 ? '+' : ''}${(100 * off).toFixed(1)} %${wrong})`;
    });
    return [[`${curve} t=${servers}`, ...cells]];
  });
  return {
    title: 'Throughput: OSDI 2004, figure 4',
    text:
      `Requests per second over the percentage of updates, and how far that is from the point in the paper. ` +
      `${CLIENTS} closed-loop clients, ${REQUESTS.toLocaleString('en')} requests a point; a query takes ${QUERY} ms, an ` +
      `update ${UPDATE_AT_HEAD} ms at the head or primary and ${UPDATE_ELSEWHERE} ms elsewhere, a message ${HOP} ms. ` +
      `Every point must be within ${100 * TOLERANCE} %, except weak at 0 % updates, where 25 clients do not keep the servers busy.`,
    headings: ['', ...PERCENT.map((percent) => `${percent} %`)],
    rows,
    holds: worst <= TOLERANCE,
    conclusion: `The point that is farthest off is off by ${(100 * worst).toFixed(1)} %.`,
  };
}
