/**
 * The variables of the environment that say what tests in vitest run. Names that begin with FAULTLINE_ are faultline's: one
 * that it does not know is a mistake of typing, which would otherwise pass for a setting that changed nothing.
 */
import { parseShard, WHOLE, type Shard } from './shard.js';
import { UsageError } from './usage-error.js';
import { requireWholeNumber } from './whole-number.js';

type Environment = Readonly<Record<string, string | undefined>>;

const PREFIX = 'FAULTLINE_';

/** What each is for, and what says the same on the command line. */
const VARIABLES: Readonly<Record<string, { readonly runs: string; readonly option: string }>> = {
  FAULTLINE_SEED: { runs: 'only this seed', option: '--from <seed> --seeds 1' },
  FAULTLINE_FINDING: { runs: 'only the finding in this file', option: 'faultline replay <file>' },
  FAULTLINE_SHARD: { runs: 'this part of the seeds, such as 2/5', option: '--shard <i/n>' },
};

/** What is to be run; empty variables say nothing. */
export interface Asked {
  /** Only this seed. */
  readonly seed: string | undefined;
  /** Only the finding in this file. */
  readonly finding: string | undefined;
  readonly shard: Shard;
}

/** Throws a `UsageError` if a variable is unknown or has a value that it cannot have. */
export function readEnvironment(environment: Environment): Asked {
  requireKnownVariables(environment);
  const { FAULTLINE_SEED: seed = '', FAULTLINE_FINDING: finding = '', FAULTLINE_SHARD: shard = '' } = environment;
  if (seed !== '' && finding !== '')
    throw new UsageError('FAULTLINE_SEED and FAULTLINE_FINDING exclude each other: each is all that is run; unset one');
  return {
    seed: seed === '' ? undefined : parseSeed(seed),
    finding: finding === '' ? undefined : finding,
    shard: shard === '' ? WHOLE : parseShard('FAULTLINE_SHARD', shard),
  };
}

/** Whether one seed or one finding is all that tests run. */
export const asksForOne = ({ FAULTLINE_SEED = '', FAULTLINE_FINDING = '' }: Environment): boolean =>
  FAULTLINE_SEED !== '' || FAULTLINE_FINDING !== '';

/** As on the command line: seeds are counted, whatever texts a plan may have been made of elsewhere. */
function parseSeed(text: string): string {
  const number = text.trim() === '' ? NaN : Number(text);
  try {
    return String(requireWholeNumber('FAULTLINE_SEED', Number.isNaN(number) ? text : number, 0));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(`${error.message}; the report of a failure names its seed`);
  }
}

/** Throws a `UsageError` if a variable begins as faultline's do and is none of them. */
export function requireKnownVariables(environment: Environment): void {
  const name = Object.keys(environment).find(
    (one) => one.startsWith(PREFIX) && !Object.hasOwn(VARIABLES, one) && environment[one] !== '',
  );
  if (name === undefined) return;
  const known = Object.entries(VARIABLES).map(([one, { runs }]) => `${one} (${runs})`);
  throw new UsageError(
    `the environment has ${name}, which faultline does not know: unset it, or rename it to ${known.join(' or ')}`,
  );
}

/** What is set and means nothing to the command line, in a line for each, with what it should be instead. */
export const ignoredVariables = (environment: Environment): string[] =>
  Object.entries(VARIABLES)
    .filter(([name]) => (environment[name] ?? '') !== '')
    .map(([name, { option }]) => `${name} is for tests in vitest, and ignored here; the command line has ${option}`);
