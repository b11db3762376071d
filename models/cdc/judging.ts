/** What all properties of change data capture have in common: what they judge, and when a run proves nothing. */
import type { CheckResult, Property, Seen } from '../../framework/index.js';
import type { SnapshotMode } from './connector/state.js';
import { erasOf, type Eras } from './eras.js';
import { evidenceOf, type Evidence, type Holding } from './evidence.js';
import type { CdcOperation } from './messages.js';
import { transactionsOf, type ExpectedTransaction } from './oracle.js';
import type { Row } from './schema.js';

export type CdcProperty = Property<CdcOperation, Holding>;
export type Judged = NonNullable<ReturnType<typeof evidenceOf>> & {
  readonly transactions: readonly ExpectedTransaction[];
  /** The consistent point of the slot. */
  readonly created: number;
} & Eras;

export const unknown = (reason: string, seen: Seen = {}): CheckResult => ({ verdict: 'unknown', reason, seen });
export const invalid = (rule: string, explanation: string, seen: Seen = {}): CheckResult => ({
  verdict: 'invalid',
  violation: { rule, explanation, operations: [] },
  seen,
});

export const text = (row: Row | undefined, none: string): string => (row === undefined ? none : JSON.stringify(row));

/** Whether a connector may give up: its slot is gone, and it is not to take another snapshot. */
const mayFail = (mode: SnapshotMode | null, slotsDropped: number): boolean =>
  slotsDropped > 0 && (mode === 'initial' || mode === 'no_data');

/** A property of a run in which the connector got as far as to have a slot, and had something to stream before healing. */
export function property(name: string, judge: (judged: Judged, run: Evidence) => CheckResult): CdcProperty {
  return {
    name,
    check(run): CheckResult {
      const evidence = evidenceOf(run);
      if (evidence === undefined) return unknown('not all nodes were there to be inspected');
      const { slot, dropped, log } = evidence.database;
      const { phase, mode } = evidence.capture;
      if (phase.startsWith('failed'))
        return mayFail(mode, dropped.length)
          ? unknown('the slot was dropped, and the connector has stopped and says so', { stopped: 1 })
          : invalid('failed', `The connector has ${phase}.`);
      if (slot === null) return invalid('no slot', 'The connector has not created its slot, though all had healed.');
      const transactions = transactionsOf(log);
      const eras = erasOf({ slot, dropped }, transactions, evidence.sink);
      const result = judge({ ...evidence, transactions, created: slot.created, ...eras }, run);
      if (result.verdict !== 'valid') return result;
      // One line of the journal is the probe's.
      const events = transactions.filter(({ committedAt }) => committedAt >= slot.created).flatMap((one) => one.events);
      return events.length > 1 ? result : unknown('nothing was committed while there was a slot', result.seen);
    },
  };
}
