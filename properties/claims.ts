/**
 * `npm run claims`: what is said of replication, measured on the models. Prints a table for each claim and writes all of
 * them to properties/claims.md; exit code 1 if one does not hold. Names of claims on the command line run only those,
 * and write nothing. Every seed is fixed, so the tables are the same everywhere.
 */
import { renameSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { table, type Cell } from '../framework/cli/table.js';
import { capture } from './claims/capture.js';
import type { Claim } from './claims/claim.js';
import { eventSourcing } from './claims/event-sourcing.js';
import { exercise } from './claims/exercise.js';
import { figure4 } from './claims/figure-4.js';
import { loss } from './claims/loss.js';
import { mutants } from './claims/mutants.js';
import { outage } from './claims/outage.js';
import { projectionLag } from './claims/projection-lag.js';
import { readScaling } from './claims/read-scaling.js';
import { staleness } from './claims/staleness.js';
import { whenToAcknowledge } from './claims/when-to-acknowledge.js';
import { writeLatency } from './claims/write-latency.js';

/** By name, in the order in which they are printed. */
const CLAIMS: Readonly<Record<string, () => Claim | Promise<Claim>>> = {
  'figure-4': figure4,
  'write-latency': writeLatency,
  'read-scaling': readScaling,
  outage,
  'when-to-acknowledge': whenToAcknowledge,
  loss,
  'projection-lag': projectionLag,
  staleness,
  'event-sourcing': eventSourcing,
  capture,
  exercise,
  mutants,
};

const OUTPUT = fileURLToPath(new URL('claims.md', import.meta.url));

const words = (cell: Cell): string => (typeof cell === 'number' ? cell.toLocaleString('en') : cell);

const markdown = ({ title, text, headings, rows, conclusion }: Claim): string =>
  [
    `## ${title}`,
    '',
    text,
    '',
    `| ${headings.join(' | ')} |`,
    `| ${headings.map(() => '---').join(' | ')} |`,
    ...rows.map((row) => `| ${row.map(words).join(' | ')} |`),
    '',
    conclusion,
    '',
  ].join('\n');

/** A claim that cannot be measured does not hold, and the others are measured all the same. */
async function measured(name: string, measure: () => Claim | Promise<Claim>): Promise<Claim> {
  try {
    return await measure();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return {
      title: `${name} (not measured)`,
      text: 'Measuring it failed.',
      headings: ['error'],
      rows: [[why]],
      holds: false,
      conclusion: why,
    };
  }
}

async function main(asked: readonly string[]): Promise<number> {
  const unknown = asked.filter((name) => CLAIMS[name] === undefined);
  if (unknown.length > 0) {
    console.error(`no claim is called ${unknown.join(', ')}; there are ${Object.keys(CLAIMS).join(', ')}`);
    return 2;
  }
  const claims: Claim[] = [];
  for (const [name, measure] of Object.entries(CLAIMS)) {
    if (asked.length > 0 && !asked.includes(name)) continue;
    const started = performance.now();
    const claim = await measured(name, measure);
    claims.push(claim);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    console.log(`${name}: ${claim.title}\n\n${claim.text}\n\n${table(claim.headings, claim.rows)}\n`);
    console.log(`${claim.holds ? '' : 'DOES NOT HOLD. '}${claim.conclusion} (${seconds} s)\n`);
  }
  if (asked.length === 0) {
    const preface = '# Claims\n\nWritten by `npm run claims`: what is said of replication, measured on the models.\n';
    writeFileSync(`${OUTPUT}.part`, [preface, ...claims.map(markdown)].join('\n'));
    renameSync(`${OUTPUT}.part`, OUTPUT);
  }
  return claims.every(({ holds }) => holds) ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
