/**
 * The ledger of a campaign: a file of JSON lines, one for each range of seeds that is finished, with all that it showed. A
 * campaign that was killed goes on from it. A line that was cut short is no line: its range is run again.
 */
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { planGenerator } from '../plan/arbitrary.js';
import { simulate } from '../simulation/simulate.js';
import type { System } from '../simulation/system.js';
import { makeFolder } from './files.js';
import type { RangeResult, SeedRange } from './seed-range.js';
import { UsageError } from './usage-error.js';

/** What the ledger's ranges are of: another campaign cannot go on from them. */
export interface LedgerHeader {
  readonly faultline: 'campaign';
  readonly version: 1;
  readonly system: string;
  readonly mutant: string | null;
  readonly strategy: string;
  readonly faultsMax: number | null;
  readonly verify: boolean;
  /** See `digestsOf`. */
  readonly digests: string;
}

/** Digests of a few runs: other ones mean that the system has changed. */
export function digestsOf(system: System, mutant: string | undefined): string {
  const generate = planGenerator(system);
  return [0, 1, 2].map((seed) => simulate(system, generate(seed), { mutant }).digest).join(' ');
}

export class Ledger {
  private readonly path: string;
  private readonly finished: ReadonlyMap<string, RangeResult>;

  private constructor(path: string, finished: ReadonlyMap<string, RangeResult>) {
    this.path = path;
    this.finished = finished;
  }

  /** An empty ledger in `path`, whatever was there. */
  static begin(path: string, header: LedgerHeader): Ledger {
    makeFolder(dirname(path));
    writeFileSync(path, `${JSON.stringify(header)}\n`);
    return new Ledger(path, new Map());
  }

  /** The ledger in `path`, to go on from. Throws a `UsageError` if it is another campaign's. */
  static resume(path: string, header: LedgerHeader): Ledger {
    if (!existsSync(path)) return Ledger.begin(path, header);
    const [first = '', ...lines] = readFileSync(path, 'utf8').split('\n');
    const written = parse(first) as Partial<LedgerHeader> | undefined;
    for (const [field, value] of Object.entries(header))
      if (written?.[field as keyof LedgerHeader] !== value)
        throw new UsageError(
          `${path} cannot be resumed: ${
            field === 'digests' ? 'the system runs otherwise now' : `its ${field} is not '${String(value)}'`
          }; leave out --resume to begin anew`,
        );
    const finished = new Map<string, RangeResult>();
    for (const line of lines) {
      const result = parse(line) as Partial<RangeResult> | undefined;
      if (isRangeResult(result)) finished.set(keyOf(result), result);
    }
    // What was cut short is replaced by a line of its own.
    appendFileSync(path, '\n');
    return new Ledger(path, finished);
  }

  get size(): number {
    return this.finished.size;
  }

  known(range: SeedRange): RangeResult | undefined {
    return this.finished.get(keyOf(range));
  }

  add(result: RangeResult): void {
    if (this.known(result) === undefined) appendFileSync(this.path, `${JSON.stringify(result)}\n`);
  }
}

const isRangeResult = (value: Partial<RangeResult> | undefined): value is RangeResult =>
  typeof value?.from === 'number' && typeof value.stretch === 'object' && Array.isArray(value.stretch.findings);

const keyOf = ({ from, count }: SeedRange): string => `${from}+${count}`;

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
