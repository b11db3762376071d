/** What a CI job is told: annotations, JUnit, a summary, one folder with everything; the gate; the action that runs it. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import * as fc from 'fast-check';
import * as prettier from 'prettier';
import { afterAll, describe, expect, test } from 'vitest';
import { checkSystem, type Annotatable } from 'faultline/vitest';
import { declarationSites } from '../framework/cli/declaration-site.js';
import { readReport } from '../framework/cli/report-file.js';
import { noTotals } from '../framework/explore/totals.js';
import type { CampaignReport, FindingReport, TargetReport } from '../framework/report/campaign-report.js';
import { jobSummary } from '../framework/report/job-summary.js';
import { junitXml } from '../framework/report/junit.js';
import { annotationsOf, workflowCommand } from '../framework/report/workflow-command.js';
import { faultline, SYSTEMS } from './fixtures/command-line.js';
import { elementsOf, textOf } from './fixtures/strict-xml.js';
import { naive } from './readme-example.js';

const folder = mkdtempSync(join(tmpdir(), 'faultline-ci-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const site = { file: 'a,b:c.ts', line: 7 };

function findingReport(given: Partial<FindingReport> = {}): FindingReport {
  return {
    ...{ promise: 'reads are linearizable', signature: 'reads are linearizable: stale', explanation: 'it is stale' },
    ...{ seed: '2', afterSeeds: 3, takes: ['crash'], size: 2, count: 1, text: 'the diagram' },
    ...{ files: ['findings/x.json'], replay: 'npx faultline replay x.json', site },
    ...given,
  };
}

function targetReport(given: Partial<TargetReport> = {}): TargetReport {
  const runs = { valid: 5, invalid: 0, unknown: 0 };
  const totals = { ...noTotals(), seeds: 5, runs, properties: { 'reads are linearizable': { runs, seen: {} } } };
  return {
    ...{ system: 'chain', mutant: null, expected: null, claimed: [], digests: '', site: null },
    ...{ verdict: 'valid', reason: null, totals, divergences: 0, findings: [] },
    ...given,
  };
}

function report(given: Partial<CampaignReport> = {}): CampaignReport {
  const settings = { systems: null, strategy: 'swarm', faultsMax: null, verify: false, from: 0, seeds: 5 };
  return {
    ...{ faultline: 'report', version: 1, by: '0', settings: { ...settings, timeSeconds: null } },
    ...{ shards: { of: 1, included: [1] }, complete: true, checks: [], targets: [targetReport()] },
    ...given,
  };
}

const broken = report({ targets: [targetReport({ verdict: 'invalid', findings: [findingReport()] })] });

/** Any text, with what XML, Markdown and workflow commands must escape made likely. */
const nasty = fc.string({
  unit: fc.oneof(
    fc.constantFrom(
      '<',
      '>',
      '&',
      '"',
      "'",
      ']]>',
      '\u0000',
      '\u001b',
      '\ufffe',
      '\ud800',
      '\r',
      '\n',
      '%',
      ':',
      ',',
      '|',
      '`',
    ),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  ),
});

describe('annotations', () => {
  test('escape what ends a property, a command or a line', () => {
    const one = workflowCommand({ level: 'error', title: '50 %, a: b\r\n', message: '100 %: x,\ny', site });
    expect(one).toBe('::error file=a%2Cb%3Ac.ts,line=7,title=50 %25%2C a%3A b%0D%0A::100 %25: x,%0Ay');
  });

  test('are one line each, and give back what was put in', () => {
    fc.assert(
      fc.property(nasty, nasty, (title, message) => {
        const line = workflowCommand({ level: 'warning', title, message, site: null });
        const [, given = '', said = ''] = /^::warning title=([^:,\r\n]*)::([^\r\n]*)$/.exec(line) ?? [];
        const decode = (text: string) => text.replaceAll(/%(0D|0A|3A|2C|25)/g, (code) => decodeURIComponent(code));
        expect(decode(given)).toBe(title);
        expect(decode(said)).toBe(message);
      }),
    );
  });

  test('stand at the promise, or at the system; doubts are warnings; mutants that are meant to fail have none', () => {
    const finding = findingReport({ site: null });
    const place = { file: 'system.ts', line: 3 };
    const targets = [
      targetReport({ findings: [findingReport(), finding], site: place }),
      targetReport({ reason: 'no crash', verdict: 'unknown', divergences: 2 }),
      targetReport({ mutant: 'CH-01', expected: 'x', findings: [finding] }),
    ];
    expect(annotationsOf(report({ targets })).map(({ level, site: at }) => [level, at])).toEqual([
      ['error', site],
      ['error', place],
      ['error', null],
      ['warning', null],
    ]);
  });
});

