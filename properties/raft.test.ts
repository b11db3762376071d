/** Raft: elections, conflicts and repetitions really happen, and the consensus does what the paper says of it, step by step. */
import { describe, expect, test } from 'vitest';
import { judge, planGenerator, simulate, type NodeId } from 'faultline';
import { raft } from 'faultline/models';
import { randomStream } from '../framework/kernel/random.js';
import {
  consensusHandlers,
  consensusRules,
  freshConsensus,
  propose,
  takeCommitted,
} from '../models/consensus/index.js';
import type { Consensus, ConsensusContext, ConsensusMessage, ConsensusRules } from '../models/consensus/index.js';
import { apply, emptyMachine } from '../models/raft/machine.js';
import { rules } from '../models/raft/rules.js';
import { effort } from './fixtures/effort.js';

describe('the correct system', () => {
  test('goes through elections, refused logs, repeated requests and redirections, and keeps its promises', () => {
    const sample = effort(150);
    const plan = planGenerator(raft);
    const counts = new Map<string, number>();
    const count = (what: string, times: number) => counts.set(what, (counts.get(what) ?? 0) + times);
    for (let seed = 0; seed < sample; seed++) {
      const run = simulate(raft, plan(seed), { trace: true });
      const judgement = judge(raft, run);
      expect(judgement.failures, `seed ${seed}`).toEqual([]);
      for (const { result } of judgement.results)
        for (const what of ['terms', 'elections', 'truncations', 'repeated']) count(what, result.seen[what] ?? 0);
      for (const event of run.trace ?? []) if (event.kind === 'deliver') count(event.message.kind, 1);
    }
    const seen = (what: string): number => counts.get(what) ?? 0;
    expect(seen('terms')).toBeGreaterThan(1.5 * sample);
    expect(seen('elections')).toBeGreaterThan(1.5 * sample);
    expect(seen('truncations')).toBeGreaterThan(0);
    expect(seen('repeated')).toBeGreaterThan(sample / 10);
    expect(seen('redirect')).toBeGreaterThan(sample);
  });
});

describe('the table of sessions', () => {
  test('lets each update take effect once, however often it was committed', () => {
    const machine = emptyMachine();
    const command = (serial: number) =>
      ({ session: 'p1', serial, client: 'c1', update: { kind: 'append', key: 'x', value: `,${serial}` } }) as const;
    for (const serial of [1, 1, 2, 1, 2]) apply(machine, command(serial), rules);
    expect(machine.store).toEqual({ x: ',1,2' });
    expect(machine.repeated).toBe(3);
  });
});

type Sent = { readonly to: NodeId; readonly message: ConsensusMessage<string> };

/** Servers whose messages and timers are in the hands of the test. Their disks work, and are done at once. */
class Servers {
  readonly states = new Map<NodeId, Consensus<string>>();
  readonly sent = new Map<NodeId, Sent[]>();
  /** How many entries `appendEntries` brings at most. */
  entriesMax = Infinity;
  private readonly rules: ConsensusRules;
  private readonly handlers;

  constructor(members: readonly NodeId[], overrides: Partial<ConsensusRules> = {}) {
    this.rules = { ...consensusRules, ...overrides };
    this.handlers = consensusHandlers<Consensus<string>, string, ConsensusContext<string>>({
      part: (state) => state,
      after: () => undefined,
      rules: this.rules,
    });
    for (const member of members) this.states.set(member, freshConsensus(members));
  }

  of(name: NodeId): Consensus<string> {
    const state = this.states.get(name);
    if (state === undefined) throw new Error(`no server ${name}`);
    return state;
  }

  /** The context of `self`: what it sends is kept. */
  private context(self: NodeId): { ctx: ConsensusContext<string>; syncs: string[] } {
    const syncs: string[] = [];
    const nothing = () => undefined;
    const disk = { append: nothing, truncate: nothing, set: nothing, read: () => [], get: nothing };
    const ctx = {
      self,
      now: () => 0,
      send: (to: NodeId, message: ConsensusMessage<string>) => {
        this.sent.set(self, [...(this.sent.get(self) ?? []), { to, message }]);
      },
      setTimer: nothing,
      cancelTimer: nothing,
      disk: { ...disk, sync: (_timer: string, key = '') => syncs.push(key) },
      random: randomStream('raft', self),
      maybe: () => this.entriesMax === 1,
    };
    return { ctx: ctx as unknown as ConsensusContext<string>, syncs };
  }

