/**
 * How long a projection that was down takes to catch up, over the load and the length of the pages in which it reads. It has
 * to handle what it missed and what comes meanwhile: at a capacity of C events per second, a load of L and a backlog of B
 * that takes B / (C − L), and if L ≥ C it falls behind for ever. The length of the pages decides C.
 */
import { simulate, type AnyMessage, type AnyOperation } from '../../framework/index.js';
import { catchUpCluster, catchUpRules } from '../../models/event-store/subscriptions/index.js';
import type { Claim } from './claim.js';
import { experiment, planOf, type AskedOperation } from './laboratory.js';

const PROJECTION = 'census';
const HOP = 500;
/** What the projection needs for one event. A page costs two hops beside. */
const EVENT = 100;
const PAGES = [1, 4, 16, 64];
const LOADS = [500, 1_000, 2_000, 4_000];
/** Each client appends to a stream of its own this often: an append takes up to 4 ms of work, and some hops. */
const PERIOD = 20_000;
/** The projection is down until `RESTART`; load goes on until `END`. */
const RESTART = 100_000;
const END = 1_000_000;
const SECOND = 1_000_000;
/** How far from theory: appends do not come evenly, and the last page is not full. */
const TOLERANCE = 0.1;

const capacity = (page: number): number => (page * SECOND) / (2 * HOP + page * EVENT);

/** How many events a message brings to a projection. */
const eventsIn = (message: AnyMessage): number =>
  (message.kind === 'slice' || message.kind === 'live') && 'events' in message && Array.isArray(message.events)
    ? message.events.length
    : 0;

/** Clients that append `load` events per second among them, each at its own time in the period. */
function appends(load: number): AskedOperation[][] {
  const clients = (load * PERIOD) / SECOND;
  return Array.from({ length: clients }, (_, client) => {
    const asked: AskedOperation[] = [];
    for (let at = Math.floor((client * PERIOD) / clients), n = 0; at < END; at += PERIOD, n++) {
      const account = `account-${client}`;
      const operation: AnyOperation & { account: string; n: number; amount?: number } =
        n === 0 ? { kind: 'open', account, n } : { kind: 'deposit', account, amount: 1, n };
      asked.push({ at, operation });
    }
    return asked;
  });
}

interface Measured {
  /** From the restart until the end of history was reached; undefined if it never was. */
  readonly caughtUpAfter: number | undefined;
  /** Events handled per second from the restart until then, or until the end. */
  readonly handledPerSecond: number;
}

function measureCatchingUp(load: number, page: number): Measured {
  const subject = experiment(catchUpCluster(catchUpRules, page), (message) => EVENT * eventsIn(message));
  const plan = planOf({
    seed: 'projection lag',
    hopMicros: HOP,
    asks: appends(load),
    faults: [{ kind: 'crash', at: 0, node: PROJECTION, forMicros: RESTART, unsyncedKeptPercent: 0 }],
    healAt: END,
  });
  const run = simulate(subject, plan, { trace: true });
  if (run.outcome.kind !== 'completed') throw new Error(run.outcome.reason);
  let caughtUpAt: number | undefined;
  let handled = 0;
  for (const event of run.trace ?? []) {
    if (event.time >= (caughtUpAt ?? END)) break;
    if (event.time < RESTART || event.kind === 'complete') continue;
    if (event.kind === 'send' && event.from === PROJECTION && event.message.kind === 'listen') caughtUpAt = event.time;
    if (event.kind === 'deliver' && event.node === PROJECTION) handled += eventsIn(event.message);
  }
  const micros = (caughtUpAt ?? END) - RESTART;
  return {
    caughtUpAfter: caughtUpAt === undefined ? undefined : micros,
    handledPerSecond: (handled * SECOND) / micros,
  };
}

const inMilliseconds = (micros: number): string => `${(micros / 1_000).toFixed(0)} ms`;
const inThousands = (perSecond: number): string => `${(perSecond / 1_000).toFixed(2)}k/s`;

export function projectionLag(): Claim {
  let worst = 0;
  let wrong = 0;
  const rows = LOADS.map((load) => {
    const cells = PAGES.map((page) => {
      const { caughtUpAfter, handledPerSecond } = measureCatchingUp(load, page);
      const rate = capacity(page);
      if (caughtUpAfter === undefined) {
        if (load < rate) wrong++;
        worst = Math.max(worst, Math.abs(handledPerSecond / rate - 1));
        return `never: ${inThousands(handledPerSecond)} (${inThousands(rate)})`;
      }
      const expected = (load * RESTART) / (rate - load);
      if (load >= rate) wrong++;
      worst = Math.max(worst, Math.abs(caughtUpAfter / expected - 1));
      return `${inMilliseconds(caughtUpAfter)} (${inMilliseconds(expected)})`;
    });
    return [`${load}/s`, ...cells];
  });
  const holds = wrong === 0 && worst <= TOLERANCE;
  return {
    title: 'How long a projection takes to catch up, over load and page length',
    text:
      `A projection that was down for ${inMilliseconds(RESTART)} reads what it missed in pages, while more is appended; an ` +
      `event takes it ${EVENT} µs, and a page two delays of ${HOP} µs beside. In brackets B / (C − L), the capacity C being ` +
      `p / (2 · ${HOP} + p · ${EVENT}) events per microsecond for pages of p. Where the load exceeds it, it must never catch up, ` +
      `and handle C events per second. All within ${100 * TOLERANCE} %.`,
    headings: ['load', ...PAGES.map((page) => `p=${page}`)],
    rows,
    holds,
    conclusion: `Farthest off: ${(100 * worst).toFixed(1)} %.${wrong === 0 ? '' : ` ${wrong} do not catch up that should, or do that should not.`}`,
  };
}
