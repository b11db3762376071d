/** `faultline check`: judges a history that was recorded anywhere. */
import type { Verdict } from '../checkers/verdict.js';
import type { AnyOperation, History } from '../history/entry.js';
import { readHistory } from '../history/read-history.js';
import { wrap } from '../report/describe.js';
import { EXIT, type Outcome } from './exit-codes.js';
import { readUserFile, writeFileAtomically } from './files.js';
import { nameOf } from '../checkers/spec.js';
import type { AnySpec } from './load-spec.js';
import type { Answer, Question } from './questions.js';
import { printJson } from './json-output.js';
import type { DocumentOf } from './json-schemas.js';
import { ownDocument } from './other-document.js';
import { print, printColumns } from './terminal.js';
import { UsageError } from './usage-error.js';

/** Reads the history at `path`, asks, and prints the answer. */
export async function checkHistory(options: {
  readonly path: string;
  readonly question: Question;
  /** What the operations have to be known to, if anything. */
  readonly spec: AnySpec | undefined;
  /** Where pictures of the violation go, if there is one. */
  readonly pictures: { readonly svg: string | undefined; readonly html: string | undefined };
  readonly json: boolean;
}): Promise<Outcome> {
  const { path, question, spec, pictures } = options;
  const text = readUserFile(path, 'name the file with the recorded history');
  const read = readHistory(text);
  if (read.kind === 'malformed') {
    const other = ownDocument(text);
    if (other !== undefined) throw new UsageError(`${path} is no history: ${other}`);
    const problems = read.problems.map(
      ({ line, column, message }) => `  ${[path, line, column].filter(isThere).join(':')} ${message}`,
    );
    const more = problems.length > PROBLEMS_MAX ? [`  and ${problems.length - PROBLEMS_MAX} more`] : [];
    throw new UsageError(`${path} is no history:\n${[...problems.slice(0, PROBLEMS_MAX), ...more].join('\n')}`);
  }
  if (spec !== undefined) requireUnderstood(read.history, spec);
  const answer = await question(read.history);
  const drawn: string[] = [];
  for (const form of ['svg', 'html'] as const) {
    const file = pictures[form];
    if (file === undefined || answer.pictures === undefined) continue;
    writeFileAtomically(file, answer.pictures[form]());
    drawn.push(file);
  }
  const exitCode = EXIT_CODES[answer.result.verdict];
  if (options.json) printJson(checkDocument(path, answer, { exitCode, pictures: drawn }));
  else print([describe(path, answer), ...drawn.map((file) => `  drawn in ${file}`), ''].join('\n'));
  return exitCode;
}

const EXIT_CODES = { valid: EXIT.clean, invalid: EXIT.findings, unknown: EXIT.inconclusive } as const satisfies Record<
  Verdict,
  Outcome
>;

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
  const paragraph = (text: string) => `  ${wrap(text, { columns: printColumns() - 2, indent: 2 })}`;
  const said =
    result.verdict === 'invalid'
      ? `✗ not ${claim}\n\n${paragraph(`${prefix(claim, result.violation.rule)}${result.violation.explanation}`)}`
      : result.verdict === 'valid'
        ? `✓ ${claim}`
        : `? undecided whether ${claim}: ${result.reason}`;
  return `${path}: ${said}\n\n${paragraph(seen)}`;
}

function checkDocument(
  file: string,
  { claim, result }: Answer,
  end: Pick<DocumentOf<'check'>, 'exitCode' | 'pictures'>,
): DocumentOf<'check'> {
  const violation = result.verdict === 'invalid' ? result.violation : undefined;
  return {
    faultline: 'check',
    version: 1,
    ...end,
    file,
    claim,
    verdict: result.verdict,
    rule: violation?.rule ?? null,
    explanation: violation?.explanation ?? null,
    operations: [...(violation?.operations ?? [])],
    reason: result.verdict === 'unknown' ? result.reason : null,
    seen: result.seen,
  };
}

/** The rule, unless the claim says it already. */
const prefix = (claim: string, rule: string): string => (`not ${claim}`.startsWith(rule) ? '' : `${rule}: `);
