/**
 * A service: it handles commands to aggregates which it keeps in memory between commands. A command is decided on the
 * cached state, applied to it, and appended at the version decided on; when the append fails the cache is forgotten, and
 * the command decided anew on what the store has.
 */
import { protocol } from '../../../framework/index.js';
import type { Loaded } from '../streams/messages.js';
import type { Aggregate } from './aggregate.js';
import { asOf, decideOn, present, throughOf, type Verdict } from './handling.js';
import { TOO_MANY_CONFLICTS, type Message, type Result } from './messages.js';
import { setupOf, STORE } from './nodes.js';
import { streamOf } from './operations.js';
import type { Rules } from './rules.js';
import { encodeState } from './schema.js';
import { conflictsMax, storePatienceMicros, storeRequestsMax } from './timing.js';
import type { Asked, ServiceContext as Ctx, ServiceState, Work } from './work.js';

type Question = Work['question'];

export function service(rules: Rules) {
  const snapshotOf = (stream: string, { state, handled, version }: Aggregate, { self }: Ctx) => ({
    stream,
    version,
    ...encodeState(state, handled, setupOf(self).writes),
  });

  const send = (stream: string, work: Work, ctx: Ctx) => {
    work.requests++;
    ctx.send(STORE, work.question);
    ctx.setTimer('patience', storePatienceMicros, stream);
  };

  const ask = (state: ServiceState, work: Work, question: (id: string) => Question, ctx: Ctx) => {
    state.asked++;
    work.question = question(`${ctx.self}.${state.life}.${state.asked}`);
    work.requests = 0;
    send(streamOf(work.request), work, ctx);
  };

  const load = (state: ServiceState, work: Work, ctx: Ctx) => {
    const { request } = work;
    const stream = streamOf(request);
    const known = request.kind === 'notes' ? 0 : (state.cache[stream]?.version ?? 0);
    ask(state, work, (id) => ({ kind: 'load', id, stream, known, through: throughOf(request) }), ctx);
  };

  /** Ends the work on a stream, and begins the next. Without a result the client is left to ask again. */
  const finish = (state: ServiceState, work: Work, result: Result | null, ctx: Ctx) => {
    const stream = streamOf(work.request);
    if (result !== null) ctx.send(work.from, { kind: 'answer', id: work.id, result });
    // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- a table by stream, of plain data
    delete state.working[stream];
    ctx.cancelTimer('patience', stream);
    const next = state.queue.find(({ request }) => streamOf(request) === stream);
    if (next === undefined) return;
    state.queue = state.queue.filter((one) => one !== next);
    begin(state, next, ctx);
  };

  const begin = (state: ServiceState, asked: Asked, ctx: Ctx) => {
    const nothing: Question = { kind: 'saved', id: '' };
    const work: Work = { ...asked, question: nothing, requests: 0, conflicts: 0, fresh: false, tentative: null };
    state.working[streamOf(asked.request)] = work;
    const cached = state.cache[streamOf(asked.request)];
    const verdict = decideOn(cached, asked.request, setupOf(ctx.self));
    if (verdict.kind === 'unknown') load(state, work, ctx);
    else act(state, work, verdict, ctx);
  };

  /** Does what was decided, if it may be: a refusal needs a state that is known to be the present one. */
  const act = (state: ServiceState, work: Work, verdict: Verdict, ctx: Ctx) => {
    if (verdict.kind === 'answer') {
      const isRefusal = 'refused' in verdict.result;
      if (isRefusal && !work.fresh && !rules.refusesUnseen) load(state, work, ctx);
      else finish(state, work, verdict.result, ctx);
      return;
    }
    if (verdict.kind === 'unknown') return;
    const stream = streamOf(work.request);
    const { expected, events, becomes } = verdict;
    work.tentative = becomes;
    if (becomes !== null) state.cache[stream] = becomes;
    if (rules.snapshotsWhen === 'decided') saveEveryFew(stream, becomes, events.length, ctx);
    ask(state, work, (id) => ({ kind: 'append', id, stream, expected, events }), ctx);
  };

  const forget = (state: ServiceState, stream: string) => {
    // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- a table by stream, of plain data
    delete state.cache[stream];
  };

  const saveEveryFew = (stream: string, aggregate: Aggregate | null, added: number, ctx: Ctx) => {
    if (aggregate === null) return;
    const times = (version: number) => Math.floor(version / rules.snapshotEvery);
    if (times(aggregate.version) > times(aggregate.version - added))
      ctx.send(STORE, { kind: 'save', id: null, snapshot: snapshotOf(stream, aggregate, ctx) });
  };

  const appended = (state: ServiceState, work: Work, nextVersion: number, ctx: Ctx) => {
    const stream = streamOf(work.request);
    const { tentative, question, request } = work;
    work.tentative = null;
    if (tentative?.version === nextVersion) {
      const added = question.kind === 'append' ? question.events.length : 0;
      if (rules.snapshotsWhen === 'appended') saveEveryFew(stream, tentative, added, ctx);
      finish(
        state,
        work,
        'transfer' in request ? { version: nextVersion, state: tentative.state } : { version: nextVersion },
        ctx,
      );
      return;
    }
    // It is in the stream, but not where it was decided on: others appended before it, or it was there already.
    forget(state, stream);
    if ('transfer' in request) load(state, work, ctx);
    else finish(state, work, { version: nextVersion }, ctx);
  };

  /** Nothing was appended. What was applied to the cached aggregate has not happened. */
  const failed = (state: ServiceState, work: Work, ctx: Ctx) => {
    if (rules.forgetsAfterFailure) forget(state, streamOf(work.request));
    work.tentative = null;
    work.fresh = false;
    work.conflicts++;
    if (work.conflicts > conflictsMax) finish(state, work, { failed: TOO_MANY_CONFLICTS }, ctx);
    else if (work.request.kind === 'transfer') finish(state, work, { failed: 'there is such a transfer' }, ctx);
    else if (rules.forgetsAfterFailure) load(state, work, ctx);
    else act(state, work, decideOn(state.cache[streamOf(work.request)], work.request, setupOf(ctx.self)), ctx);
  };

  const loaded = (state: ServiceState, work: Work, answer: Loaded, ctx: Ctx) => {
    const { request } = work;
    const stream = streamOf(request);
    if (request.kind === 'notes') {
      finish(state, work, { notes: answer.events.map(({ metadata }) => metadata.command) }, ctx);
      return;
    }
    if (request.kind === 'as of' || request.kind === 'back at') {
      finish(state, work, asOf(stream, answer, { rules, setup: setupOf(ctx.self) }), ctx);
      return;
    }
    const aggregate = present(stream, state.cache[stream], answer, { rules, setup: setupOf(ctx.self) });
    state.cache[stream] = aggregate;
    work.fresh = true;
    if (request.kind === 'balance' || request.kind === 'look')
      finish(state, work, { version: aggregate.version, state: aggregate.state }, ctx);
    else if (request.kind === 'truncate') {
      ask(state, work, (id) => ({ kind: 'save', id, snapshot: snapshotOf(stream, aggregate, ctx) }), ctx);
      if (!rules.awaitsSnapshot) truncate(state, work, ctx);
    } else act(state, work, decideOn(aggregate, request, setupOf(ctx.self)), ctx);
  };

  const truncate = (state: ServiceState, work: Work, ctx: Ctx) => {
    const stream = streamOf(work.request);
    const before = state.cache[stream]?.version ?? 0;
    ask(state, work, (id) => ({ kind: 'truncate', id, stream, before }), ctx);
  };

  /** What the store says to the question asked last; anything else comes late, or twice. */
  const workOn = (state: ServiceState, id: string): Work | undefined =>
    Object.keys(state.working)
      .sort()
      .map((stream) => state.working[stream])
      .find((work) => work?.question.id === id);

  const start = (ctx: Ctx): ServiceState => ({
    life: ctx.random.uint32(),
    asked: 0,
    cache: {},
    working: {},
    queue: [],
  });

  return protocol<ServiceState, Message, 'patience'>({
    init: start,
    on: {
      request(state, { id, request }, from, ctx) {
        const working = state.working[streamOf(request)];
        const isKnown = (one: Asked | undefined) => one?.id === id && one.from === from;
        if (isKnown(working) || state.queue.some(isKnown)) return;
        if (working === undefined) begin(state, { id, from, request }, ctx);
        else state.queue.push({ id, from, request });
      },
      loaded(state, { id, ...answer }, _from, ctx) {
        const work = workOn(state, id);
        if (work !== undefined) loaded(state, work, answer, ctx);
      },
      appended(state, { id, nextVersion }, _from, ctx) {
        const work = workOn(state, id);
        if (work !== undefined) appended(state, work, nextVersion, ctx);
      },
      conflict(state, { id }, _from, ctx) {
        const work = workOn(state, id);
        if (work !== undefined) failed(state, work, ctx);
      },
      saved(state, { id }, _from, ctx) {
        const work = workOn(state, id);
        if (work !== undefined) truncate(state, work, ctx);
      },
      truncated(state, { id }, _from, ctx) {
        const work = workOn(state, id);
        if (work !== undefined)
          finish(state, work, { version: state.cache[streamOf(work.request)]?.version ?? 0 }, ctx);
      },
    },
    timers: {
      patience(state, ctx, stream) {
        const work = state.working[stream];
        if (work === undefined) return;
        if (work.requests < storeRequestsMax) {
          send(stream, work, ctx);
          return;
        }
        // Nobody knows whether it was appended, so nobody knows the aggregate.
        if (work.tentative !== null && rules.forgetsAfterFailure) forget(state, stream);
        finish(state, work, null, ctx);
      },
    },
  });
}
