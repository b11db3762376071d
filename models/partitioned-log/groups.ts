/**
 * The group coordinator: who is in a consumer group, which partitions each member owns, and how far the group is. A
 * rebalance is eager: all members give up what they own, and join again. Generation, owners and offsets are durable
 * before anybody is told.
 */
import type { NodeId } from '../../framework/index.js';
import type { GroupMessage, PartitionOffset } from './messages.js';
import { afterSync, describe, type BrokerState, type Environment, type Group } from './state.js';

type Message<K extends GroupMessage['kind']> = Extract<GroupMessage, { kind: K }>;

const GROUPS_LOG = 'groups';

/** A group as it is on disk. */
interface GroupOnDisk extends Pick<Group, 'topic' | 'generation' | 'topicId' | 'offsets'> {
  readonly group: string;
  readonly members: readonly {
    readonly member: string;
    readonly node: NodeId;
    readonly partitions: readonly number[];
  }[];
}

const timerKey = (group: string, member: string): string => `${group}/${member}`;

function write<V>(name: string, group: Group, { ctx }: Environment<V>): void {
  const { topic, generation, topicId, offsets } = group;
  const members = membersOf(group).map(([member, { node, partitions }]) => ({ member, node, partitions }));
  const record: GroupOnDisk = { group: name, topic, generation, topicId, offsets, members };
  ctx.disk.append(GROUPS_LOG, record);
}

/** In the order of their names, so that nothing depends on who joined first. */
const membersOf = ({ members }: Group) => Object.entries(members).sort(([one], [other]) => (one < other ? -1 : 1));

export function recoverGroups<V>(state: BrokerState<V>, environment: Environment<V>): void {
  for (const { group, members, ...rest } of environment.ctx.disk.read<GroupOnDisk>(GROUPS_LOG)) {
    const entries = members.map(({ member, node, partitions }) => [
      member,
      { node, partitions: [...partitions], joined: false },
    ]);
    state.groups[group] = {
      ...rest,
      offsets: [...rest.offsets],
      phase: 'stable',
      members: Object.fromEntries(entries) as Group['members'],
    };
  }
  for (const [name, group] of Object.entries(state.groups)) {
    for (const [member] of membersOf(group)) watch(name, member, environment);
    // What became of the topic since is noticed now.
    const topic = state.topics[group.topic];
    const owned = membersOf(group).reduce((sum, [, { partitions }]) => sum + partitions.length, 0);
    if (topic?.topicId !== group.topicId || topic.partitions.length !== owned) rebalance(state, name, environment);
  }
}

/** The member is alive: its session begins anew. */
function watch<V>(group: string, member: string, { ctx, config }: Environment<V>): void {
  ctx.setTimer('session', config.sessionMicros, timerKey(group, member));
}

export function onJoinGroup<V>(
  state: BrokerState<V>,
  { group: name, topic, member }: Message<'joinGroup'>,
  node: NodeId,
  environment: Environment<V>,
): void {
  const fresh: Group = { topic, generation: 0, phase: 'stable', members: {}, topicId: 0, offsets: [] };
  const group = (state.groups[name] ??= fresh);
  watch(name, member, environment);
  const known = group.members[member];
  if (known === undefined) {
    group.members[member] = { node, joined: false, partitions: [] };
    rebalance(state, name, environment);
  }
  if (group.phase === 'stable') {
    tell(state, name, [member], environment);
    return;
  }
  const joining = group.members[member];
  if (joining !== undefined) joining.joined = true;
  completeIfAllJoined(state, name, environment);
}

/** All members have to join again, and are told so when they are heard of. */
export function rebalance<V>(state: BrokerState<V>, name: string, { ctx, config }: Environment<V>): void {
  const group = state.groups[name];
  if (group === undefined || group.phase === 'rebalancing') return;
  group.phase = 'rebalancing';
  for (const [, member] of membersOf(group)) member.joined = false;
  ctx.setTimer('rebalance', config.rebalanceMicros, name);
}

function completeIfAllJoined<V>(state: BrokerState<V>, name: string, environment: Environment<V>): void {
  const group = state.groups[name];
  if (group?.phase === 'rebalancing' && membersOf(group).every(([, { joined }]) => joined))
    completeRebalance(state, name, environment);
}

