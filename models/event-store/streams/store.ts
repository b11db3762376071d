/**
 * The store of streams: transactional append in four modes of expected version, idempotent by the ids of events; snapshots
 * beside the events; truncation and tombstones, and a scavenge that gives back what they hide; the past, by version and by
 * time; catch-up subscriptions. One durable node.
 */
import { protocol, type Context, type NodeId } from '../../../framework/index.js';
import { nextPage } from '../pages.js';
import { close, isUnderWay, takePositions, wake } from '../transactions.js';
import type { RecordedEvent, Snapshot } from './events.js';
import type { Append, StoreMessage } from './messages.js';
import { readStream } from './reading.js';
import type { StoreRules } from './rules.js';
import { copy, scavenge } from './scavenging.js';
import { empty, fileOf, keep, recoverFrom, snapshotKey, type FileRecord, type StoreState } from './state.js';
import { scavengeEveryMicros, workMicros } from './timing.js';

type Timer = 'commit' | 'committed' | 'durable' | 'scavenge' | 'copy' | 'switched';
type Ctx = Context<StoreMessage, Timer>;

/** Answers when everything written so far is on disk. */
function oweAnswer(state: StoreState, to: NodeId, message: StoreMessage, ctx: Ctx): void {
  state.answers++;
  const key = `a${state.answers}`;
  state.owed[key] = { to, message };
  ctx.disk.sync('durable', key);
}

const write = (state: StoreState, record: FileRecord, ctx: Ctx): void => {
  ctx.disk.append(fileOf(state.generation), record);
};

/** The part of a store that appends: from the message to the acknowledgement. */
function appending(rules: StoreRules) {
  const begin = (state: StoreState, append: Append, from: NodeId, ctx: Ctx) => {
    const made = rules.recognises(state, append);
    if (made !== undefined) {
      ctx.send(from, { kind: 'appended', id: append.id, nextVersion: made });
      return;
    }
    const { stream } = append;
    const version = state.versions[stream] ?? 0;
    const position = takePositions(state, append.events.length);
    if (!rules.accepts(state, stream, append.expected)) {
      ctx.send(from, { kind: 'conflict', id: append.id, version });
      return;
    }
    const time = rules.timeOf(ctx.now(), state.lastTime);
    state.lastTime = time;
    const events = append.events.map((event, index): RecordedEvent => {
      return { ...event, position: position + index, stream, version: version + index, time };
    });
    state.open.push({ append, from, events });
    ctx.setTimer('commit', ctx.random.between(workMicros.min, workMicros.max), append.id);
  };

  const receive = (state: StoreState, append: Append, from: NodeId, ctx: Ctx) => {
    if (isUnderWay(state, append.id)) return;
    if (rules.mustWait(state, append.stream)) state.waiting.push({ append, from });
    else begin(state, append, from, ctx);
  };

  const release = (state: StoreState, stream: string, ctx: Ctx) => {
    while (!rules.mustWait(state, stream)) {
      const next = wake(state, stream);
      if (next === undefined) return;
      begin(state, next.append, next.from, ctx);
    }
  };
  return { receive, release };
}

export function streamStore(rules: StoreRules) {
  const { receive, release } = appending(rules);

  const publish = (state: StoreState, subscriber: NodeId, ctx: Ctx) => {
    ctx.send(subscriber, nextPage(state, subscriber, rules.visibleThrough(state)));
  };

  const hold = (state: StoreState, snapshot: Snapshot, ctx: Ctx) => {
    const held = state.snapshots[snapshot.stream];
    if (held !== undefined && !rules.replaces(held, snapshot)) return;
    const { stream, version } = snapshot;
    const last = state.log.find((event) => event.stream === stream && event.version === version - 1);
    const holding = { ...snapshot, time: last?.time ?? state.lastTime };
    state.snapshots[stream] = holding;
    // Not synced by itself: after a crash it may be missing, or an older one be there.
    ctx.disk.set(snapshotKey(stream), holding);
  };

  return protocol<StoreState, StoreMessage, Timer>({
    init(ctx) {
      ctx.setTimer('scavenge', scavengeEveryMicros);
      return empty();
    },
    recover(ctx) {
      ctx.setTimer('scavenge', scavengeEveryMicros);
      return recoverFrom(ctx.disk);
    },
    on: {
      append(state, { id, stream, expected, events }, from, ctx) {
        receive(state, { id, stream, expected, events }, from, ctx);
      },
      load(state, { id, ...question }, from, ctx) {
        ctx.send(from, { kind: 'loaded', id, ...readStream(state, rules, question) });
      },
      save(state, { id, snapshot }, from, ctx) {
        hold(state, snapshot, ctx);
        if (id !== null) oweAnswer(state, from, { kind: 'saved', id }, ctx);
      },
      truncate(state, { id, stream, before }, from, ctx) {
        const record: FileRecord = { kind: 'truncation', stream, before };
        if (before > (state.hidden[stream] ?? 0)) {
          keep(state, record);
          write(state, record, ctx);
        }
        oweAnswer(state, from, { kind: 'truncated', id }, ctx);
      },
      subscribe(state, { after }, from, ctx) {
        state.subscribers[from] = after;
        publish(state, from, ctx);
      },
    },
    timers: {
      commit(state, ctx, id) {
        const transaction = state.open.find(({ append }) => append.id === id);
        if (transaction === undefined) return;
        write(state, { kind: 'events', events: transaction.events }, ctx);
        state.written.push(id);
        ctx.disk.sync('committed', id);
      },
      committed(state, ctx, id) {
        const transaction = close(state, id);
        if (transaction === undefined) return;
        state.written.splice(state.written.indexOf(id), 1);
        const { append, from, events } = transaction;
        keep(state, { kind: 'events', events: events.map((one) => ({ ...one })) });
        const nextVersion = (events.at(-1)?.version ?? -1) + 1;
        ctx.send(from, { kind: 'appended', id, nextVersion });
        for (const subscriber of Object.keys(state.subscribers).sort()) publish(state, subscriber, ctx);
        release(state, append.stream, ctx);
      },
      durable(state, ctx, key) {
        const owed = state.owed[key];
        if (owed === undefined) return;
        // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- a table by key, of plain data
        delete state.owed[key];
        ctx.send(owed.to, owed.message);
      },
      scavenge(state, ctx) {
        scavenge(state, rules, ctx);
      },
      copy(state, ctx) {
        copy(state, rules, ctx);
      },
      switched() {
        // Nothing waits for it: until then a crash goes back to the old file, and what followed it is not acknowledged.
      },
    },
  });
}
