/** The sentences of a linearizability violation: which answer is impossible, what forbids it, what was legal instead. */
import type { AnyOperation } from '../../history/entry.js';
import { printWord } from '../../history/notation-words.js';
import { describeOperation, printAnswer } from '../../history/vocabulary.js';
import { formatTime } from '../../kernel/time.js';
import { sameState } from './state-table.js';
import type { Contradiction } from './explanation.js';
import type { Judged } from './groups.js';
import { sameResult } from './problem.js';
import type { Spec } from '../spec.js';

const KEPT_MAX = 8;
const ORDER_MAX = 6;
/** How many of the latest operations are looked at for what explains an answer: the work is quadratic. */
const CANDIDATES_MAX = 100;
const STATE_LENGTH_MAX = 120;
const OPERATION_LENGTH_MAX = 60;

export interface Circumstances<State> {
  /** What the culprit could have returned instead, if that is known. */
  readonly legalAnswers: readonly unknown[] | undefined;
  /** How many operations had returned when the culprit did, itself included. */
  readonly returned: number;
  /** The state after the longest legal order, if that is known. */
  readonly state?: State;
}

/** One line that a protocol's designer understands without knowing the search. */
export function wordIllegal<State, O extends AnyOperation>(
  contradiction: Contradiction<O>,
  spec: Spec<State, O>,
  circumstances: Circumstances<State>,
): string {
  const { key, order, culprit } = contradiction;
  const { legalAnswers, returned } = circumstances;
  const subject = `${describeOperation(culprit.operation)} returned ${printWord(culprit.result)} (${who(culprit)}, ${span(culprit)})`;
  const legal =
    legalAnswers === undefined || legalAnswers.length === 0
      ? ''
      : ` It could have returned ${legalAnswers.map((one) => clip(printWord(one))).join(' or ')}.`;
  const tail = order.slice(-ORDER_MAX).map(told);
  const orderText = `${returned - 1 > tail.length ? '…, ' : ''}${tail.join(', ')}`;
  const longest =
    order.length === 0
      ? ''
      : ` The longest legal order covers ${returned - 1} of the ${returned} operations that had returned: ` +
        `${orderText}${'state' in circumstances ? `; state ${clip(printState(circumstances.state))}` : ''}.`;
  return `${key === undefined ? '' : `Key ${key}: `}${subject}, but ${reason(contradiction, spec)}.${legal}${longest}`;
}

function reason<State, O extends AnyOperation>(contradiction: Contradiction<O>, spec: Spec<State, O>): string {
  const { kept, culprit } = contradiction;
  const answer = printWord(culprit.result);
  if (kept.length === 0)
    return `no operation called before ${formatTime(culprit.recorded.returnedAt ?? 0)} can lead to that answer`;
  const overwriting = staleBecauseOf(contradiction, spec);
  if (overwriting !== undefined) {
    const at = formatTime(overwriting.recorded.returnedAt ?? 0);
    const isRead = spec.readOnly?.(culprit.operation) === true;
    const after = isRead ? `nothing led back to ${answer} after it` : 'nothing after it leads to that answer';
    return `${told(overwriting)} (${who(overwriting)}) had already completed at ${at} and ${after}`;
  }
  const listed = kept.slice(-KEPT_MAX).map((one) => `${told(one)} (${who(one)}, ${span(one)})`);
  const more = kept.length > KEPT_MAX ? `, and ${kept.length - KEPT_MAX} earlier operations` : '';
  return `no order of the operations explains that answer together with ${listed.join(', ')}${more}`;
}

/**
 * The operation that made the culprit's answer stale: it returned before the culprit was called, the answer cannot hold
 * right after it, and every operation that leads to the answer had returned before it was called. Undefined when the
 * contradiction is not of this simple kind.
 */
function staleBecauseOf<State, O extends AnyOperation>(
  { candidates, kept, culprit }: Contradiction<O>,
  spec: Spec<State, O>,
): Judged<O> | undefined {
  const explains = (state: State): boolean => sameResult(spec.step(state, culprit.operation).result, culprit.result);
  const recent = candidates.slice(-CANDIDATES_MAX);
  const after = (state: State) =>
    recent.map((one) => ({ one, before: state, state: spec.step(state, one.operation).state }));
  const alone = after(spec.initial);
  const leads = [...alone, ...alone.flatMap(({ state }) => after(state))];
  const sources = leads
    .filter(({ before, state }) => explains(state) && !sameState(spec, before, state))
    .map(({ one }) => one);
  if (sources.length === 0 && !explains(spec.initial)) return undefined;
  return alone
    .filter(({ one, state }) => kept.includes(one) && one.certainty === 'completed' && !explains(state))
    .map(({ one }) => one)
    .findLast((one) => precedes(one, culprit) && sources.every((source) => precedes(source, one)));
}

const precedes = <O extends AnyOperation>(one: Judged<O>, other: Judged<O>): boolean =>
  one.certainty === 'completed' && one.recorded.returnIndex !== null && one.recorded.returnIndex < other.recorded.index;

/** A state as the notation writes values; what is not plain data, as it says itself. */
export function printState(state: unknown): string {
  if (state instanceof Map || state instanceof Set) return printState([...state]);
  try {
    return printWord(state);
  } catch {
    return String(state);
  }
}

const clip = (text: string): string => (text.length > STATE_LENGTH_MAX ? `…${text.slice(-STATE_LENGTH_MAX)}` : text);

const who = <O extends AnyOperation>({ recorded }: Judged<O>): string => `process ${recorded.process}`;

/** `put x 1`, `get x: 1`; the beginning of what is long. */
function told<O extends AnyOperation>({ operation, certainty, result }: Judged<O>): string {
  const text = describeOperation(operation) + (certainty === 'completed' ? printAnswer(operation, result) : '');
  return text.length > OPERATION_LENGTH_MAX ? `${text.slice(0, OPERATION_LENGTH_MAX)}…` : text;
}

/** `12.300–13.100 ms`; `from 12.300 ms, outcome unknown`. */
function span<O extends AnyOperation>({ recorded, certainty }: Judged<O>): string {
  const { invokedAt, returnedAt } = recorded;
  if (certainty !== 'completed' || returnedAt === null) return `from ${formatTime(invokedAt)}, outcome unknown`;
  return `${formatTime(invokedAt).replace(' ms', '')}–${formatTime(returnedAt)}`;
}