  private act(name: NodeId, step: (state: Consensus<string>, ctx: ConsensusContext<string>) => void): void {
    const { ctx, syncs } = this.context(name);
    step(this.of(name), ctx);
    for (const key of syncs) this.handlers.timers.durable(this.of(name), ctx, key);
  }

  campaign(name: NodeId): void {
    this.act(name, (state, ctx) => {
      this.handlers.timers.election(state, ctx);
    });
  }

  propose(name: NodeId, command: string): void {
    this.act(name, (state, ctx) => propose(state, command, { ctx, rules: this.rules }));
  }

  /** Delivers what `from` has sent to `to`, in order. What it has sent to others is lost. */
  deliver(from: NodeId, to: NodeId): void {
    const messages = (this.sent.get(from) ?? []).filter((one) => one.to === to);
    this.sent.set(from, []);
    for (const { message } of messages)
      this.act(to, (state, ctx) => {
        const { on } = this.handlers;
        if (message.kind === 'requestVote') on.requestVote(state, message, from, ctx);
        else if (message.kind === 'voted') on.voted(state, message, from, ctx);
        else if (message.kind === 'appendEntries') on.appendEntries(state, message, from, ctx);
        else on.appended(state, message, from, ctx);
      });
  }

  /** A leader sends what it believes its followers to lack. */
  repeat(name: NodeId): void {
    this.act(name, (state, ctx) => {
      this.handlers.timers.repeat(state, ctx);
    });
  }

  /** `name` is elected by the vote of `voter`, in a term of which that has not heard; what it sends as the leader is lost. */
  elect(name: NodeId, voter: NodeId): void {
    // A leader that was deposed learns it from the refusal of what it sends.
    this.sent.clear();
    this.repeat(name);
    this.deliver(name, voter);
    this.deliver(voter, name);
    for (let attempt = 0; attempt < 5 && this.of(name).term <= this.of(voter).term; attempt++) {
      this.sent.clear();
      this.campaign(name);
    }
    this.deliver(name, voter);
    this.deliver(voter, name);
    expect(this.of(name).role).toBe('leader');
    this.sent.clear();
  }
}

/**
 * Fig. 8 with three servers: s1 leads and logs `a`; s3 leads and logs an entry of its own; s1 leads again and brings `a`,
 * of an earlier term, to s2. Now a majority has `a`, and yet s3 may be elected, and overwrite it.
 */
function figure8(overrides: Partial<ConsensusRules>): Servers {
  const servers = new Servers(['s1', 's2', 's3'], overrides);
  servers.entriesMax = 1;
  servers.elect('s1', 's2');
  servers.propose('s1', 'a');
  servers.elect('s3', 's2');
  servers.elect('s1', 's2');
  servers.repeat('s1');
  for (let round = 0; round < 10 && servers.of('s2').log.length < 2; round++) {
    servers.deliver('s1', 's2');
    servers.deliver('s2', 's1');
  }
  expect(servers.of('s2').log.map(({ command }) => command)).toEqual([null, 'a']);
  return servers;
}

describe('commitment', () => {
  test('counts only entries of the term of the leader, so what Fig. 8 overwrites was not committed', () => {
    const servers = figure8({});
    expect(takeCommitted(servers.of('s1'))).toEqual([]);
    servers.elect('s3', 's2');
    expect(servers.of('s3').log.some(({ command }) => command === 'a')).toBe(false);
  });

  test('by counting older entries would have committed what the next leader lacks', () => {
    const servers = figure8({ isCommittedByCount: () => true });
    expect(takeCommitted(servers.of('s1')).map(({ command }) => command)).toEqual(['a']);
    servers.elect('s3', 's2');
    expect(servers.of('s3').log.some(({ command }) => command === 'a')).toBe(false);
  });
});
