/** What a system's runs really went through: without it, a green line proves nothing. */
import type { CampaignSummary } from '../explore/campaign.js';
import { wrap } from '../report/describe.js';
import { describeCounts, describeExercised } from '../report/exercised.js';
import { table, type Cell } from './table.js';
import { colours, print, printColumns } from './terminal.js';

const PROSE_COLUMNS_MAX = 100;
/** Of the columns beside a property's name. */
const COUNTS_COLUMNS = 36;
const JUDGED_ON_COLUMNS_MIN = 30;

export function printExercised(summary: CampaignSummary): void {
  const { system } = summary;
  const columns = Math.min(PROSE_COLUMNS_MAX, printColumns());
  const text = wrap(`${system} ${describeExercised(summary)}`, { columns: columns - 2, indent: 2 });
  print(`${colours().bold(system)}${text.slice(system.length)}\n`);
  print(`${judgedOn(summary, printColumns())}\n\n`);
}

/** How often each property held, and on what grounds. */
function judgedOn({ properties }: CampaignSummary, columns: number): string {
  const judged = Object.entries(properties);
  const beside = columns - Math.max(0, ...judged.map(([name]) => name.length)) - COUNTS_COLUMNS;
  if (beside < JUDGED_ON_COLUMNS_MIN)
    return judged
      .map(([name, { runs, seen }]) => {
        const text = `${name}: ${runs.valid} valid, ${runs.unknown} unknown, ${runs.invalid} invalid; ${describeCounts(seen)}`;
        return `  ${wrap(text, { columns: columns - 4, indent: 4 })}`;
      })
      .join('\n');
  const rows = judged.flatMap(([name, { runs, seen }]): Cell[][] => {
    const [first = '', ...more] = wrap(describeCounts(seen), { columns: beside, indent: 0 }).split('\n');
    return [
      [`  ${name}`, runs.valid, runs.unknown, runs.invalid, first],
      ...more.map((text): Cell[] => ['', '', '', '', text]),
    ];
  });
  return table(['  property', 'valid', 'unknown', 'invalid', 'judged on'], rows);
}
