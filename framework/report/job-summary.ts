/** A campaign as a CI job's summary in Markdown: the verdict, a line for each system, and each finding with its diagram. */
import type { Verdict } from '../checkers/verdict.js';
import { labelOf, problemsOfReport, targetRows, type CampaignReport, type FindingReport } from './campaign-report.js';
import { grouped } from './describe.js';

/** GitHub takes no more than 1 MiB from a step, and shows nothing of what is longer. */
const BYTES_MAX = 900_000;

export function jobSummary(report: CampaignReport, verdict: Verdict): string {
  const { shards, checks, targets } = report;
  const seeds = targets.reduce((sum, { totals }) => sum + totals.seeds, 0);
  const part = shards.included.length < shards.of ? `, shard ${shards.included.join(', ')} of ${shards.of}` : '';
  const run = `${targets.length} ${targets.length === 1 ? 'target' : 'targets'}, ${grouped(seeds)} seeds`;
  const problems = problemsOfReport(report);
  const refused = checks.some(({ problem }) => problem !== null);
  const { headings, rows } = targetRows(report);
  const head = [
    `## faultline: ${refused ? '❌ what is kept does not pass' : WORDS[verdict]}`,
    '',
    [...checkCounts(checks), targets.length === 0 && refused ? 'no new seed was run' : run].join('; ') + part,
    ...(problems.length > 0 ? ['', ...problems.map((problem) => `- ${escapeMarkdown(problem)}`)] : []),
    ...(rows.length > 0 ? ['', ...markdownTable(headings, rows)] : []),
  ];
  const kept = checks.flatMap(({ suite, name, site, failure }) =>
    failure === null ? [] : [details({ ...failure, label: suite, what: name, text: failure.told?.text ?? null, site })],
  );
  const findings = targets.flatMap((target) =>
    (target.expected === null ? target.findings : []).map((finding) =>
      details({ ...finding, label: labelOf(target), what: finding.promise }),
    ),
  );
  return withinBytes(head.join('\n'), [...kept, ...findings]);
}

/** `regressions: 3 passed, 1 failed`. */
function checkCounts(checks: CampaignReport['checks']): string[] {
  return [...new Set(checks.map(({ suite }) => suite))].map((suite) => {
    const all = checks.filter((one) => one.suite === suite);
    const failed = all.filter(({ problem }) => problem !== null).length;
    return `${suite}: ${all.length - failed} passed, ${failed} failed`;
  });
}

const WORDS: Readonly<Record<Verdict, string>> = {
  valid: '✅ all promises kept',
  invalid: '❌ a promise is broken',
  unknown: '❓ inconclusive',
};

/** As many findings as there is room for, and how many were left out. */
function withinBytes(head: string, findings: readonly string[]): string {
  const parts = [head];
  let bytes = bytesOf(head);
  for (const [index, text] of findings.entries()) {
    bytes += bytesOf(text);
    if (bytes > BYTES_MAX) {
      parts.push(`${findings.length - index} more findings are in report.json.`);
      break;
    }
    parts.push(text);
  }
  return `${parts.join('\n\n')}\n`;
}

const bytesOf = (text: string): number => new TextEncoder().encode(text).length + 2;

/** A finding, new or kept. `text`: null if there is nothing to show. */
interface Detailed extends Pick<FindingReport, 'replay' | 'files' | 'site'> {
  readonly label: string;
  readonly what: string;
  readonly text: string | null;
}

function details({ label, what, text, replay, files, site }: Detailed): string {
  const place = site === null ? '' : ` <sub>${escapeMarkdown(`${site.file}:${site.line}`)}</sub>`;
  return [
    `<details><summary><b>${escapeMarkdown(label)}</b>: ${escapeMarkdown(what)}${place}</summary>`,
    '',
    ...(text === null ? [] : [...fenced(text), '']),
    `Replay: ${inCode(replay)}`,
    '',
    `Files: ${files.map(inCode).join(', ')}`,
    '',
    '</details>',
  ].join('\n');
}

function fenced(text: string): string[] {
  const fence = '`'.repeat(Math.max(3, ...[...text.matchAll(/`+/g)].map(([run]) => run.length + 1)));
  return [`${fence}text`, text, fence];
}

const inCode = (text: string): string => {
  const ticks = text.includes('`') ? '``' : '`';
  return `${ticks}${text}${ticks}`;
};

function markdownTable(headings: readonly string[], rows: readonly (readonly (string | number)[])[]): string[] {
  const cell = (value: string | number) => (typeof value === 'number' ? grouped(value) : escapeMarkdown(value));
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const isNumber = headings.map((_, column) => rows.some((row) => typeof row[column] === 'number'));
  return [
    line(headings),
    line(isNumber.map((one) => (one ? '--:' : '---'))),
    ...rows.map((row) => line(row.map(cell))),
  ];
}

/** Text that Markdown and HTML leave alone, on one line. */
const escapeMarkdown = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/[\\`*_~|[\]]/g, '\\$&')
    .replaceAll(/\s*[\r\n]+\s*/g, ' ');
