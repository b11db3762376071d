/** The first place where two plain values differ: what a designer looks at when replicas disagree. */
import { printWord } from '../history/notation-words.js';

export interface Difference {
  /** `.accounts.alice`, `.log[3]`; empty when the values differ as a whole. */
  readonly path: string;
  /** What is there on either side; undefined where there is nothing. */
  readonly left: unknown;
  readonly right: unknown;
}

/**
 * The first difference in the order of array indices and sorted keys, as deep as it can be named; undefined when `left`
 * and `right` are equal in the sense of `equal`. O(n log n), no recursion. The data must not be cyclic.
 */
export function firstDifference(left: unknown, right: unknown): Difference | undefined {
  const open: Difference[] = [{ path: '', left, right }];
  for (let pair = open.pop(); pair !== undefined; pair = open.pop()) {
    const { path, left: one, right: other } = pair;
    if (Object.is(one, other) || one === other) continue;
    if (Array.isArray(one) && Array.isArray(other)) {
      const parts: Difference[] = [];
      for (let index = 0; index < Math.max(one.length, other.length); index++)
        parts.push({ path: `${path}[${index}]`, left: one[index], right: other[index] });
      open.push(...parts.reverse());
    } else if (isRecord(one) && isRecord(other)) {
      const keys = [...new Set([...Object.keys(one), ...Object.keys(other)])].sort().reverse();
      for (const key of keys) open.push({ path: `${path}${step(key)}`, left: one[key], right: other[key] });
    } else return pair;
  }
  return undefined;
}

const TOLD_MAX = 60;

/** `n1 holds 3 at accounts.alice, but n2 holds nothing`: the two sides by their names. */
export function describeDifference({ path, left, right }: Difference, names: readonly [string, string]): string {
  const tell = (value: unknown): string => {
    if (value === undefined) return 'nothing';
    const word = printWord(value);
    return word.length <= TOLD_MAX ? word : `${word.slice(0, TOLD_MAX - 1)}…`;
  };
  const where = path === '' ? '' : ` at ${path.replace(/^\./, '')}`;
  return `${names[0]} holds ${tell(left)}${where}, but ${names[1]} holds ${tell(right)}`;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const step = (key: string): string => (/^[A-Za-z_]\w*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`);