/** Whoever has not joined by now is out; the partitions are dealt out among the others, in a new generation. */
export function completeRebalance<V>(state: BrokerState<V>, name: string, environment: Environment<V>): void {
  const group = state.groups[name];
  const topic = state.topics[group?.topic ?? ''];
  if (group?.phase !== 'rebalancing' || topic === undefined) return;
  const joined = membersOf(group).filter(([, member]) => member.joined);
  for (const [member, { joined: stays }] of membersOf(group)) if (!stays) dismiss(name, member, environment);
  group.members = Object.fromEntries(joined);
  group.phase = 'stable';
  group.generation++;
  state.counts.rebalances++;
  environment.ctx.cancelTimer('rebalance', name);
  const { keepsOffsets } = environment.rules;
  if (!keepsOffsets({ committedIn: group.topicId, current: topic.topicId })) group.offsets = [];
  group.topicId = topic.topicId;
  for (const [place, [, member]] of joined.entries())
    member.partitions = topic.partitions.flatMap((_, partition) =>
      partition % joined.length === place ? [partition] : [],
    );
  write(name, group, environment);
  tell(
    state,
    name,
    joined.map(([member]) => member),
    environment,
  );
}

/** Tells members what they own, when it is durable. */
function tell<V>(state: BrokerState<V>, name: string, members: readonly string[], environment: Environment<V>): void {
  const group = state.groups[name];
  const topic = state.topics[group?.topic ?? ''];
  if (group === undefined || topic === undefined) return;
  const { generation, offsets } = group;
  const answers = members.flatMap((member) => {
    const { node, partitions } = group.members[member] ?? { node: '', partitions: [] };
    const assigned: PartitionOffset[] = partitions.map((partition) => ({
      partition,
      offset: offsets[partition] ?? 0,
    }));
    const message = { kind: 'groupJoined', group: name, member, generation, assigned, ...describe(topic) } as const;
    return [{ to: node, message }];
  });
  afterSync(state, environment, { answers });
}

function dismiss<V>(group: string, member: string, { ctx }: Environment<V>): void {
  ctx.cancelTimer('session', timerKey(group, member));
}

/** A member has left, or was silent for too long. */
export function remove<V>(state: BrokerState<V>, name: string, member: string, environment: Environment<V>): void {
  const group = state.groups[name];
  if (group?.members[member] === undefined) return;
  dismiss(name, member, environment);
  group.members = Object.fromEntries(membersOf(group).filter(([other]) => other !== member));
  rebalance(state, name, environment);
  completeIfAllJoined(state, name, environment);
}

/** The timer of a session: its key names the group and the member. */
export function onSilence<V>(state: BrokerState<V>, key: string, environment: Environment<V>): void {
  const [group = '', member = ''] = key.split('/');
  state.counts.expired++;
  remove(state, group, member, environment);
}

export function onGroupHeartbeat<V>(
  state: BrokerState<V>,
  { group: name, member, generation }: Message<'groupHeartbeat'>,
  from: NodeId,
  environment: Environment<V>,
): void {
  const group = state.groups[name];
  const isMember = group?.members[member] !== undefined;
  if (isMember) watch(name, member, environment);
  const status = isMember && group.phase === 'stable' && group.generation === generation ? 'ok' : 'rejoin';
  environment.ctx.send(from, { kind: 'groupBeat', group: name, member, generation, status });
}

export function onCommitOffsets<V>(
  state: BrokerState<V>,
  { group: name, member, generation, topicId, offsets }: Message<'commitOffsets'>,
  from: NodeId,
  environment: Environment<V>,
): void {
  const group = state.groups[name];
  const answer = (result: 'committed' | 'illegalGeneration') =>
    ({ kind: 'offsetsCommitted', group: name, member, generation, offsets, result }) as const;
  const isMember = group?.members[member] !== undefined;
  const current = group?.generation ?? 0;
  if (group === undefined || !environment.rules.mayCommit({ generation, current, isMember })) {
    state.counts.fenced++;
    environment.ctx.send(from, answer('illegalGeneration'));
    return;
  }
  if (isMember) watch(name, member, environment);
  if (topicId === group.topicId)
    for (const { partition, offset } of offsets) {
      while (group.offsets.length <= partition) group.offsets.push(0);
      // Kafka's connections keep the order of requests; here an earlier commit may come later, and takes nothing back.
      group.offsets[partition] = Math.max(offset, group.offsets[partition] ?? 0);
    }
  write(name, group, environment);
  afterSync(state, environment, { answers: [{ to: from, message: answer('committed') }] });
}

/** The partitions of `topic` have changed: whoever consumes them has to be told. */
export function rebalanceGroupsOf<V>(state: BrokerState<V>, topic: string, environment: Environment<V>): void {
  for (const [name, group] of Object.entries(state.groups))
    if (group.topic === topic) rebalance(state, name, environment);
}
