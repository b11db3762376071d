/** The order on which at-least-once delivery rests: acknowledged by the sink, then stored, then confirmed to the slot. */
import type { Produced } from '../../partitioned-log/index.js';
import { DATABASE } from '../messages.js';
import type { Rules } from '../rules.js';
import { fillAgain } from './incremental.js';
import type { Offset } from './offset.js';
import { queueAgain, send, type ConnectorState, type Environment } from './state.js';

/**
 * The sink has some records. What counts is how far there is none that it has not. If a topic is another one, it is given what the
 * old one had not acknowledged; what that had is lost with it, and all rows are read anew.
 */
export function onAnswer(state: ConnectorState, produced: Produced, environment: Environment): void {
  if (produced.kind === 'fenced') return;
  if (produced.kind === 'topicRecreated') {
    queueAgain(state, produced.topic);
    if (state.phase.kind === 'streaming') fillAgain(state, environment);
  } else for (const record of state.pending) if (produced.tokens.includes(record.token)) record.acknowledged = true;
  const first = state.pending.findIndex(({ acknowledged }) => !acknowledged);
  const count = first < 0 ? state.pending.length : first;
  const last = state.pending[count - 1];
  if (last !== undefined) state.acknowledged = last.offset;
  state.pending = state.pending.slice(count);
  send(state, environment.ctx);
}

/** Every `offset.flush.interval.ms`. */
export function flushOffset(state: ConnectorState, { ctx, rules }: Environment): void {
  if (state.config !== null) ctx.setTimer('flushOffset', state.config.flushMicros);
  const offset = rules.storable({ acknowledged: state.acknowledged, emitted: state.emitted });
  if (offset === null || state.storing !== null || isSame(offset, state.stored)) return;
  state.storing = offset;
  ctx.disk.set('offset', offset);
  ctx.disk.sync('offsetStored');
}

const isSame = (one: Offset, other: Offset | null): boolean =>
  other !== null &&
  one.lsn === other.lsn &&
  one.lsn_proc === other.lsn_proc &&
  one.lsn_commit === other.lsn_commit &&
  one.messageType === other.messageType &&
  one.lsn_events_processed === other.lsn_events_processed &&
  one.snapshot_completed === other.snapshot_completed &&
  one.incremental.lastKey === other.incremental.lastKey &&
  one.incremental.tables.length === other.incremental.tables.length;

/** What the slot may be told. */
export function confirmable({ stored, position }: ConnectorState, rules: Rules): number | null {
  const isComplete = stored?.snapshot_completed === true;
  return rules.confirmable({
    stored: isComplete ? stored.lsn_proc : null,
    read: position?.lsn_commit ?? null,
  });
}

/** The offset is on disk: the slot is told. */
export function onOffsetStored(state: ConnectorState, { ctx, rules }: Environment): void {
  state.stored = state.storing ?? state.stored;
  state.storing = null;
  const { phase } = state;
  if (phase.kind !== 'streaming' || !phase.started) return;
  ctx.send(DATABASE, {
    kind: 'pull',
    session: phase.session,
    next: phase.next,
    flushed: confirmable(state, rules),
  });
}
