/** The partitioned log: what its broker promises producers and consumers, step by step, with its disk in the test's hands. */
import { describe, expect, test } from 'vitest';
import type { NodeId } from 'faultline';
import { DiskImage } from '../framework/world/disk.js';
import {
  enqueue,
  freshProducer,
  initialTopics,
  logBroker,
  logRules,
  onProduced,
  partitionOf,
  sendQueued,
  unacknowledgedCount,
  type BrokerConfig,
  type BrokerState,
  type LogMessage,
  type LogRecord,
  type LogRules,
} from '../models/partitioned-log/index.js';

type Message = LogMessage<number>;
type Of<K extends Message['kind']> = Extract<Message, { kind: K }>;

const CONFIG: BrokerConfig = {
  topics: {
    plain: { partitions: 2, compaction: null },
    compacted: {
      partitions: 1,
      compaction: { intervalMicros: 1_000, activeRecords: 1, tombstoneRetentionMicros: 50_000 },
    },
  },
  sessionMicros: 30_000,
  rebalanceMicros: 10_000,
  fetchRecordsMax: 3,
};

/** A broker whose clock, network and disk are in the hands of the test. Syncs are done when `settle` is called. */
class Broker {
  now = 0;
  state: BrokerState<number>;
  readonly sent: { readonly to: NodeId; readonly message: Message }[] = [];
  private syncs: { readonly key: string; readonly writes: number }[] = [];
  private readonly disk = new DiskImage();
  private readonly behaviour;
  private readonly ctx;

  constructor(rules: Partial<LogRules> = {}) {
    this.behaviour = logBroker<number>(CONFIG, { ...logRules, ...rules }).behaviour;
    const { disk } = this;
    this.ctx = {
      self: 'log',
      now: () => this.now,
      send: (to: NodeId, message: Message) => void this.sent.push(structuredClone({ to, message })),
      setTimer: () => undefined,
      cancelTimer: () => undefined,
      disk: {
        append: (log: string, record: unknown) => {
          disk.append(log, record);
        },
        truncate: (log: string, length: number) => {
          disk.truncate(log, length);
        },
        set: (key: string, value: unknown) => {
          disk.set(key, value);
        },
        read: (log: string) => disk.read(log),
        get: (key: string) => disk.get(key),
        sync: (_timer: string, key = '') => void this.syncs.push({ key, writes: disk.writeCount }),
      },
    };
    this.state = this.behaviour.init(this.ctx) as BrokerState<number>;
  }

  say(message: Message, from: NodeId = 'someone'): void {
    this.behaviour.on[message.kind]?.(this.state, message, from, this.ctx);
  }

  timer(name: 'session' | 'rebalance' | 'clean', key: string): void {
    this.behaviour.timers[name]?.(this.state, this.ctx, key);
  }

  settle(): void {
    for (const { key, writes } of this.syncs.splice(0)) {
      this.disk.completeSync(writes);
      this.behaviour.timers['durable']?.(this.state, this.ctx, key);
    }
  }

  crash(): void {
    this.syncs = [];
    this.disk.crash({ kept: 0, which: 'oldest', torn: false, bits: 0 });
    this.state = this.behaviour.recover?.(this.ctx) as BrokerState<number>;
  }

  /** The messages of a kind that were sent since they were asked for last. */
  answers<K extends Message['kind']>(kind: K): Of<K>[] {
    return this.sent.splice(0).flatMap(({ message }) => (message.kind === kind ? [message as Of<K>] : []));
  }

  /** The values, by offset, that a consumer gets from `offset` on. */
  fetch(topic: string, partition = 0, offset = 0): [offset: number, value: number | null][] {
    this.sent.length = 0;
    this.say({ kind: 'fetch', id: 1, topic, topicId: null, partitions: 9, positions: [{ partition, offset }] });
    const batches = this.answers('fetched').flatMap((one) => one.batches);
    return batches.flatMap(({ records }) => records.map((one): [number, number | null] => [one.offset, one.value]));
  }
}

