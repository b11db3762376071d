/**
 * Scavenging: hidden events are given back to the disk in the background. The log is copied into a new file a few events
 * at a time, appends going on meanwhile; the new file counts from one small write on. A crash before that leaves the old
 * one as it was, and half a copy that the next scavenge overwrites.
 */
import type { Context } from '../../../framework/index.js';
import type { StoreMessage } from './messages.js';
import type { StoreRules } from './rules.js';
import { fileOf, summaryOf, type FileRecord, type StoreState } from './state.js';
import { SCAVENGE_EVENTS, scavengeEveryMicros, scavengePauseMicros } from './timing.js';
import type { RecordedEvent } from './events.js';

type Ctx = Context<StoreMessage, 'scavenge' | 'copy' | 'switched'>;

const isHidden = ({ hidden }: StoreState, { stream, version }: RecordedEvent): boolean =>
  version < (hidden[stream] ?? 0);

/** Begins to copy, if there is anything to gain. */
export function scavenge(state: StoreState, rules: StoreRules, ctx: Ctx): void {
  if (!state.log.some((event) => isHidden(state, event))) {
    ctx.setTimer('scavenge', scavengeEveryMicros);
    return;
  }
  state.scavenge = { looked: 0, kept: [] };
  ctx.disk.truncate(fileOf(state.generation + 1), 0);
  if (rules.scavengeCounts === 'from its beginning') switchFiles(state, ctx);
  ctx.setTimer('copy', scavengePauseMicros);
}

/** Copies the next few events; when none is left, the copy becomes the file that counts. */
export function copy(state: StoreState, rules: StoreRules, ctx: Ctx): void {
  const { scavenge } = state;
  if (scavenge === null) return;
  const early = rules.scavengeCounts === 'from its beginning';
  const target = fileOf(early ? state.generation : state.generation + 1);
  const next = state.log.slice(scavenge.looked, scavenge.looked + SCAVENGE_EVENTS);
  for (const event of next) {
    scavenge.looked++;
    if (isHidden(state, event)) continue;
    scavenge.kept.push(event);
    append(ctx, target, { kind: 'events', events: [event] });
  }
  if (scavenge.looked < state.log.length) {
    ctx.setTimer('copy', scavengePauseMicros);
    return;
  }
  append(ctx, target, summaryOf(state));
  if (rules.carriesOver) carryOver(state, target, ctx);
  if (!early) switchFiles(state, ctx);
  state.log = scavenge.kept.map((event) => ({ ...event }));
  state.scavenge = null;
  ctx.setTimer('scavenge', scavengeEveryMicros);
}

/** Transactions that are in the old file, and will be acknowledged when the disk has synced it. */
function carryOver(state: StoreState, target: string, ctx: Ctx): void {
  for (const { append: asked, events } of state.open)
    if (state.written.includes(asked.id)) append(ctx, target, { kind: 'events', events });
}

/** The disk keeps the order of writes: if this one is kept, so is all that was copied. */
function switchFiles(state: StoreState, ctx: Ctx): void {
  state.generation++;
  ctx.disk.set('generation', state.generation);
  ctx.disk.sync('switched');
}

const append = (ctx: Ctx, file: string, record: FileRecord): void => {
  ctx.disk.append(file, record);
};
