/** Which moments are background: heartbeats, timers and their like, which follow from no operation. They can be hidden. */
import type { RecordedEvent } from '../recording/events.js';
import type { Message } from '../recording/messages.js';
import type { Moment } from '../recording/timeline.js';
import { chatterKinds, messageKey, TIMERS_MAX } from '../report/causes.js';

/** By moment: whether nothing in it is worth more than background. */
export function backgroundOf(
  events: readonly RecordedEvent[],
  moments: readonly Moment[],
  messages: ReadonlyMap<string, Message>,
): readonly boolean[] {
  const chatter = chatterKinds([...messages.values()].map(({ send }) => send));
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