const record = (key: string | null, value: number | null): LogRecord<number> => ({ key, value, headers: {} });

const produce = (sequence: number, records: LogRecord<number>[], other: Partial<Of<'produce'>> = {}): Message => ({
  kind: 'produce',
  topic: 'plain',
  topicId: 1,
  partition: 0,
  producerId: 'p',
  epoch: 1,
  sequence,
  records,
  ...other,
});

const compacted = { topic: 'compacted', topicId: 2 };

describe('produce and fetch', () => {
  test('show nothing, and acknowledge nothing, that is not durable', () => {
    const broker = new Broker();
    broker.say(produce(0, [record('a', 1), record('b', 2)]));
    expect(broker.fetch('plain')).toEqual([]);
    expect(broker.answers('produced')).toEqual([]);
    broker.settle();
    expect(broker.answers('produced')).toMatchObject([{ result: 'stored', next: 2 }]);
    expect(broker.fetch('plain')).toEqual([
      [0, 1],
      [1, 2],
    ]);
    broker.say(produce(2, [record('a', 3)]));
    broker.crash();
    expect(broker.fetch('plain')).toEqual([
      [0, 1],
      [1, 2],
    ]);
  });

  test('answer a fetch that waits, as soon as there is something', () => {
    const broker = new Broker();
    expect(broker.fetch('plain')).toEqual([]);
    broker.say(produce(0, [record('a', 1)]));
    broker.settle();
    expect(broker.answers('fetched')).toMatchObject([{ topicId: 1, batches: [{ from: 0, next: 1 }] }]);
  });

  test('do not double what is sent again, not even half of it, nor after a crash', () => {
    const broker = new Broker();
    broker.say(produce(0, [record('a', 1), record('a', 2)]));
    broker.settle();
    broker.crash();
    broker.say(produce(1, [record('a', 2), record('a', 3)]));
    broker.settle();
    expect(broker.fetch('plain').map(([, value]) => value)).toEqual([1, 2, 3]);
  });

  test('double it without the rule that knows sequence numbers', () => {
    const broker = new Broker({ newFrom: () => 0 });
    for (let time = 0; time < 2; time++) broker.say(produce(0, [record('a', 1)]));
    broker.settle();
    expect(broker.fetch('plain').map(([, value]) => value)).toEqual([1, 1]);
  });

  test('refuse a batch before which another is missing, and a producer that has a later life', () => {
    const broker = new Broker();
    broker.say(produce(1, [record('a', 1)]));
    expect(broker.answers('produced')).toMatchObject([{ result: 'outOfOrder', next: 0 }]);
    broker.say(produce(0, [record('a', 1)], { epoch: 2, partition: 1 }));
    broker.settle();
    broker.crash();
    broker.sent.length = 0;
    broker.say(produce(0, [record('a', 1)]));
    expect(broker.answers('produced')).toMatchObject([{ result: 'fenced' }]);
  });
});

