/**
 * The broker as a role: one node that keeps topics and consumer groups on its disk. It is one replica only; what is
 * acknowledged is on its disk, and while it is down, nobody is served.
 */
import { protocol, type Context, type NodeId, type Role } from '../../framework/index.js';
import { clean } from './compaction.js';
import {
  completeRebalance,
  onCommitOffsets,
  onGroupHeartbeat,
  onJoinGroup,
  onSilence,
  recoverGroups,
  remove,
} from './groups.js';
import type { LogMessage } from './messages.js';
import { onFetch, onProduce, serveWaiting } from './partitions.js';
import { logRules, type LogRules } from './rules.js';
import { freshBroker, type BrokerConfig, type BrokerState, type Environment, type LogTimer } from './state.js';
import { applyChange, onDescribeTopic, onGrowTopic, onRecreateTopic, recoverTopics } from './topics.js';

/** `V` is the type of the values: `logBroker<Envelope>({ topics: { orders: { partitions: 2, compaction: null } }, … })`. */
export function logBroker<V>(config: BrokerConfig, rules: LogRules = logRules): Role<BrokerState<V>, LogMessage<V>> {
  type Ctx = Context<LogMessage<V>, LogTimer>;
  type Handle<M> = (state: BrokerState<V>, message: M, from: NodeId, environment: Environment<V>) => void;
  const on =
    <M>(handle: Handle<M>) =>
    (state: BrokerState<V>, message: M, from: NodeId, ctx: Ctx): void => {
      handle(state, message, from, { ctx, config, rules });
    };
  const startCleaning = (ctx: Ctx): void => {
    for (const [topic, { compaction }] of Object.entries(config.topics))
      if (compaction !== null) ctx.setTimer('clean', compaction.intervalMicros, topic);
  };

  return protocol<BrokerState<V>, LogMessage<V>, LogTimer>({
    init(ctx) {
      startCleaning(ctx);
      return freshBroker<V>(config);
    },
    recover(ctx) {
      const state = freshBroker<V>(config);
      const environment = { ctx, config, rules };
      recoverTopics(state, environment);
      recoverGroups(state, environment);
      startCleaning(ctx);
      return state;
    },
    on: {
      produce: on(onProduce<V>),
      fetch: on(onFetch<V>),
      joinGroup: on(onJoinGroup<V>),
      groupHeartbeat: on(onGroupHeartbeat<V>),
      commitOffsets: on(onCommitOffsets<V>),
      leaveGroup: on((state, { group, member }, _from, environment) => {
        remove(state, group, member, environment);
      }),
      describeTopic: on(onDescribeTopic<V>),
      growTopic: on(onGrowTopic<V>),
      recreateTopic: on(onRecreateTopic<V>),
    },
    timers: {
      durable(state, ctx, key) {
        onDurable(state, Number(key), { ctx, config, rules });
      },
      session(state, ctx, key) {
        onSilence(state, key, { ctx, config, rules });
      },
      rebalance(state, ctx, group) {
        completeRebalance(state, group, { ctx, config, rules });
      },
      clean(state, ctx, topic) {
        clean(state, topic, { ctx, config, rules });
      },
    },
  });
}

/** The first `n` syncs of this life are done: what waited for them happens. */
function onDurable<V>(state: BrokerState<V>, n: number, environment: Environment<V>): void {
  for (let sync = state.syncs[0]; sync !== undefined && sync.n <= n; sync = state.syncs[0]) {
    state.syncs.shift();
    const { written, topic, answers } = sync;
    if (written !== null) {
      const owner = Object.values(state.topics).find(({ topicId }) => topicId === written.topicId);
      const partition = owner?.partitions[written.partition];
      if (owner !== undefined && partition !== undefined) {
        partition.highWatermark = Math.max(partition.highWatermark, written.end);
        serveWaiting(state, owner.topic, environment);
      }
    }
    if (topic !== null) applyChange(state, topic, environment);
    for (const { to, message } of answers) environment.ctx.send(to, message);
  }
}
