/** Parts of a campaign: what they cover, and that together they come to what the whole would have. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { checkSystem, type Annotatable } from 'faultline/vitest';
import { findingName, parseFinding } from '../framework/explore/finding.js';
import { mergeReports } from '../framework/cli/merge.js';
import { readReport } from '../framework/cli/report-file.js';
import { parseShard, shardOf } from '../framework/cli/shard.js';
import type { CampaignReport } from '../framework/report/campaign-report.js';
import { faultline, SYSTEMS } from './fixtures/command-line.js';
import { pingSystem } from './fixtures/ping.js';

const folder = mkdtempSync(join(tmpdir(), 'faultline-shards-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});
afterEach(() => {
  delete process.env.FAULTLINE_SHARD;
});

const campaigns = fc
  .record({ of: fc.integer({ min: 1, max: 50 }), from: fc.nat(10_000), spare: fc.nat(1_000) })
  .map(({ of, from, spare }) => ({ of, from, count: of + spare }));

const parts = ({ of, from, count }: { of: number; from: number; count: number }) =>
  Array.from({ length: of }, (_, index) => shardOf({ from, count }, { index: index + 1, of }));

describe('the shards of a campaign', () => {
  test('follow one another without a gap, and are all of it', () => {
    fc.assert(
      fc.property(campaigns, (campaign) => {
        let next = campaign.from;
        for (const { from, count } of parts(campaign)) {
          expect(from).toBe(next);
          next += count;
        }
        expect(next).toBe(campaign.from + campaign.count);
      }),
    );
  });

  test('are never empty, and differ in size by at most one', () => {
    fc.assert(
      fc.property(campaigns, (campaign) => {
        const sizes = parts(campaign).map(({ count }) => count);
        expect(Math.min(...sizes)).toBeGreaterThan(0);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
    );
  });

  test.each(['0/3', '4/3', '1.5/2', '-1/2', '1/0', '1', '', 'a/b', '1/2/3', ' 1/2', '01/2', '1/10001'])(
    'cannot be %j',
    (text) => {
      expect(() => parseShard('--shard', text)).toThrow(/--shard takes i\/n, whole numbers with 1 ≤ i ≤ n .*; got '/);
    },
  );

  test('cannot be more than there are seeds, or parts of as many as time allows', () => {
    expect(() => shardOf({ from: 0, count: 2 }, { index: 1, of: 3 })).toThrow(
      /2 seeds cannot be shared out to 3 shards/,
    );
    const last = Number.MAX_SAFE_INTEGER;
    expect(shardOf({ from: last, count: 1 }, { index: 1, of: 1 })).toEqual({ from: last, count: 1 });
    expect(() => shardOf({ from: last, count: 2 }, { index: 1, of: 1 })).toThrow(/2 seeds from \d+ on go beyond/);
    expect(() => shardOf({ from: 0, count: Infinity }, { index: 1, of: 3 })).toThrow(/say with --seeds how many/);
  });
});

/** Runs a part, or the whole, of a campaign of 31 seeds over a system that fails and one that does not. */
async function explored(name: string, args: readonly string[] = []): Promise<{ path: string; out: string }> {
  const ci = join(folder, name);
  const targets = ['naive-register', 'sound', '--seeds', '31', '--workers', '1'];
  const { out } = await faultline([
    'explore',
    ...targets,
    '--out',
    join(folder, `${name}-out`),
    '--ci',
    ci,
    ...args,
    ...SYSTEMS,
  ]);
  return { path: join(ci, 'report.json'), out };
}

const whole = explored('whole');
const shards = Promise.all([1, 2, 3].map((index) => explored(`shard-${index}`, ['--shard', `${index}/3`])));

async function partsRun(): Promise<{ path: string; report: CampaignReport }[]> {
  return (await shards).map(({ path }) => ({ path, report: readReport(path) }));
}

