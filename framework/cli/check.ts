/** `faultline check`: judges a history that was recorded anywhere by a sequential specification. */
import { checkLinearizability, type LinearizabilityResult } from '../checkers/linearizability.js';
import type { Spec } from '../checkers/spec.js';
import type { AnyOperation, History } from '../history/entry.js';
import { readHistory } from '../history/read-history.js';
import { linearizationSvg } from '../report/linearization-svg.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { readUserFile, writeFileAtomically } from './files.js';
import { loadExports } from './load-module.js';
import { UsageError } from './usage-error.js';

type AnySpec = Spec<unknown, AnyOperation>;

const isSpec = (value: unknown): value is AnySpec =>
  typeof value === 'object' &&
  value !== null &&
  'name' in value &&
  'initial' in value &&
  'step' in value &&
  typeof value.step === 'function';

/** `keyValue` is `key-value` on the command line. */
const kebab = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** The specification called `name` among the exports of `module`, or of the bundled models. */
export async function loadSpec(name: string | undefined, module: string | undefined): Promise<AnySpec> {
  const specs = new Map<string, AnySpec>();
  for (const [exported, value] of await loadExports(module, '--specs'))
    if (isSpec(value)) specs.set(kebab(exported), value);
  const known = [...specs.keys()].join(', ');
  if (specs.size === 0) throw new UsageError(`${module ?? 'the bundled models'} exports no specification`);
  if (name === undefined) throw new UsageError(`--spec names the specification to judge by; known: ${known}`);
  const found = specs.get(kebab(name));
  if (found === undefined) throw new UsageError(`unknown specification '${name}'; known: ${known}`);
  return found;
}

export function checkHistory(options: {
  readonly path: string;
  readonly spec: AnySpec;
  readonly configurationsMax: number | undefined;
  /** Where a picture of the violation goes, if there is one. */
  readonly svg: string | undefined;
}): ExitCode {
  const { path, spec, configurationsMax, svg } = options;
  const read = readHistory(readUserFile(path));
  if (read.kind === 'malformed') {
    const problems = read.problems.map(
      ({ line, column, message }) => `  ${[path, line, column].filter(isThere).join(':')} ${message}`,
    );
    const more = problems.length > PROBLEMS_MAX ? [`  and ${problems.length - PROBLEMS_MAX} more`] : [];
    throw new UsageError(`${path} is no history:\n${[...problems.slice(0, PROBLEMS_MAX), ...more].join('\n')}`);
  }
  requireUnderstood(read.history, spec);
  const result = checkLinearizability(read.history, spec, configurationsMax === undefined ? {} : { configurationsMax });
  process.stdout.write(`${describe(path, spec, result)}\n`);
  if (svg !== undefined && result.verdict === 'invalid') {
    writeFileAtomically(
      svg,
      linearizationSvg(read.history, result.violation, { partition: (operation) => spec.partition?.(operation) ?? '' }),
    );
    process.stdout.write(`  drawn in ${svg}\n`);
  }
  switch (result.verdict) {
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
  throw new UsageError(`the specification '${spec.name}' does not know ${names}; choose another with --spec`);
}

function describe(path: string, spec: AnySpec, result: LinearizabilityResult): string {
  const { operations, completed, info, keys, concurrencyMax } = result.seen;
  const how = Object.entries(result.methods).map(
    ([method, count]) => `${method} for ${count} ${count === 1 ? 'key' : 'keys'}`,
  );
  const seen =
    `${operations} operations, ${completed} completed and ${info} of unknown outcome, ${keys} keys, ` +
    `at most ${concurrencyMax} at once; ${how.join(', ') || 'nothing to decide'}`;
  const said =
    result.verdict === 'invalid'
      ? `✗ not linearizable as a ${spec.name}\n\n  ${result.violation.explanation}`
      : result.verdict === 'valid'
        ? `✓ linearizable as a ${spec.name}`
        : `? undecided whether linearizable as a ${spec.name}: ${result.reason}`;
  return `${path}: ${said}\n\n  ${seen}`;
}