describe('compaction', () => {
  const values = [record('a', 1), record('b', 2), record('a', 3), record('b', null), record('c', 5)];

  test('keeps the last value of each key, offsets and order, through a crash', () => {
    const broker = new Broker();
    broker.say(produce(0, values, compacted));
    broker.settle();
    broker.timer('clean', 'compacted');
    const kept = [
      [2, 3],
      [3, null],
      [4, 5],
    ];
    expect(broker.fetch('compacted')).toEqual(kept);
    // The switch to the new log is not durable yet, and the old one is whole.
    broker.crash();
    expect(broker.fetch('compacted', 0, 3)).toEqual(kept.slice(1));
    broker.timer('clean', 'compacted');
    broker.say(produce(5, [record('c', 6)], compacted));
    broker.settle();
    broker.crash();
    expect(broker.fetch('compacted', 0, 3)).toEqual([...kept.slice(1), [5, 6]]);
    // What was cleaned away is still known to have been produced.
    broker.say(produce(0, values, compacted));
    broker.settle();
    expect(broker.fetch('compacted', 0, 4)).toEqual([
      [4, 5],
      [5, 6],
    ]);
  });

  test('drops a tombstone when consumers have had the time to see it, and not before', () => {
    const broker = new Broker();
    broker.say(produce(0, values, compacted));
    broker.settle();
    broker.timer('clean', 'compacted');
    broker.now = 49_999;
    broker.timer('clean', 'compacted');
    expect(broker.fetch('compacted', 0, 3)).toEqual([
      [3, null],
      [4, 5],
    ]);
    broker.now = 50_000;
    broker.timer('clean', 'compacted');
    expect(broker.fetch('compacted', 0, 3)).toEqual([[4, 5]]);
    expect(broker.state.counts.tombstonesDropped).toBe(1);
  });

  test('does not touch the active segment, nor a topic that keeps everything', () => {
    const broker = new Broker();
    broker.say(produce(0, [record('a', 1), record('a', 2)], compacted));
    broker.say(produce(0, values));
    broker.settle();
    broker.timer('clean', 'compacted');
    broker.timer('clean', 'plain');
    expect(broker.fetch('compacted').map(([, value]) => value)).toEqual([1, 2]);
    expect(broker.fetch('plain').map(([, value]) => value)).toEqual([1, 2, 3]);
  });
});

describe('a group', () => {
  const join = (member: string): Message => ({ kind: 'joinGroup', group: 'g', topic: 'plain', member });
  const commitOf = (member: string, generation: number, offset: number): Message => ({
    kind: 'commitOffsets',
    group: 'g',
    member,
    generation,
    topicId: 1,
    offsets: [{ partition: 0, offset }],
  });
  /** Two members, in generation 2, each with a partition. */
  const pair = (rules: Partial<LogRules> = {}): Broker => {
    const broker = new Broker(rules);
    for (const member of ['m1', 'm2', 'm1']) broker.say(join(member), member);
    broker.settle();
    return broker;
  };

  test('deals its partitions out among its members, in a generation that grows', () => {
    const broker = pair();
    const told = broker.answers('groupJoined').filter(({ generation }) => generation === 2);
    expect(told.map(({ member, assigned }) => [member, assigned])).toEqual([
      ['m1', [{ partition: 0, offset: 0 }]],
      ['m2', [{ partition: 1, offset: 0 }]],
    ]);
  });

  test('gives the partitions of a silent member to others, from what was committed, and refuses what it commits later', () => {
    const broker = pair();
    broker.say(commitOf('m1', 2, 7));
    broker.settle();
    broker.timer('session', 'g/m1');
    broker.say({ kind: 'groupHeartbeat', group: 'g', member: 'm2', generation: 2 });
    expect(broker.answers('groupBeat')).toMatchObject([{ status: 'rejoin' }]);
    broker.say(join('m2'));
    broker.say(commitOf('m1', 2, 8));
    broker.settle();
    const { sent } = broker;
    expect(sent.map(({ message }) => message).filter(({ kind }) => kind === 'offsetsCommitted')).toMatchObject([
      { result: 'illegalGeneration' },
    ]);
    expect(broker.answers('groupJoined')).toMatchObject([
      {
        member: 'm2',
        generation: 3,
        assigned: [
          { partition: 0, offset: 7 },
          { partition: 1, offset: 0 },
        ],
      },
    ]);
  });

  test('keeps its generation, its members and its offsets through a crash of the broker', () => {
    const broker = pair();
    broker.say(commitOf('m1', 2, 7));
    broker.settle();
    broker.crash();
    expect(broker.state.groups['g']).toMatchObject({ generation: 2, phase: 'stable', offsets: [7] });
    broker.timer('session', 'g/m1');
    broker.say(join('m2'));
    broker.settle();
    expect(broker.answers('groupJoined').at(-1)).toMatchObject({ member: 'm2', generation: 3 });
  });

  test('does without members that do not join a rebalance in time', () => {
    const broker = pair();
    broker.say({ kind: 'growTopic', id: 'i', topic: 'plain', partitions: 3 });
    broker.settle();
    broker.say(join('m1'));
    broker.timer('rebalance', 'g');
    broker.settle();
    expect(broker.answers('groupJoined').at(-1)).toMatchObject({ member: 'm1', generation: 3, partitions: 3 });
    expect(Object.keys(broker.state.groups['g']?.members ?? {})).toEqual(['m1']);
  });

  test('begins a topic that was created anew from its beginning', () => {
    const recreate: Message = { kind: 'recreateTopic', id: 'i', topic: 'plain', topicId: 1, partitions: 1 };
    for (const [rules, offset] of [
      [{}, 0],
      [{ keepsOffsets: () => true }, 7],
    ] as const) {
      const broker = pair(rules);
      broker.say(commitOf('m1', 2, 7));
      broker.say(recreate);
      broker.settle();
      for (const member of ['m1', 'm2']) broker.say(join(member));
      broker.settle();
      const joined = broker.answers('groupJoined').filter(({ topicId }) => topicId === 3);
      expect(joined.find(({ member }) => member === 'm1')?.assigned).toEqual([{ partition: 0, offset }]);
      // Asked again, it is not created again.
      broker.say(recreate);
      expect(broker.answers('topicDescribed')).toMatchObject([{ topicId: 3 }]);
    }
  });
});

