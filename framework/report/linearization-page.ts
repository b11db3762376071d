/**
 * A history that is not linearizable as a page of its own: the picture, in which pointing at an operation shows an order
 * that leads to it, and the longest legal order as a table, state by state. Needs no network, and no script but to scroll
 * to the violation.
 */
import type { LinearizabilityViolation } from '../checkers/linearizability/explanation.js';
import { partialOrders } from '../checkers/linearizability/partial-orders.js';
import { sameResult } from '../checkers/linearizability/problem.js';
import { printState } from '../checkers/linearizability/wording.js';
import { nameOf, type Spec } from '../checkers/spec.js';
import type { AnyOperation, History } from '../history/entry.js';
import { printWord } from '../history/notation-words.js';
import { operationsOf, type RecordedOperation } from '../history/operations.js';
import { formatTime } from '../kernel/time.js';
import { answeredWords } from './describe.js';
import { escape, linearizationSvg } from './linearization-svg.js';

const STYLE = `
  :root { color-scheme: light dark; font: 14px/1.5 system-ui, sans-serif }
  body { margin: 1.5rem; color: #1b1f24; background: #fff }
  .picture { overflow-x: auto; border: 1px solid #d1d9e0; border-radius: 6px }
  .picture svg { display: block; max-width: none }
  table { border-collapse: collapse; font: 12px ui-monospace, monospace; margin-top: 0.5rem }
  th, td { text-align: left; padding: 2px 16px 2px 0; border-bottom: 1px solid #d1d9e0 } td.number { text-align: right }
  tr.culprit { color: #b3261e; font-weight: bold }
  @media (prefers-color-scheme: dark) {
    body { color: #e6edf3; background: #0d1117 } .picture, th, td { border-color: #30363d } tr.culprit { color: #ff8a80 }
  }`;

/** For how many of the operations before the violation an order is looked for: as many as the picture shows. */
const ASKED_MAX = 60;
/** The last rows of the table that are shown. */
const ROWS_MAX = 200;

/** The violation that `checkLinearizability(history, spec)` found, as the text of an HTML file. */
export function linearizationPage<State, O extends AnyOperation>(
  history: History<O>,
  spec: Spec<State, O>,
  violation: LinearizabilityViolation,
): string {
  const operations = operationsOf(history);
  const end = operations.find(({ index }) => index === violation.operations.at(-1))?.returnIndex ?? Infinity;
  const called = operations.filter(
    ({ index, operation }) =>
      index <= end && (violation.key === undefined || spec.partition?.(operation) === violation.key),
  );
  const asked = [...called.slice(-ASKED_MAX).map(({ index }) => index), ...violation.operations];
  const key = violation.key === undefined ? '' : `, key ${violation.key}`;
  const title = escape(`not linearizable as a ${nameOf(spec)}${key}`);
  const picture = linearizationSvg(history, violation, {
    partition: (operation) => spec.partition?.(operation as O) ?? '',
    partialOrders: partialOrders(history, spec, violation, asked),
    explained: false,
  });
  return [
    '<!doctype html>',
    `<html lang="en"><head><meta charset="utf-8"><title>${title}</title><style>${STYLE}</style></head><body>`,
    `<h1>${title}</h1>`,
    `<p>${escape(violation.explanation)}</p>`,
    '<p>Green: a legal order; red: what has no place in it; yellow: what contradicts it. Point at an operation for an order',
    'that leads to it.</p>',
    `<div class="picture">${picture}</div>`,
    `<script>document.querySelector('.culprit')?.scrollIntoView({ inline: 'end', block: 'nearest' })</script>`,
    '<h2>The longest legal order</h2>',
    orderTable(operations, spec, violation),
    '</body></html>',
    '',
  ].join('\n');
}

function orderTable<State, O extends AnyOperation>(
  operations: readonly RecordedOperation<O>[],
  spec: Spec<State, O>,
  violation: LinearizabilityViolation,
): string {
  const byIndex = new Map(operations.map((one) => [one.index, one]));
  const order = violation.order.flatMap((index) => byIndex.get(index) ?? []);
  const states = statesAlong(operations, order, { spec, violation });
  const row = (place: string, one: RecordedOperation<O>, state: string, kind: string): string =>
    `<tr${kind === '' ? '' : ` class="${kind}"`}><td class="number">${place}</td><td>process ${one.process}</td>` +
    `<td>${formatTime(one.invokedAt)}</td><td>${escape(answeredWords(one))}</td><td>${escape(state)}</td></tr>`;
  const rows = order.map((one, place) =>
    row(String(place + 1), one, states === undefined ? '' : printState(states[place]), ''),
  );
  const culprit = byIndex.get(violation.operations.at(-1) ?? -1);
  const last = states?.at(-1) ?? spec.initial;
  const instead =
    states === undefined || culprit === undefined
      ? ''
      : `would have returned ${printWord(spec.step(last, culprit.operation).result)} here`;
  return [
    `<table><tr><th></th><th></th><th>invoked</th><th>operation</th><th>${states === undefined ? '' : 'state after it'}</th></tr>`,
    ...rows.slice(-ROWS_MAX),
    culprit === undefined ? '' : row('✗', culprit, instead, 'culprit'),
    '</table>',
  ].join('\n');
}

/** The state after each operation of `order`; undefined if the order is only the end of one. */
function statesAlong<State, O extends AnyOperation>(
  operations: readonly RecordedOperation<O>[],
  order: readonly RecordedOperation<O>[],
  { spec, violation }: { readonly spec: Spec<State, O>; readonly violation: LinearizabilityViolation },
): readonly State[] | undefined {
  const culprit = operations.find(({ index }) => index === violation.operations.at(-1));
  const placed = new Set(order);
  const missing = operations.some(
    (one) =>
      one.outcome.kind === 'ok' &&
      (one.returnIndex ?? Infinity) < (culprit?.returnIndex ?? 0) &&
      (violation.key === undefined || spec.partition?.(one.operation) === violation.key) &&
      !placed.has(one),
  );
  if (missing) return undefined;
  const states: State[] = [];
  for (const { operation, outcome } of order) {
    const { state, result } = spec.step(states.at(-1) ?? spec.initial, operation);
    if (outcome.kind === 'ok' && !sameResult(result, outcome.result)) return undefined;
    states.push(state);
  }
  return states;
}
