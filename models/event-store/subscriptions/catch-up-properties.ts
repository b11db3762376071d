/** What projections on a catch-up subscription promise. The views are worked out here once more, in another way. */
import { equal, type CheckResult, type Seen } from '../../../framework/index.js';
import type { RecordedEvent } from '../messages.js';
import {
  holdings,
  invalid,
  logOf,
  provenBy,
  unknown,
  type Evidence,
  type Holding,
  type SubscriptionProperty,
} from './evidence.js';
import { CENSUS, TURNOVER } from './nodes.js';
import type { SubscriberState } from './subscriber.js';

const NODES = [TURNOVER, CENSUS];

export const inspectSubscriber = ({ position, view, seen }: SubscriberState): Holding => ({
  kind: 'projection',
  position,
  view,
  seen,
});

/** What each projection has to show of `events`. */
const SHOWS: Readonly<Record<string, (events: readonly RecordedEvent[]) => Readonly<Record<string, number>>>> = {
  [TURNOVER](events) {
    const amounts = events.flatMap(({ event }) => (event.type === 'withdrawn' ? [event.amount] : []));
    return { withdrawals: amounts.length, paidOut: amounts.reduce((sum, amount) => sum + amount, 0) };
  },
  [CENSUS](events) {
    const types = new Set(events.map(({ event }) => event.type));
    return Object.fromEntries([...types].map((type) => [type, events.filter((one) => one.event.type === type).length]));
  },
};

type Projections = readonly {
  readonly node: string;
  readonly holding: Extract<Holding, { readonly kind: 'projection' }>;
}[];

function seenBy(projections: Projections): Seen {
  const seen: Record<string, number> = {};
  for (const { holding } of projections)
    for (const [what, times] of Object.entries(holding.seen)) seen[what] = (seen[what] ?? 0) + times;
  return seen;
}

function judgeAll(
  run: Evidence,
  judge: (log: readonly RecordedEvent[], projection: Projections[number], seen: Seen) => CheckResult | undefined,
): CheckResult {
  const log = logOf(run);
  const projections = holdings(run, 'projection', NODES);
  if (log === undefined || projections === undefined) return unknown('not all nodes were inspected');
  const seen = seenBy(projections);
  for (const projection of projections) {
    const found = judge(log, projection, seen);
    if (found !== undefined) return found;
  }
  return provenBy(run, log, seen);
}

/** Wherever a projection has got to, it has folded what was before, each event once, and nothing else. */
const folded: SubscriptionProperty = {
  name: 'a projection is the fold of the log up to its position',
  check: (run) =>
    judgeAll(run, (log, { node, holding: { position, view } }, seen) => {
      const expected = SHOWS[node]?.(log.filter((event) => event.position <= position));
      if (equal(view, expected)) return undefined;
      const explanation =
        `At position ${position} ${node} shows ${JSON.stringify(view)}; the events up to there come to ` +
        `${JSON.stringify(expected)}.`;
      return invalid('not the fold of the log', explanation, seen);
    }),
};

const caughtUp: SubscriptionProperty = {
  name: 'after healing, every projection reaches the end of the log',
  check: (run) =>
    judgeAll(run, (log, { node, holding: { position } }, seen) => {
      const end = log.at(-1)?.position ?? 0;
      if (position >= end) return undefined;
      return invalid('left behind', `${node} is at position ${position}, and the log ends at ${end}.`, seen);
    }),
};

export const catchUpProperties = [folded, caughtUp];
