/** `faultline check`: judges a history that was recorded anywhere. */
import type { AnyOperation, History } from '../history/entry.js';
import { readHistory } from '../history/read-history.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { readUserFile, writeFileAtomically } from './files.js';
import { nameOf } from '../checkers/spec.js';
import type { AnySpec } from './load-spec.js';
import type { Answer, Question } from './questions.js';
import { UsageError } from './usage-error.js';

/** Reads the history at `path`, asks, and prints the answer. */
export async function checkHistory(options: {
  readonly path: string;
  readonly question: Question;
  /** What the operations have to be known to, if anything. */
  readonly spec: AnySpec | undefined;
  /** Where pictures of the violation go, if there is one. */
  readonly pictures: { readonly svg: string | undefined; readonly html: string | undefined };
}): Promise<ExitCode> {
  const { path, question, spec, pictures } = options;
  const read = readHistory(readUserFile(path));
  if (read.kind === 'malformed') {
    const problems = read.problems.map(
      ({ line, column, message }) => `  ${[path, line, column].filter(isThere).join(':')} ${message}`,
    );
    const more = problems.length > PROBLEMS_MAX ? [`  and ${problems.length - PROBLEMS_MAX} more`] : [];
    throw new UsageError(`${path} is no history:\n${[...problems.slice(0, PROBLEMS_MAX), ...more].join('\n')}`);
  }
  if (spec !== undefined) requireUnderstood(read.history, spec);
  const answer = await question(read.history);
  process.stdout.write(`${describe(path, answer)}\n`);
  for (const form of ['svg', 'html'] as const) {
    const file = pictures[form];
    if (file === undefined || answer.pictures === undefined) continue;
    writeFileAtomically(file, answer.pictures[form]());
    process.stdout.write(`  drawn in ${file}\n`);
  }
  switch (answer.result.verdict) {
    case 'valid':
      return EXIT.clean;
    case 'invalid':
      return EXIT.findings;
    case 'unknown':
      return EXIT.inconclusive;
  }
}

const PROBLEMS_MAX = 20;
const isThere = <T>(value: T | undefined): value is T => value !== undefined;

/** A specification that meets an operation it was not made for would say nonsense, or crash. */
function requireUnderstood(history: History, spec: AnySpec): void {
  const kinds = new Map<string, AnyOperation>();
  for (const entry of history)
    if (entry.type === 'invoke' && !kinds.has(entry.operation.kind)) kinds.set(entry.operation.kind, entry.operation);
  const strange = [...kinds].filter(([, operation]) => {
    try {
      const stepped: unknown = spec.step(spec.initial, operation);
      return typeof stepped !== 'object' || stepped === null || !('state' in stepped);
    } catch {
      return true;
    }
  });
  if (strange.length === 0) return;
  const names = strange.map(([kind]) => `'${kind}'`).join(', ');
  throw new UsageError(`the specification '${nameOf(spec)}' does not know ${names}; choose another with --spec`);
}

function describe(path: string, { claim, result, seen }: Answer): string {
  const said =
    result.verdict === 'invalid'
      ? `✗ not ${claim}\n\n  ${prefix(claim, result.violation.rule)}${result.violation.explanation}`
      : result.verdict === 'valid'
        ? `✓ ${claim}`
        : `? undecided whether ${claim}: ${result.reason}`;
  return `${path}: ${said}\n\n  ${seen}`;
}

/** The rule, unless the claim says it already. */
const prefix = (claim: string, rule: string): string => (`not ${claim}`.startsWith(rule) ? '' : `${rule}: `);