describe('JUnit', () => {
  test('counts a broken promise as a failure, and what is unknown as an error: neither is green', () => {
    const unknown = { valid: 0, invalid: 0, unknown: 5 };
    const { totals } = targetReport();
    const properties = { ...totals.properties, 'nothing is lost': { runs: unknown, seen: {} } };
    const targets = [
      targetReport({ findings: [findingReport()], verdict: 'invalid', totals: { ...totals, properties } }),
      targetReport({ system: 'craq', reason: 'never exercised: crash', verdict: 'unknown' }),
      targetReport({ mutant: 'CH-01', expected: 'x', verdict: 'unknown', reason: 'not caught' }),
    ];
    const checks = [
      { suite: 'regressions', name: 'a.json', problem: 'it fails as recorded', site: null, failure: null },
    ] as const;
    const elements = elementsOf(junitXml(report({ targets, checks })));
    const suites = elements.filter(({ name }) => name === 'testsuite').map(({ attributes }) => attributes);
    expect(suites).toEqual([
      { name: 'regressions', tests: '1', failures: '1', errors: '0' },
      { name: 'chain', tests: '3', failures: '1', errors: '1' },
      { name: 'craq', tests: '2', failures: '0', errors: '1' },
      { name: 'chain · CH-01', tests: '1', failures: '0', errors: '1' },
    ]);
    const [all] = elements;
    expect(all?.attributes).toEqual({ name: 'faultline', tests: '7', failures: '2', errors: '3' });
    expect(elements.filter(({ name }) => name === 'testcase')).toHaveLength(7);
    expect(elements.find(({ attributes }) => attributes.name === 'reads are linearizable')?.attributes).toEqual({
      ...{ classname: 'chain', name: 'reads are linearizable', file: 'a,b:c.ts', line: '7' },
    });
  });

  test('is well-formed whatever it is told, and says it again, but for what XML cannot hold', () => {
    fc.assert(
      fc.property(nasty, nasty, (promise, text) => {
        const findings = [findingReport({ promise, explanation: text, text })];
        const xml = junitXml(report({ targets: [targetReport({ findings })] }));
        const failure = elementsOf(xml).find(({ name }) => name === 'failure');
        const legal = text.replaceAll(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, '\ufffd');
        expect(failure?.attributes.message).toBe(legal);
        expect(textOf(failure).startsWith(legal)).toBe(true);
      }),
    );
  });
});