describe('faultline merge', () => {
  test('comes to the totals of the whole campaign, in whatever order the reports are given', async () => {
    const expected = readReport((await whole).path);
    const all = await partsRun();
    expect(all.map(({ report }) => report.targets[0]?.totals.seeds)).toEqual([10, 10, 11]);
    for (const given of [all, all.toReversed()]) {
      const merged = mergeReports(given);
      expect(merged.targets.map(({ totals }) => totals)).toEqual(expected.targets.map(({ totals }) => totals));
      expect(merged.targets.map(({ verdict, reason }) => [verdict, reason])).toEqual(
        expected.targets.map(({ verdict, reason }) => [verdict, reason]),
      );
      const firsts = [merged, expected].map(({ targets }) => targets[0]?.findings[0]);
      expect(firsts[0]?.seed).toBe(firsts[1]?.seed);
      expect(firsts[0]?.afterSeeds).toBe(firsts[1]?.afterSeeds);
    }
  }, 240_000);

  test('writes the folder of the whole, with findings that can be replayed', async () => {
    const all = await shards;
    const ci = join(folder, 'all');
    const { out, code } = await faultline(['merge', ...all.map(({ path }) => path), '--ci', ci]);
    expect(out).toMatch(/naive-register +– +31 +[\d,]+ +invalid +run \d+ \(seed \d+\): reads are linearizable/);
    expect(out).toMatch(/merged 3 shards: invalid\n$/);
    expect(code).toBe(1);
    const { shards: told, targets } = readReport(join(ci, 'report.json'));
    expect(told).toEqual({ of: 3, included: [1, 2, 3] });
    const files = targets.flatMap(({ findings }) => findings.flatMap((finding) => finding.files));
    expect(readdirSync(join(ci, 'findings')).sort()).toEqual(files.map((file) => file.replace('findings/', '')).sort());
    const finding = join(ci, files.find((file) => file.endsWith('.json')) ?? '');
    const parsed = parseFinding(readFileSync(finding, 'utf8'));
    expect(parsed.kind === 'ok' && findingName(parsed.value)).toBe(basename(finding, '.json'));
    const replayed = await faultline(['replay', finding, ...SYSTEMS]);
    expect(replayed.out).toMatch(/reproduced: same failure, same digest/);
  }, 240_000);

  test('judges what all shards exercised together', async () => {
    const all = (await partsRun()).map(({ path, report }) => {
      const targets = report.targets.slice(1).map((target) => ({ ...target, claimed: ['crash'] }));
      return { path, report: { ...report, targets } };
    });
    expect(mergeReports(all).targets[0]).toMatchObject({
      verdict: 'unknown',
      reason: 'never exercised, though tolerated: crash; run more seeds',
    });
    const [head, ...rest] = all;
    const target = head?.report.targets[0];
    if (head === undefined || target === undefined) throw new Error('expected a target');
    const { totals } = target;
    const struck = { ...target, totals: { ...totals, tally: { ...totals.tally, crashes: 1 } } };
    const one = { path: head.path, report: { ...head.report, targets: [struck] } };
    expect(mergeReports([one, ...rest]).targets[0]).toMatchObject({ verdict: 'valid', reason: null });
  }, 240_000);

  test('refuses parts that are missing, there twice, or of different campaigns', async () => {
    const [one, two, three] = await partsRun();
    if (one === undefined || two === undefined || three === undefined) throw new Error('expected three parts');
    expect(() => mergeReports([one, three])).toThrow(/shard 2 of 3 is missing: give the report\.json of every shard/);
    expect(() => mergeReports([two])).toThrow(/shards 1, 3 of 3 are missing/);
    expect(() => mergeReports([one, two, three, two])).toThrow(/shard 2 of 3 is there twice: in .*shard-2/);
    const changed = (report: Partial<CampaignReport>) => () =>
      mergeReports([one, two, { path: 'x.json', report: { ...three.report, ...report } }]);
    expect(changed({ by: '9.9.9' })).toThrow(/x\.json are not of one campaign: the version of faultline is /);
    const { settings, targets } = three.report;
    expect(changed({ settings: { ...settings, from: 7 } })).toThrow(
      /the setting 'from' is 0 in the one and 7 in the other/,
    );
    expect(changed({ targets: targets.map((target) => ({ ...target, digests: '0' })) })).toThrow(
      /the program of naive-register \(told by the digests of a few runs\)/,
    );
    expect(changed({ targets: targets.slice(1) })).toThrow(/the list of systems is "naive-register, sound" in the one/);
    expect(changed({ complete: false, targets: targets.slice(1) })().complete).toBe(false);
  }, 240_000);

  test('says what is wrong with a file that is no report, and exits with 2', async () => {
    const path = join(folder, 'no-report.json');
    writeFileSync(path, '{"faultline":"report"');
    expect((await faultline(['merge', path])).error).toMatch(
      /no-report\.json is no report: not JSON \(cut short, perhaps\)/,
    );
    const [one] = await partsRun();
    writeFileSync(path, JSON.stringify({ ...one?.report, complete: 'yes' }));
    const { error, code } = await faultline(['merge', path]);
    expect(error).toMatch(/no-report\.json is no report of explore --ci or gate --ci:\n {2}complete: /);
    expect(code).toBe(2);
    expect((await faultline(['merge'])).code).toBe(2);
  }, 240_000);
});

test('a shard that is resumed goes on from its own ledger, to the same end', async () => {
  const again = await explored('shard-2', ['--shard', '2/3', '--resume']);
  const [, second] = await shards;
  expect(again.out.replace(/[\s\S]*\nsystem /, '')).toBe(second?.out.replace(/[\s\S]*\nsystem /, ''));
  const ledgers = readdirSync(join(folder, 'shard-2-out', 'campaigns'));
  expect(ledgers).toEqual(['naive-register--swarm--10.jsonl', 'sound--swarm--10.jsonl']);
  const lines = readFileSync(join(folder, 'shard-2-out', 'campaigns', 'sound--swarm--10.jsonl'), 'utf8')
    .trim()
    .split('\n');
  expect(lines.filter((line) => line.startsWith('{"from"'))).toHaveLength(2);
}, 240_000);

test('FAULTLINE_SHARD splits the seeds of a property in vitest', async () => {
  const context = {
    annotate: () => Promise.resolve(),
    task: { id: 'x', name: 'x', meta: {} },
  } as unknown as Annotatable;
  const seeds: number[] = [];
  for (const shard of ['1/3', '2/3', '3/3']) {
    process.env.FAULTLINE_SHARD = shard;
    seeds.push((await checkSystem(context, pingSystem(), { numRuns: 20 })).seeds);
  }
  expect(seeds).toEqual([6, 7, 7]);
  process.env.FAULTLINE_SHARD = '4/3';
  await expect(checkSystem(context, pingSystem(), { numRuns: 20 })).rejects.toThrow(/FAULTLINE_SHARD takes i\/n/);
});
