/**
 * The moments of a run, in order: each step with all that happened in it, and between steps what happened without one (a
 * message lost on its way, a disk sync that nobody waited for). Time travel goes from moment to moment.
 */
import type { RecordedEvent } from './events.js';

export interface Moment {
  /** Its place in the timeline, from 0. */
  readonly index: number;
  /** `12`, or `12+1` for the first moment after step 12 that is no step. */
  readonly id: string;
  readonly step: number;
  readonly time: number;
  /** The events are those from `from` up to, but without, `to`. */
  readonly from: number;
  readonly to: number;
}

export function momentsOf(events: readonly RecordedEvent[]): readonly Moment[] {
  const moments: Moment[] = [];
  let from = 0;
  let between = 0;
  while (from < events.length) {
    const first = events[from] as RecordedEvent;
    let { step } = first;
    let to = from + 1;
    while (to < events.length && isSame(events[to], step, first.time)) to++;
    // What a sync makes durable comes just before the step in which its node hears of it.
    const next = events[to];
    const isBetween = moments.at(-1)?.step === step;
    if (isBetween && next !== undefined && next.step === step + 1 && next.time === first.time) {
      step++;
      while (to < events.length && isSame(events[to], step, first.time)) to++;
      between = 0;
    } else between = isBetween ? between + 1 : 0;
    const id = between === 0 ? String(step) : `${step}+${between}`;
    moments.push({ index: moments.length, id, step, time: first.time, from, to });
    from = to;
  }
  return moments;
}

const isSame = (event: RecordedEvent | undefined, step: number, time: number): boolean =>
  event !== undefined && event.step === step && event.time === time;

/** The last moment of `step` or before it; 0 if there is none. O(log n). */
export function momentAtStep(moments: readonly Moment[], step: number): number {
  let [low, high] = [0, moments.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((moments[middle] as Moment).step <= step) low = middle + 1;
    else high = middle;
  }
  // The step itself comes before what happened after it.
  let index = Math.max(0, low - 1);
  while (index > 0 && moments[index]?.id.includes('+') === true && moments[index - 1]?.step === step) index--;
  return index;
}

/** The moment called `id`; if there is none, that of its step. */
export function momentCalled(moments: readonly Moment[], id: string): number {
  const index = momentAtStep(moments, Number.parseInt(id, 10) || 0);
  for (let at = index; at < moments.length && moments[at]?.step === moments[index]?.step; at++)
    if (moments[at]?.id === id) return at;
  return index;
}
