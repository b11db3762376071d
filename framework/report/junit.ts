/**
 * A campaign as JUnit's XML, in the form that Jenkins and GitLab read: a suite for each system, a case for each promise.
 * A broken promise is a `failure`. What is unknown is an `error`: nothing failed, but the test could not be carried out,
 * and so it does not pass. `skipped` would be green.
 */
import {
  labelOf,
  linesOfCheck,
  type CampaignReport,
  type CheckReport,
  type SourceSite,
  type TargetReport,
} from './campaign-report.js';

interface Case {
  readonly name: string;
  readonly site: SourceSite | null;
  readonly problem?: { readonly kind: 'failure' | 'error'; readonly message: string; readonly body: string };
}

interface Suite {
  readonly name: string;
  readonly cases: readonly Case[];
}

export function junitXml(report: CampaignReport): string {
  const suites = [...checkSuites(report), ...report.targets.map(suiteOf)];
  const all = suites.flatMap(({ cases }) => cases);
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributes({ name: 'faultline', ...counts(all) })}>`,
    ...suites.flatMap(({ name, cases }) => [
      `  <testsuite${attributes({ name, ...counts(cases) })}>`,
      ...cases.map((one) => caseXml(name, one)),
      '  </testsuite>',
    ]),
    '</testsuites>',
  ];
  return `${lines.join('\n')}\n`;
}

function checkSuites({ checks }: CampaignReport): Suite[] {
  return [...new Set(checks.map(({ suite }) => suite))].map((suite) => ({
    name: suite,
    cases: checks
      .filter((one) => one.suite === suite)
      .map((check): Case => ({
        name: check.name,
        site: check.site,
        ...(check.problem !== null && { problem: checkProblem(check) }),
      })),
  }));
}

function checkProblem(check: CheckReport): NonNullable<Case['problem']> {
  const { problem, failure } = check;
  const told = failure === null ? [] : [...(failure.told === null ? [] : [failure.told.text]), replayLine(failure)];
  return { kind: 'failure', message: linesOfCheck(check).join('\n'), body: [problem ?? '', ...told].join('\n\n') };
}

const replayLine = ({ replay }: { readonly replay: string }): string => `  replay     ${replay}`;

function suiteOf(target: TargetReport): Suite {
  const { expected, verdict, reason, site } = target;
  const name = labelOf(target);
  if (expected === null) return { name, cases: [...promiseCases(target), ...wholeCases(target)] };
  const error = { kind: 'error', message: reason ?? verdict, body: reason ?? verdict } as const;
  return {
    name,
    cases: [{ name: `is caught by '${expected}'`, site, ...(verdict !== 'valid' && { problem: error }) }],
  };
}

/** Those that were judged, and those of which only a breach is known: invariants, and that handlers do not fail. */
function promiseCases({ totals, findings, site }: TargetReport): Case[] {
  const promises = [...new Set([...Object.keys(totals.properties), ...findings.map(({ promise }) => promise)])];
  return promises.map((name): Case => {
    const broken = findings.filter(({ promise }) => promise === name);
    const [first] = broken;
    if (first !== undefined) {
      const body = broken.map((finding) => `${finding.text}\n\n${replayLine(finding)}`).join('\n\n');
      return { name, site: first.site ?? site, problem: { kind: 'failure', message: first.explanation, body } };
    }
    const runs = totals.properties[name]?.runs;
    if (runs === undefined || runs.valid > 0) return { name, site };
    const message = `unknown in all ${runs.unknown} runs`;
    return { name, site, problem: { kind: 'error', message, body: message } };
  });
}

/** What is said of the target as a whole. */
function wholeCases({ reason, divergences, site }: TargetReport): Case[] {
  const doubt = { kind: 'error', message: reason ?? '', body: reason ?? '' } as const;
  const message = `${divergences} seeds were not repeated by the same steps`;
  const unrepeated = { kind: 'failure', message, body: message } as const;
  return [
    { name: 'the runs exercised what was promised', site, ...(reason !== null && { problem: doubt }) },
    ...(divergences > 0 ? [{ name: 'runs are deterministic', site, problem: unrepeated }] : []),
  ];
}

function counts(cases: readonly Case[]): Record<string, string> {
  const many = (kind: 'failure' | 'error') => String(cases.filter(({ problem }) => problem?.kind === kind).length);
  return { tests: String(cases.length), failures: many('failure'), errors: many('error') };
}

function caseXml(suite: string, { name, site, problem }: Case): string {
  const place = site === null ? {} : { file: site.file, line: String(site.line) };
  const start = `    <testcase${attributes({ classname: suite, name, ...place })}`;
  if (problem === undefined) return `${start}/>`;
  const { kind, message, body } = problem;
  const type = kind === 'failure' ? 'broken promise' : 'inconclusive';
  return `${start}>\n      <${kind}${attributes({ type, message })}>${escapeXml(body)}</${kind}>\n    </testcase>`;
}

const attributes = (values: Readonly<Record<string, string>>): string =>
  Object.entries(values)
    .map(([name, value]) => ` ${name}="${escapeXml(value).replaceAll('\n', '&#10;').replaceAll('\t', '&#9;')}"`)
    .join('');

/** What XML 1.0 can hold neither as it is nor escaped: control characters, halves of pairs, U+FFFE and U+FFFF. */
const ILLEGAL = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu;

/** For text and for attributes in double quotes; what XML cannot hold becomes U+FFFD. */
function escapeXml(text: string): string {
  return text
    .replaceAll(ILLEGAL, '\u{FFFD}')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\r', '&#13;');
}
