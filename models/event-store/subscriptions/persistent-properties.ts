/**
 * What a persistent subscription promises whatever its strategy: at least once, none left out. Duplicates are no breach, and
 * neither is an order that retries, replays or another connection have changed.
 */
import type { CheckResult, NodeId, Seen } from '../../../framework/index.js';
import type { RecordedEvent } from '../messages.js';
import type { ConsumerState } from './consumer.js';
import {
  holdings,
  invalid,
  logOf,
  provenBy,
  unknown,
  type Effect,
  type Evidence,
  type Holding,
  type SubscriptionProperty,
} from './evidence.js';
import { CONSUMERS, SUBSCRIPTION } from './nodes.js';
import type { SubscriptionState } from './subscription-state.js';

export const inspectSubscription = ({ checkpoint, parked, seen }: SubscriptionState): Holding => ({
  kind: 'subscription',
  checkpoint,
  parked: parked.map(({ event }) => ({ event })),
  seen,
});

export const inspectConsumer = ({ sink, again }: ConsumerState): Holding => ({ kind: 'sink', effects: sink, again });

type Sinks = readonly { readonly node: NodeId; readonly holding: Extract<Holding, { readonly kind: 'sink' }> }[];

/** What came of each run, for all properties: how often an event was handled by several, again, from the parked queue. */
function seenIn(sinks: Sinks, parked: number, log: readonly RecordedEvent[], more: Seen): Seen {
  const effects = sinks.flatMap(({ holding }) => holding.effects);
  const handled = new Set(effects.map(({ id }) => id)).size;
  const retried = effects.filter(({ retries }) => retries > 0).length;
  const fromParked = effects.filter(({ replayed }) => replayed).length;
  const again = sinks.reduce((sum, { holding }) => sum + holding.again, 0);
  return { events: log.length, handled, byTwo: effects.length - handled, again, retried, fromParked, parked, ...more };
}

function judged(
  run: Evidence,
  judge: (evidence: {
    readonly log: readonly RecordedEvent[];
    readonly sinks: Sinks;
    readonly subscription: Extract<Holding, { readonly kind: 'subscription' }>;
    readonly seen: Seen;
  }) => CheckResult | undefined,
): CheckResult {
  const log = logOf(run);
  const sinks = holdings(run, 'sink', CONSUMERS);
  const subscription = holdings(run, 'subscription', [SUBSCRIPTION])?.[0]?.holding;
  if (log === undefined || sinks === undefined || subscription === undefined)
    return unknown('not all nodes were inspected');
  const seen = seenIn(sinks, subscription.parked.length, log, subscription.seen);
  return judge({ log, sinks, subscription, seen }) ?? provenBy(run, log, seen);
}

const nameOf = ({ stream, version }: RecordedEvent): string => `${stream}@${version}`;

const noneSkipped: SubscriptionProperty = {
  name: 'every event is handled by a consumer, or parked',
  check: (run) =>
    judged(run, ({ log, sinks, subscription: { checkpoint, parked }, seen }) => {
      const settled = new Set(parked.map(({ event }) => nameOf(event)));
      for (const { holding } of sinks) for (const { id } of holding.effects) settled.add(id);
      const missed = log.find((event) => !settled.has(nameOf(event)));
      if (missed === undefined) return undefined;
      const what = `Event ${nameOf(missed)} at position ${missed.position} was neither handled nor parked`;
      return missed.position <= checkpoint
        ? invalid('event skipped', `${what}, and the checkpoint is at ${checkpoint}: it never will be.`, seen)
        : invalid('event not handled yet', `${what} ${run.plan.settleMicros} µs after all had healed.`, seen);
    }),
};

const appliedOnce: SubscriptionProperty = {
  name: 'a consumer applies an event once',
  check: (run) =>
    judged(run, ({ log, sinks, seen }) => {
      const appended = new Set(log.map(nameOf));
      for (const { node, holding } of sinks) {
        const ids = new Set<string>();
        for (const { id } of holding.effects) {
          if (!appended.has(id))
            return invalid('effect of nothing', `${node} applied ${id}, which is not in the log.`, seen);
          if (ids.has(id)) return invalid('applied twice', `${node} applied ${id} twice.`, seen);
          ids.add(id);
        }
      }
      return seen['handled'] === 0 ? unknown('nothing was handled', seen) : undefined;
    }),
};

/** With `Pinned`: by one connection, the events of a stream that were not tried before come in order. */
export const inOrder: SubscriptionProperty = {
  name: 'a consumer handles the events of a stream in order, but for retries',
  check: (run) =>
    judged(run, ({ sinks, seen }) => {
      let followed = 0;
      for (const { node, holding } of sinks) {
        const last = new Map<string, Effect>();
        for (const effect of holding.effects) {
          if (effect.retries > 0 || effect.replayed) continue;
          const key = `${effect.connection} ${effect.stream}`;
          const before = last.get(key);
          if (before !== undefined) followed++;
          if (before !== undefined && before.position > effect.position)
            return invalid('out of order', `${node} handled ${before.id} before ${effect.id}.`, seen);
          last.set(key, effect);
        }
      }
      return followed > 0 ? undefined : unknown('no connection was sent two events of a stream', seen);
    }),
};

export const persistentProperties = [noneSkipped, appliedOnce];
