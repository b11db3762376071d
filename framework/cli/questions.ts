/** What `faultline check` can ask of a history: how it is named on the command line, and who answers. */
import { checkConsistency, NAMED_MODELS, type ConsistencyModel } from '../checkers/consistency.js';
import { SESSION_GUARANTEES } from '../checkers/consistency/session-order.js';
import { checkIsolation, LEVELS } from '../checkers/isolation.js';
import type { TransactionOperation } from '../checkers/isolation/transactions.js';
import { checkSequentialConsistency } from '../checkers/sequential-consistency.js';
import { nameOf } from '../checkers/spec.js';
import type { CheckResult, Seen } from '../checkers/verdict.js';
import type { AnyOperation, History } from '../history/entry.js';
import { linearizationPage } from '../report/linearization-page.js';
import { linearizationSvg } from '../report/linearization-svg.js';
import type { AnySpec } from './load-spec.js';
import { checkLinearizabilityInParallel, type SpecSource } from './parallel-linearizability.js';
import { startProgress, type Progress } from './progress.js';
import { UsageError, WrongCall } from './usage-error.js';

export interface Answer {
  /** What was asked, as in `✓ linearizable as a register`. */
  readonly claim: string;
  readonly result: CheckResult;
  /** What was seen and how it was decided. */
  readonly seen: string;
  /** Why it is not linearizable, as an SVG and as a page. */
  readonly pictures?: { readonly svg: () => string; readonly html: () => string };
}

export type Question = (history: History) => Answer | Promise<Answer>;

/** `causal memory` is `causal-memory` on the command line. */
export const hyphened = (name: string): string => name.toLowerCase().replaceAll(' ', '-');

/** The question that `--consistency` names, `linearizability` if it does not. */
export function consistencyQuestion(
  name: string | undefined,
  spec: AnySpec,
  settings: { readonly configurationsMax: number | undefined; readonly source: SpecSource },
): Question {
  const { configurationsMax, source } = settings;
  const options = configurationsMax === undefined ? {} : { configurationsMax };
  if (name === undefined || name === 'linearizability')
    return (history) => linearizability(history, spec, { ...options, source });
  if (name === 'sequential')
    return (history) => {
      const result = checkSequentialConsistency(history, spec, options);
      const seen = `${operationsSeen(result.seen)}; decided by ${result.method}`;
      return { claim: `sequentially consistent as a ${nameOf(spec)}`, result, seen };
    };
  if (configurationsMax !== undefined)
    throw new WrongCall(`--configurations bounds a search, and ${name} is decided without one`);
  const model = modelNamed(name);
  const title = typeof model === 'string' ? model : model.join(' and ');
  return (history) => {
    const result = checkConsistency(history, spec, model);
    return { claim: `${title} on a ${nameOf(spec)}`, result, seen: counts(result.seen) };
  };
}

function modelNamed(name: string): ConsistencyModel {
  const model = NAMED_MODELS.find((one) => hyphened(one) === name);
  if (model !== undefined) return model;
  return name.split(',').map((part) => {
    const guarantee = SESSION_GUARANTEES.find((one) => hyphened(one) === part);
    if (guarantee !== undefined) return guarantee;
    const known = ['linearizability', 'sequential', ...NAMED_MODELS.map(hyphened)].join(', ');
    throw new UsageError(
      `unknown consistency '${part}'; known: ${known}; or session guarantees, separated by commas: ` +
        SESSION_GUARANTEES.map(hyphened).join(', '),
    );
  });
}

/** The question that `--isolation` names. */
export function isolationQuestion(name: string): Question {
  const level = LEVELS.find((one) => hyphened(one) === name);
  if (level === undefined)
    throw new UsageError(`unknown isolation level '${name}'; known: ${LEVELS.map(hyphened).join(', ')}`);
  return (history) => {
    const stranger = history.find((entry) => entry.type === 'invoke' && entry.operation.kind !== 'txn');
    if (stranger?.type === 'invoke')
      throw new UsageError(
        `isolation is about transactions (:f :txn), not '${stranger.operation.kind}'; name a --spec`,
      );
    const result = checkIsolation(history as History<TransactionOperation>, level);
    return { claim: level, result, seen: counts(result.seen) };
  };
}

async function linearizability(
  history: History,
  spec: AnySpec,
  options: { readonly configurationsMax?: number; readonly source: SpecSource },
): Promise<Answer> {
  let progress: Progress | undefined;
  const onDecided = (keys: number, of: number): void => {
    progress ??= startProgress('keys', of);
    progress.update(keys, '');
  };
  const result = await checkLinearizabilityInParallel(history, spec, { ...options, onDecided });
  progress?.stop();
  const how = Object.entries(result.methods).map(([method, count]) => `${method} for ${many(count, 'keys')}`);
  const seen = `${operationsSeen(result.seen)}; ${how.join(', ') || 'nothing to decide'}`;
  const answer = { claim: `linearizable as a ${nameOf(spec)}`, result, seen };
  if (result.verdict !== 'invalid') return answer;
  const { violation } = result;
  const partition = (operation: AnyOperation): string => spec.partition?.(operation) ?? '';
  const pictures = {
    svg: () => linearizationSvg(history, violation, { partition }),
    html: () => linearizationPage(history, spec, violation),
  };
  return { ...answer, pictures };
}

const operationsSeen = ({ operations = 0, completed = 0, info = 0, keys = 0, concurrencyMax = 0 }: Seen): string =>
  `${many(operations, 'operations')}: ${completed} completed, ${operations - completed - info} failed, ${info} of unknown outcome; ` +
  `${many(keys, 'keys')}, ` +
  `at most ${concurrencyMax} at once`;

/** `12 reads, 1 write`. */
const counts = (seen: Seen): string =>
  Object.entries(seen)
    .map(([name, count]) =>
      many(
        count,
        name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`),
      ),
    )
    .join(', ') || 'nothing to count';

const many = (count: number, plural: string): string =>
  `${count} ${count === 1 ? plural.replace(/(?<=ss)es$|s$/, '') : plural}`;
