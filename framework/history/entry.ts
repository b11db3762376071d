/**
 * What a run leaves behind: a history, the list of what clients asked and were told. It is the only input of the
 * checkers, so that a history recorded elsewhere can be judged by the same code.
 */
import type { Time } from '../kernel/time.js';

/** A client's request: plain JSON data, tagged by `kind` (`put`, `get`, `append`, …). */
export interface AnyOperation {
  readonly kind: string;
}

/**
 * One line of a history.
 *
 * - `invoke`: the process asked for `operation`.
 * - `ok`: it took effect and returned `result`.
 * - `fail`: it definitely did not take effect and never will.
 * - `info`: nobody knows; it may have taken effect, may do so later, or never. The process is retired: a process that
 *   saw `info` invokes nothing more.
 *
 * Entries are ordered by the time they were recorded (`time` in integer microseconds never decreases along a history);
 * every completion follows its invocation, and a process has at most one operation open.
 */
export type Entry<O extends AnyOperation = AnyOperation> =
  | { readonly type: 'invoke'; readonly process: number; readonly time: Time; readonly operation: O }
  | { readonly type: 'ok'; readonly process: number; readonly time: Time; readonly result: unknown }
  | { readonly type: 'fail'; readonly process: number; readonly time: Time; readonly reason: string }
  | { readonly type: 'info'; readonly process: number; readonly time: Time; readonly reason: string };

/** The entries of a run in the order in which they were recorded. */
export type History<O extends AnyOperation = AnyOperation> = readonly Entry<O>[];