describe('the summary', () => {
  test('has the verdict, the table and the diagram', () => {
    const text = jobSummary(broken, 'invalid');
    expect(text).toMatch(
      /^## faultline: ❌ a promise is broken\n\n1 target, 5 seeds\n\n- chain: 'reads are linearizable: /,
    );
    expect(text).toMatch(/\| chain \| – \| 5 \| 0 \| invalid \| run 3 \(seed 2\): reads are linearizable \| 2 \|/);
    expect(text).toMatch(
      /<summary><b>chain<\/b>: reads are linearizable <sub>a,b:c.ts:7<\/sub><\/summary>\n\n```text\nthe diagram\n```/,
    );
  });

  test('keeps a diagram in its fence, and a cell in its column, whatever is in them', () => {
    fc.assert(
      fc.property(nasty, (text) => {
        const findings = [findingReport({ promise: text, text: `\`\`\`\n${text}\n\`\`\`` })];
        const lines = jobSummary(report({ targets: [targetReport({ findings })] }), 'invalid').split('\n');
        const fence = lines.find((line) => /^`{3,}text$/.test(line))?.replace('text', '') ?? '';
        expect(fence.length).toBeGreaterThan(3);
        expect(lines.filter((line) => line === fence)).toHaveLength(1);
        const row = lines.find((line) => line.startsWith('| chain |')) ?? '';
        expect(row.match(/(?<!\\)\|/g)).toHaveLength(8);
      }),
    );
  });

  test('is never longer than what GitHub shows', () => {
    const findings = Array.from({ length: 40 }, () => findingReport({ text: '─'.repeat(20_000) }));
    const text = jobSummary(report({ targets: [targetReport({ findings })] }), 'invalid');
    expect(Buffer.byteLength(text)).toBeLessThan(1_048_576);
    expect(text).toMatch(/\n\n\d+ more findings are in report\.json\.\n$/);
  });
});

describe('the line of a promise', () => {
  const lineOf = (path: string, text: string): number =>
    readFileSync(path, 'utf8')
      .split('\n')
      .findIndex((line) => line.includes(text)) + 1;

  test('is where its name stands in the sources that the module imports', () => {
    const siteOf = declarationSites('properties/fixtures/systems.ts');
    const file = 'properties/readme-example.ts';
    const line = lineOf(file, "properties: [{ name: 'reads are linearizable'");
    expect(siteOf('naive-register', 'reads are linearizable')).toEqual({ file, line });
    expect(siteOf('naive-register', undefined)).toEqual({ file, line: lineOf(file, "name: 'naive-register'") });
  });

  test("is the system's where the name is found nowhere, and the module's beginning where that is not, either", () => {
    const siteOf = declarationSites('properties/fixtures/systems.ts');
    const home = siteOf('naive-register', undefined);
    expect(siteOf('naive-register', 'after healing, every request is answered')).toEqual(home);
    expect(siteOf('nobody', 'nothing')).toEqual({ file: 'properties/fixtures/systems.ts', line: 1 });
  });

  test('is that of the system which makes it, where others make the same', () => {
    const siteOf = declarationSites(undefined);
    const promise = 'no acknowledged write is lost';
    expect(siteOf('primary-backup-sync', promise)?.file).toMatch(/^models\/primary-backup\//);
    expect(siteOf('shard', promise)?.file).toMatch(/^models\/shard\//);
  });

  test('is the line of the test in vitest', async () => {
    const context = {
      annotate: () => Promise.resolve(),
      task: { id: 'x', name: 'x', meta: {} },
    } as unknown as Annotatable;
    const error: unknown = await checkSystem(context, naive, { numRuns: 100 }).catch((thrown: unknown) => thrown);
    const [first = ''] = (error as Error).stack?.split('\n').filter((line) => /^ {4}at /.test(line)) ?? [];
    expect(first).toMatch(/ci-report\.test\.ts:\d+:\d+\)?$/);
  });
});

describe('explore --ci', () => {
  const ci = join(folder, 'ci');
  const args = ['explore', 'naive-register', 'sound', '--seeds', '20', ...SYSTEMS];

  test('leaves everything in one folder, annotates, and adds to the summary of the job', async () => {
    const summary = join(folder, 'step-summary.md');
    writeFileSync(summary, 'before\n');
    mkdirSync(join(ci, 'findings'), { recursive: true });
    writeFileSync(join(ci, 'findings', 'stale.json'), '');
    const env = { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: summary, GITHUB_WORKSPACE: resolve('.') };
    const { out, code } = await faultline([...args, '--out', join(folder, 'out'), '--ci', ci], { env });
    expect(code).toBe(1);
    expect(out).toMatch(
      /\n::error file=properties\/readme-example\.ts,line=\d+,title=naive-register%3A reads are linearizable::read /,
    );
    expect(out).toMatch(/\n::error [^\n]*%0Aseed 2, size \d+; replay: npm run replay -- \S+\.json --systems /);
    expect(out).toMatch(/written to \S+: report\.json, junit\.xml, summary\.md, findings\/ \(1\)/);
    expect(readdirSync(ci).sort()).toEqual(['findings', 'junit.xml', 'report.json', 'summary.md']);
    const told = readReport(join(ci, 'report.json'));
    const files = told.targets.flatMap(({ findings }) => findings.flatMap((finding) => finding.files));
    expect(files.map((file) => /\.\w+$/.exec(file)?.[0])).toEqual(expect.arrayContaining(['.json', '.txt']));
    expect(
      readdirSync(join(ci, 'findings'))
        .map((name) => `findings/${name}`)
        .sort(),
    ).toEqual([...files].sort());
    expect(readFileSync(summary, 'utf8')).toBe(`before\n${readFileSync(join(ci, 'summary.md'), 'utf8')}`);
    const cases = elementsOf(readFileSync(join(ci, 'junit.xml'), 'utf8')).filter(({ name }) => name === 'testcase');
    expect(cases.map(({ attributes }) => attributes.classname)).toContain('sound');
  }, 60_000);

  test('refuses a folder whose findings it would clear', async () => {
    const { error, code } = await faultline([...args, '--out', join(ci, 'findings'), '--ci', ci]);
    expect(error).toMatch(/--ci \S+ would clear \S+, which is needed; name another folder/);
    expect(code).toBe(2);
  }, 60_000);
});

describe('gate', () => {
  const kept = join(folder, 'regressions');
  const gate = ['gate', 'sound', '--seeds', '20', '--workers', '1', '--regressions', kept, ...SYSTEMS];

  test('passes when what is kept and new seeds do', async () => {
    mkdirSync(kept, { recursive: true });
    const { out, code } = await faultline(gate);
    expect(out).toMatch(/^gate: regressions: none are kept in /);
    expect(out).toMatch(/gate: passed\n$/);
    expect(code).toBe(0);
  }, 60_000);

  test('stops at kept findings, with the reason in one line, and runs no new seed', async () => {
    const out = join(folder, 'found');
    await faultline(['explore', 'naive-register', '--seeds', '10', '--out', out, ...SYSTEMS]);
    const name = readdirSync(out).find((one) => one.endsWith('.json')) ?? '';
    writeFileSync(join(kept, name), readFileSync(join(out, name)));
    writeFileSync(join(kept, 'torn.json'), '{"faultline":');
    const ci = join(folder, 'gate-ci');
    const failed = await faultline([...gate, '--ci', ci]);
    expect(failed.code).toBe(1);
    const lines = failed.out.trim().split('\n');
    expect(lines.at(-1)).toMatch(
      /^gate: FAILED: regressions: \S+: it fails as recorded: reads are linearizable: .*\(and 1 more, see above\); no new seed was run$/,
    );
    expect(failed.out).toMatch(/✗ \S+torn\.json: \S+ is not a finding that can be replayed: not JSON/);
    expect(failed.out).not.toMatch(/sound +–/);
    const { checks } = readReport(join(ci, 'report.json'));
    expect(checks.map(({ site: at }) => at?.file ?? null)).toEqual(['properties/readme-example.ts', null]);
  }, 60_000);

  test('tells a kept finding that fails as it would a new one: in words, drawn, with the command that replays it', async () => {
    const [ci, out] = [join(folder, 'kept-ci'), join(folder, 'kept-out')];
    const env = { GITHUB_ACTIONS: 'true', GITHUB_WORKSPACE: resolve('.') };
    const failed = await faultline([...gate, '--ci', ci, '--out', out], { env });
    const [name = ''] = readdirSync(kept).filter((one) => one.startsWith('naive-register'));
    const stem = name.replace(/\.json$/, '');
    const replay = /npm run replay -- \S+\/regressions\/naive-register--\S+\.json --systems \S+systems\.ts/;
    expect(failed.out).toMatch(
      /✗ \S+: it fails as recorded: [\s\S]* happened {3}read [\s\S]*★ shows the failure[\s\S]* explorer /,
    );
    expect(failed.out).toMatch(replay);
    expect(readdirSync(join(ci, 'findings')).filter((one) => !one.endsWith('.html'))).toEqual(
      ['json', 'svg', 'txt'].map((part) => `${stem}.${part}`),
    );
    expect(readdirSync(kept).some((one) => /\.(svg|html)$/.test(one))).toBe(false);

    expect(failed.out).toMatch(
      /\n::error [^\n]*::it fails as recorded: [^\n]*%0Aread [^\n]*%0Areplay: npm run replay -- /,
    );
    const summary = readFileSync(join(ci, 'summary.md'), 'utf8');
    expect(summary).toMatch(
      /^## faultline: ❌ what is kept does not pass\n\nregressions: 0 passed, 2 failed; no new seed was run\n/,
    );
    expect(summary).toMatch(/<b>regressions<\/b>: .*\n\n```text\n(.*\n)*?.*★ shows the failure/);
    expect(summary).toMatch(replay);
    const failure = elementsOf(readFileSync(join(ci, 'junit.xml'), 'utf8')).find((one) => one.name === 'failure');
    expect(failure?.attributes.message).toMatch(/^it fails as recorded: .*\nread /);
    expect(textOf(failure)).toMatch(/^it fails as recorded: [\s\S]*★ shows the failure/);
    expect(textOf(failure)).toMatch(replay);
  }, 60_000);

  test('leaves what is kept to the first shard', async () => {
    const { out, code } = await faultline([...gate, '--shard', '2/2']);
    expect(out).toMatch(/^gate: shard 1 of 2 looks at kept findings and golden digests\n/);
    expect(code).toBe(0);
  }, 60_000);

  test('of which one shard refused what is kept can be merged: the whole is refused, for that reason', async () => {
    const [refused, through] = ['1/2', '2/2'].map((shard) => join(folder, `gate-${shard.replace('/', '-of-')}`));
    await faultline([...gate, '--shard', '1/2', '--ci', String(refused)]);
    await faultline([...gate, '--shard', '2/2', '--ci', String(through)]);
    const { out, code } = await faultline(['merge', `${refused}/report.json`, `${through}/report.json`]);
    expect(out).toMatch(/^sound +– +10 /m);
    expect(out).toMatch(/^regressions: \S+: it fails as recorded: /m);
    expect(out).toMatch(/merged 2 shards: invalid\n$/);
    expect(code).toBe(1);
    const whole = join(folder, 'gate-whole');
    await faultline(['merge', `${refused}/report.json`, `${through}/report.json`, '--ci', whole]);
    expect(readdirSync(join(whole, 'findings'))).toEqual(readdirSync(join(String(refused), 'findings')));
  }, 60_000);
});

describe('the action', () => {
  const action = resolve('.github/actions/faultline');
  const text = readFileSync(join(action, 'action.yml'), 'utf8');

  test('is YAML, whose expressions name only inputs and steps that it has', async () => {
    await expect(prettier.format(text, { parser: 'yaml' })).resolves.toContain('using: composite');
    const [, inputs = ''] = /\ninputs:\n([\s\S]*?)\noutputs:/.exec(text) ?? [];
    const declared = [...inputs.matchAll(/^ {2}([\w-]+):$/gm)].map(([, name]) => name);
    const used = [...text.matchAll(/inputs\.([\w-]+)/g)].map(([, name]) => name);
    expect(new Set(used)).toEqual(new Set(declared));
    const variables = [...readFileSync(join(action, 'gate.sh'), 'utf8').matchAll(/\bGATE_[A-Z]+/g)].map(([one]) => one);
    for (const one of variables.filter((name) => name !== 'GATE_')) expect(text).toContain(`${one}: \${{ inputs.`);
  });

  test.each([
    { shard: '1/1', systems: 'properties/fixtures/systems.ts', names: 'naive-register sound', code: 1, exits: 1 },
    // Alone, a few seeds of this system exercise too little: the merge decides.
    { shard: '2/2', systems: '', names: 'chain', code: 3, exits: 0 },
    { shard: '3/2', systems: '', names: 'chain', code: 2, exits: 2 },
  ])(
    'runs the gate as its inputs say: shard $shard ends with $code',
    ({ shard, systems, names, code, exits }) => {
      const output = join(folder, `output-${shard.replace('/', '-')}`);
      const ci = join(folder, `action-${shard.replace('/', '-')}`);
      const loader = import.meta.resolve('tsx');
      const ended = spawnSync('bash', [join(action, 'gate.sh')], {
        encoding: 'utf8',
        env: {
          ...process.env,
          ...{ NO_COLOR: '1', GITHUB_OUTPUT: output, GITHUB_STEP_SUMMARY: '', GATE_ARTIFACT: 'faultline' },
          ...{
            GATE_COMMAND: `${process.execPath} --import ${loader} framework/cli/main.ts`,
            GATE_NAMES: names,
          },
          ...{ GATE_SYSTEMS: systems, GATE_SEEDS: '4', GATE_PART: shard, GATE_FOLDER: ci },
          ...{ GATE_DIRECTORY: '.' },
        },
      });
      expect(ended.status, ended.stdout + ended.stderr).toBe(exits);
      const artifact = `faultline-${shard.replace('/', '-of-')}`;
      expect(readFileSync(output, 'utf8')).toBe(`exit-code=${code}\nfolder=./${ci}\nartifact=${artifact}\n`);
      expect(existsSync(join(ci, 'report.json'))).toBe(code !== 2);
      expect(ended.stdout.includes(`::warning title=faultline::shard ${shard} is inconclusive by itself`)).toBe(
        code === 3,
      );
    },
    120_000,
  );
});
