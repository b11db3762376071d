/** Transactions as the isolation checker sees them: what each did to which key, and how it ended. */
import type { AnyOperation, History } from '../../history/entry.js';
import { operationsOf } from '../../history/operations.js';
import { InvariantError } from '../../kernel/invariant.js';

/** `r` reads a key, `append` adds to the list of a key, `w` writes a register. Values are never used twice for one key. */
export type MicroOperation =
  | { readonly f: 'r'; readonly key: string }
  | { readonly f: 'append' | 'w'; readonly key: string; readonly value: string | number };

/**
 * A transaction. Its result is a list with a place for each micro-operation: what a read saw (a list, or a register's
 * value, null at first); the places of writes are not looked at.
 */
export interface TransactionOperation extends AnyOperation {
  readonly kind: 'txn';
  readonly micro: readonly MicroOperation[];
}

export interface Transaction {
  /** Index in the history of its invocation. */
  readonly index: number;
  readonly returnIndex: number | null;
  readonly process: number;
  readonly invokedAt: number;
  /** `aborted`: it failed, and had no effect. `unknown`: it may have committed; it has if somebody saw its writes. */
  readonly status: 'committed' | 'aborted' | 'unknown';
  readonly micro: readonly MicroOperation[];
  /** What each read saw; undefined for writes, and for all of a transaction that nobody answered. */
  readonly seen: readonly unknown[];
}

/** The transactions of `history`, in the order of invocation. Throws for other operations and malformed results. */
export function transactionsOf(history: History<TransactionOperation>): Transaction[] {
  return operationsOf(history).map(({ index, returnIndex, process, invokedAt, operation, outcome }) => {
    const kind: string = operation.kind;
    if (kind !== 'txn' || !Array.isArray(operation.micro))
      throw new InvariantError(
        `operation ${index} is '${kind}', not { kind: 'txn', micro: [{ f, key, value }, …] }, which isolation is about`,
      );
    const { micro } = operation;
    const results: readonly unknown[] = outcome.kind === 'ok' && Array.isArray(outcome.result) ? outcome.result : [];
    if (outcome.kind === 'ok' && results.length !== micro.length)
      throw new InvariantError(
        `transaction ${index} has ${micro.length} micro-operations, but its result has ${results.length} places`,
      );
    return {
      index,
      returnIndex: outcome.kind === 'ok' ? returnIndex : null,
      process,
      invokedAt,
      status: outcome.kind === 'ok' ? 'committed' : outcome.kind === 'fail' ? 'aborted' : 'unknown',
      micro,
      seen: micro.map(({ f }, place) => (f === 'r' ? results[place] : undefined)),
    };
  });
}
