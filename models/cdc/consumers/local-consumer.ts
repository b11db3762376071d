/**
 * A consumer whose sink is its own disk. What a batch does, and how far it reaches, are one record: a crash leaves both or
 * neither, so the effects of what is read again are never doubled by the log. What the source publishes again is
 * recognised by the effects themselves (see each sink).
 */
import type { Context } from '../../../framework/index.js';
import {
  assign,
  consumerHandlers,
  handled,
  startConsumer,
  type Consumer,
  type ConsumerTimer,
  type FetchedBatch,
} from '../../partitioned-log/index.js';
import { changeOf, type Change, type Tombstone } from './changes.js';
import type { Value } from './envelope.js';
import type { Message } from './messages.js';
import { BROKER } from './nodes.js';
import { HEARTBEAT_MICROS, POLL_MICROS } from './timing.js';

export const CONSUMING = { broker: BROKER, pollMicros: POLL_MICROS, heartbeatMicros: HEARTBEAT_MICROS };

export interface LocalState<Sink> {
  readonly consumer: Consumer;
  readonly sink: Sink;
}

/** What a batch did, and how far the consumer is then. */
interface Progress<Effect> {
  readonly topicId: number;
  readonly offsets: readonly number[];
  readonly effects: readonly Effect[];
}

export type LocalTimer = ConsumerTimer | 'effective';
type LocalContext = Context<Message, LocalTimer>;

/** What a sink is: pure functions over its state. */
export interface Sink<S, Effect> {
  readonly topic: string;
  readonly empty: () => S;
  /** What a change is to do; null if it has been done already, or does nothing. */
  readonly effectOf: (sink: S, change: Change | Tombstone) => Effect | null;
  readonly apply: (sink: S, effect: Effect) => void;
  /** The topic was created anew, and is read from its beginning. */
  readonly recreated?: (sink: S) => void;
}

const EFFECTS_LOG = 'effects';

export function localConsumer<State extends LocalState<S>, S, Effect, Ctx extends LocalContext = LocalContext>(
  definition: Sink<S, Effect>,
  /** What else is to be done when the effects of a batch are durable. */
  onDurable: (state: State, ctx: Ctx) => void = () => undefined,
) {
  const handlers = consumerHandlers<State, Value, Ctx>({
    setting: CONSUMING,
    part: ({ consumer }) => consumer,
    recreated: ({ sink }) => definition.recreated?.(sink),
    handle(state, batches, ctx) {
      const effects = applyBatches(definition, state.sink, batches);
      const { topicId, positions, handling } = state.consumer;
      const offsets = positions.map(
        ({ partition, offset }) => handling?.find((one) => one.partition === partition)?.offset ?? offset,
      );
      const progress: Progress<Effect> = { topicId, offsets, effects };
      ctx.disk.append(EFFECTS_LOG, progress);
      ctx.disk.sync('effective');
    },
  });
  return {
    /** The state of a new process: what the disk says of earlier ones, which is nothing at first. */
    start: (ctx: Ctx): LocalState<S> => {
      const sink = definition.empty();
      const progress = ctx.disk.read<Progress<Effect>>(EFFECTS_LOG);
      for (const { effects } of progress) for (const effect of effects) definition.apply(sink, effect);
      const consumer = assign(definition.topic, progress.at(-1));
      startConsumer<Value>(consumer, ctx, CONSUMING);
      return { consumer, sink };
    },
    on: handlers.on,
    timers: {
      ...handlers.timers,
      effective(state: State, ctx: Ctx): void {
        handled<Value>(state.consumer, ctx, CONSUMING);
        onDurable(state, ctx);
      },
    },
  };
}

/** Does what the records say, one by one, and tells what that was. */
export function applyBatches<S, Effect>(
  { effectOf, apply }: Sink<S, Effect>,
  sink: S,
  batches: readonly Pick<FetchedBatch<Value>, 'records'>[],
): Effect[] {
  const effects: Effect[] = [];
  for (const { records } of batches)
    for (const record of records) {
      const change = changeOf(record);
      const effect = change === null ? null : effectOf(sink, change);
      if (effect === null) continue;
      apply(sink, effect);
      effects.push(effect);
    }
  return effects;
}