test('a topic keeps its partitions through a crash, though it was to have fewer while it got more', () => {
  const broker = new Broker();
  const grow = (partitions: number): Message => ({ kind: 'growTopic', id: 'i', topic: 'plain', partitions });
  broker.say(grow(4));
  broker.say(grow(3));
  broker.settle();
  expect(broker.answers('topicDescribed')).toMatchObject([{ partitions: 4 }, { partitions: 4 }]);
  broker.crash();
  expect(broker.state.topics['plain']?.partitions).toHaveLength(4);
});

test('a producer sends one batch of a partition at a time, and keeps what is not acknowledged', () => {
  const sent: Of<'produce'>[] = [];
  const ctx = {
    send: (_to: NodeId, message: Message) => void sent.push(message as Of<'produce'>),
    setTimer: () => undefined,
  };
  const setting = { broker: 'log', batchRecordsMax: 2, retryMicros: 1_000 };
  const go = () => {
    sendQueued(producer, ctx as never, setting);
  };
  const producer = freshProducer<number>({ producerId: 'p', epoch: 1 }, initialTopics(CONFIG));
  for (const value of [1, 2, 3]) enqueue(producer, 'compacted', record('a', value), value);
  go();
  go();
  expect(sent.map(({ sequence, records }) => [sequence, records.length])).toEqual([[0, 2]]);
  const answer = { kind: 'produced', topic: 'compacted', topicId: 2, partitions: 1, partition: 0 } as const;
  const stored = { ...answer, producerId: 'p', epoch: 1, next: 2, result: 'stored' } as const;
  expect(onProduced(producer, stored)).toEqual({ kind: 'acknowledged', tokens: [1, 2] });
  expect(onProduced(producer, stored)).toEqual({ kind: 'acknowledged', tokens: [] });
  go();
  expect(sent.at(-1)).toMatchObject({ sequence: 2, records: [record('a', 3)] });
  expect(onProduced(producer, { ...stored, topicId: 5, result: 'topicRecreated', next: 0 })).toEqual({
    kind: 'topicRecreated',
    topic: 'compacted',
  });
  expect(unacknowledgedCount(producer)).toBe(0);
});

test('keys are dealt out evenly, and a key always goes to the same of so many partitions', () => {
  const counts = [0, 0, 0];
  for (let n = 0; n < 3_000; n++) {
    const partition = partitionOf(`key ${n}`, 3);
    expect(partitionOf(`key ${n}`, 3)).toBe(partition);
    counts[partition] = (counts[partition] ?? 0) + 1;
  }
  for (const count of counts) expect(count).toBeGreaterThan(900);
});
