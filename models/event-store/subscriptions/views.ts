/** What projections with a state fold events into: `$init` and `when` of a KurrentDB projection. */
import type { RecordedEvent } from '../messages.js';

/** A projection's state: numbers by name. */
export type View = Readonly<Record<string, number>>;

export interface Projection {
  readonly initial: View;
  readonly when: (view: View, event: RecordedEvent) => View;
}

/** What was paid out: an event that is no withdrawal leaves it as it is. */
export const turnover: Projection = {
  initial: { withdrawals: 0, paidOut: 0 },
  when: (view, { event }) =>
    event.type === 'withdrawn'
      ? { withdrawals: (view['withdrawals'] ?? 0) + 1, paidOut: (view['paidOut'] ?? 0) + event.amount }
      : view,
};

/** How many events there were of each type: every event changes it. */
export const census: Projection = {
  initial: {},
  when: (view, { event }) => ({ ...view, [event.type]: (view[event.type] ?? 0) + 1 }),
};
