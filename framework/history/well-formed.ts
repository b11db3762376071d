/**
 * The contract of a history, checked. All breaches are reported at once, each with the remedy, so that whoever records
 * histories elsewhere can put them right in one go.
 */
import type { History } from './entry.js';

/** A rule of histories that an entry breaks. */
export interface Breach {
  /** Index in the history of the entry that breaks the rule. */
  readonly index: number;
  /** The rule, the same words for every breach of it. */
  readonly rule: string;
  /** What was expected and what arrived. */
  readonly message: string;
  /** What to do about it. */
  readonly remedy: string;
}

type Life = { readonly kind: 'idle' } | { readonly kind: 'open' | 'retired'; readonly since: number };
const IDLE: Life = { kind: 'idle' };

/** Every breach of the contract that `Entry` states, in the order of the entries. Empty for a good history. O(n). */
export function findBreaches(history: History): Breach[] {
  const breaches: Breach[] = [];
  const lives = new Map<number, Life>();
  let latest = 0;
  for (const [index, { type, process, time }] of history.entries()) {
    const report = (rule: string, message: string, remedy: string): void => {
      breaches.push({ index, rule, message: `entry ${index} (${type}, process ${process}): ${message}`, remedy });
    };
    if (!Number.isSafeInteger(process) || process < 0)
      report('process number', `a process is a whole number from 0, got ${process}`, 'number the clients from 0');
    if (!Number.isSafeInteger(time) || time < 0)
      report('time stamp', `a time is whole microseconds from 0, got ${time}`, 'convert times to integer microseconds');
    else if (time < latest)
      report('time goes back', `time ${time} µs follows ${latest} µs`, 'sort entries by the time they were recorded');
    else latest = time;

    const life = lives.get(process) ?? IDLE;
    if (life.kind === 'retired')
      report(
        'process used after info',
        `the process was retired by the info at entry ${life.since}`,
        'let the client go on under a new process number',
      );
    else if (type === 'invoke' && life.kind === 'open')
      report(
        'process invokes twice',
        `its operation invoked at entry ${life.since} is still open`,
        'record the completion before the next invoke, or give each concurrent request a process of its own',
      );
    else if (type !== 'invoke' && life.kind === 'idle')
      report(
        'completion without invocation',
        'the process has no operation open',
        'record the invoke entry before its completion, and each completion once',
      );
    if (life.kind === 'retired') continue;
    if (type === 'invoke') lives.set(process, { kind: 'open', since: index });
    else if (type === 'info') lives.set(process, { kind: 'retired', since: index });
    else lives.set(process, IDLE);
  }
  return breaches;
}
