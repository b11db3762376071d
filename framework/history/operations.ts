/**
 * Entries paired into operations. A history is a log of beginnings and endings; nearly every question about it (what
 * overlapped, what was acknowledged, what stayed open) is a question about pairs, so they are made once, here.
 */
import { invariant } from '../kernel/invariant.js';
import type { Time } from '../kernel/time.js';
import type { AnyOperation, History } from './entry.js';

/** How an operation ended. `open` means that the history ended first; checkers treat it as `info`. */
export type OperationOutcome =
  | { readonly kind: 'ok'; readonly result: unknown }
  | { readonly kind: 'fail'; readonly reason: string }
  | { readonly kind: 'info'; readonly reason: string }
  | { readonly kind: 'open' };

/** An operation from its invocation to its outcome. */
export interface RecordedOperation<O extends AnyOperation = AnyOperation> {
  /** Index in the history of the `invoke` entry: the operation's identity. */
  readonly index: number;
  /** Index in the history of the entry that ended it, or null for an open one. */
  readonly returnIndex: number | null;
  readonly process: number;
  readonly operation: O;
  readonly invokedAt: Time;
  /** When its outcome was recorded. After `info` it may still take effect later than that. Null for an open one. */
  readonly returnedAt: Time | null;
  readonly outcome: OperationOutcome;
}

type Writable<T> = { -readonly [name in keyof T]: T[name] };

const OPEN: OperationOutcome = { kind: 'open' };

/**
 * The operations of a well-formed `history`, in the order of their invocations. An `ok` without a result has the result
 * null, because JSON knows no `undefined`. Throws when a completion has no invocation or a process invokes twice;
 * `findBreaches` says what is wrong with such a history. O(n).
 */
export function operationsOf<O extends AnyOperation>(history: History<O>): RecordedOperation<O>[] {
  const operations: Writable<RecordedOperation<O>>[] = [];
  /** Per process, the place in `operations` of what it has open. */
  const open = new Map<number, number>();
  for (let index = 0; index < history.length; index++) {
    const entry = history[index];
    if (entry === undefined) continue;
    const { process, time } = entry;
    const place = open.get(process);
    if (entry.type === 'invoke') {
      invariant(place === undefined, () => malformed(index, `process ${process} invokes while an operation is open`));
      open.set(process, operations.length);
      const { operation } = entry;
      operations.push({
        index,
        returnIndex: null,
        process,
        operation,
        invokedAt: time,
        returnedAt: null,
        outcome: OPEN,
      });
      continue;
    }
    const invoked = place === undefined ? undefined : operations[place];
    invariant(place !== undefined && invoked !== undefined, () =>
      malformed(index, `process ${process} completes (${entry.type}) what it never invoked`),
    );
    open.delete(process);
    const outcome: OperationOutcome =
      entry.type === 'ok'
        ? { kind: 'ok', result: entry.result === undefined ? null : entry.result }
        : { kind: entry.type, reason: entry.reason };
    // In place: a second object for each operation would cost a third of the time.
    invoked.returnIndex = index;
    invoked.returnedAt = time;
    invoked.outcome = outcome;
  }
  return operations;
}

const malformed = (index: number, what: string): string =>
  `malformed history: at entry ${index} ${what}; findBreaches(history) lists everything that is wrong with it`;
