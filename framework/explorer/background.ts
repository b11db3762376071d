/** Which moments are background: heartbeats, timers and their like, which follow from no operation. They can be hidden. */
import type { RecordedEvent } from '../recording/events.js';
import type { Message } from '../recording/messages.js';
import type { Moment } from '../recording/timeline.js';
import { messageKey } from '../report/causes.js';

/** A kind of message that is sent at least this often is background, unless an operation caused it. */
const CHATTER_COUNT = 6;
/** Operations' consequences are followed as far as so many timers away. */
const TIMERS_MAX = 2;

/** By moment: whether nothing in it is worth more than background. */
export function backgroundOf(
  events: readonly RecordedEvent[],
  moments: readonly Moment[],
  messages: ReadonlyMap<string, Message>,
): readonly boolean[] {
  const chatter = chatterKinds(messages.values());
  /** For the steps that follow from an operation, the timers between. */
  const timersFrom = new Map<number, number>();
  return moments.map(({ from, to }) => {
    let isBackground = true;
    for (let at = from; at < to; at++) {
      const event = events[at];
      if (event === undefined) continue;
      if (event.kind === 'invoke') timersFrom.set(event.step, 0);
      else if ('cause' in event) {
        const timers = (timersFrom.get(event.cause) ?? Infinity) + (event.kind === 'timer' ? 1 : 0);
        if (timers <= TIMERS_MAX) timersFrom.set(event.step, Math.min(timers, timersFrom.get(event.step) ?? Infinity));
      }
      isBackground &&= isQuiet(event);
    }
    return isBackground;
  });

  function isQuiet(event: RecordedEvent): boolean {
    switch (event.kind) {
      case 'timer':
      case 'synced':
        return !timersFrom.has(event.step);
      case 'deliver':
      case 'lost': {
        const receiver = event.kind === 'deliver' ? event.node : event.to;
        const message = messages.get(messageKey(event.from, receiver, event.nth));
        if (message === undefined) return true;
        return chatter.has(message.send.message.kind) && !timersFrom.has(message.send.step);
      }
      case 'send':
      case 'state':
      case 'disk':
        return true;
      default:
        return false;
    }
  }
}

function chatterKinds(messages: Iterable<Message>): ReadonlySet<string> {
  const counts = new Map<string, number>();
  for (const { send } of messages) counts.set(send.message.kind, (counts.get(send.message.kind) ?? 0) + 1);
  return new Set([...counts].filter(([, count]) => count >= CHATTER_COUNT).map(([kind]) => kind));
}
