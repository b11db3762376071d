/** Draws a history in the ASCII notation that `parseNotation` reads: the shortest picture of a small one. */
import { invariant } from '../kernel/invariant.js';
import type { History } from './entry.js';
import { operationsOf, type RecordedOperation } from './operations.js';
import { DEFAULT_REASON, type NotationOptions } from './parse-notation.js';
import { printAnswered, printOperation } from './vocabulary.js';

/**
 * One line per process. Every entry gets a column of its own, in the order of the history: what overlaps and what
 * precedes what is kept exactly, times and durations are not. Reading the drawing gives the same entries but for their
 * times. Throws when the history is not well-formed.
 */
export function printNotation(history: History, options: NotationOptions = {}): string {
  const operations = operationsOf(history);
  const processes = [...new Set(operations.map(({ process }) => process))].sort((one, other) => one - other);
  const width = Math.max(0, ...processes.map((process) => `P${process} `.length));
  const lines = new Map(processes.map((process) => [process, `P${process}`.padEnd(width)]));
  const byEntry = new Map<number, RecordedOperation>();
  for (const operation of operations) {
    byEntry.set(operation.index, operation);
    if (operation.returnIndex !== null) byEntry.set(operation.returnIndex, operation);
  }
  let column = width - 1;
  for (const index of history.keys()) {
    const operation = byEntry.get(index);
    invariant(operation !== undefined, () => `entry ${index} belongs to no operation`);
    const drawn = lines.get(operation.process) ?? '';
    if (index === operation.index) {
      column = Math.max(column + 1, drawn.length + (drawn.length > width ? 1 : 0));
      lines.set(operation.process, `${drawn.padEnd(column)}|--${label(operation, options)}--`);
    } else {
      column = Math.max(column + 1, drawn.length);
      lines.set(operation.process, drawn.padEnd(column, '-') + close(operation));
    }
  }
  return processes.map((process) => `${lines.get(process) ?? ''}\n`).join('');
}

function label({ operation, outcome }: RecordedOperation, { vocabulary }: NotationOptions): string {
  return outcome.kind === 'ok'
    ? printAnswered(operation, outcome.result, vocabulary)
    : printOperation(operation, vocabulary);
}

function close({ outcome }: RecordedOperation): string {
  if (outcome.kind === 'ok' || outcome.kind === 'open') return '|';
  const mark = outcome.kind === 'info' ? '?' : '!';
  if (outcome.reason === DEFAULT_REASON[outcome.kind]) return mark;
  const plain = /^[\x20-\x7e]*$/.test(outcome.reason) && !/^"|\)/.test(outcome.reason);
  return `${mark}(${plain ? outcome.reason : JSON.stringify(outcome.reason)})`;
}
