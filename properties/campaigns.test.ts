/** Campaigns over many seeds: in threads, interrupted and gone on with, and their findings put into groups. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { Campaign, planSize, type Property, type RawFinding } from 'faultline';
import { seedRanges } from '../framework/cli/seed-range.js';
import { CampaignRecord } from '../framework/explore/campaign.js';
import { FindingGroups, shapeOf } from '../framework/explore/finding-groups.js';
import { parseFinding, replay } from '../framework/explore/finding.js';
import type { AnyOperation } from '../framework/history/entry.js';
import { faultline, SYSTEMS } from './fixtures/command-line.js';
import { pingSystem, quietPlan } from './fixtures/ping.js';
import { naive } from './readme-example.js';

const folders: string[] = [];
const emptyFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'faultline-'));
  folders.push(folder);
  return folder;
};
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

const jsonFiles = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort();

/** What is printed without the folder's name, which is another each time. */
const without = (folder: string, text: string): string => text.replaceAll(basename(folder), '…');

describe('ranges of seeds', () => {
  test('cover every seed once, in order, however many there are', () => {
    fc.assert(
      fc.property(fc.nat(1_000), fc.integer({ min: 1, max: 2_000 }), (from, seeds) => {
        const rangeAt = seedRanges(from, seeds);
        const covered: number[] = [];
        for (let index = 0; ; index++) {
          const range = rangeAt(index);
          if (range === undefined) break;
          covered.push(...Array.from({ length: range.count }, (_, offset) => range.from + offset));
        }
        expect(covered).toEqual(Array.from({ length: seeds }, (_, offset) => from + offset));
      }),
    );
  });

  test('have no last one where there is no limit', () => {
    expect(seedRanges(0, Infinity)(1_000_000)).toEqual({ from: 8 * 4 + 16 * 4 + 32 * 4 + 64 * 999_988, count: 64 });
  });
});

describe('a campaign in stretches', () => {
  test('adds up to the same as in one', () => {
    const seeds = Array.from({ length: 60 }, (_, seed) => String(seed));
    const whole = new Campaign(naive, { coverageEvery: 1 });
    for (const seed of seeds) whole.runSeed(seed);
    const record = new CampaignRecord(naive, undefined);
    const parts = new Campaign(naive, { coverageEvery: 1 });
    for (const [index, seed] of seeds.entries()) {
      parts.runSeed(seed);
      if (index % 7 === 0) record.add(JSON.parse(JSON.stringify(parts.takeStretch())) as never);
    }
    record.add(parts.takeStretch());
    const { findings, ...rest } = whole.summary;
    expect(record.summary).toMatchObject(JSON.parse(JSON.stringify(rest)) as object);
    expect(record.summary.findings.map(({ seed, afterSeeds, count }) => [seed, afterSeeds, count])).toEqual(
      findings.map(({ seed, afterSeeds, count }) => [seed, afterSeeds, count]),
    );
    expect(findings[0]?.count).toBeGreaterThan(3);
    expect(rest.coverage).toBeGreaterThan(3);
  });
});

describe('threads', () => {
  test('print what one thread prints, and save the same', async () => {
    const args = (workers: number, folder: string) => [
      ...['explore', 'naive-register', 'sound', '--seeds', '700', '--workers', String(workers), '--out', folder],
      ...SYSTEMS,
    ];
    const [here, there] = [emptyFolder(), emptyFolder()];
    const [one, three] = [await faultline(args(1, here)), await faultline(args(3, there))];
    expect(one.code).toBe(1);
    expect(without(there, three.out)).toBe(without(here, one.out));
    expect(jsonFiles(there)).toEqual(jsonFiles(here));
  }, 60_000);

  test('pass on what the author of a system did wrong', async () => {
    for (const workers of ['1', '2']) {
      const out = ['--workers', workers, '--out', emptyFolder()];
      const { code, error } = await faultline(['explore', 'unplannable', '--seeds', '700', ...out, ...SYSTEMS]);
      expect(error).toMatch(/faultline: the workload made no plan for seed 0: no number for this one\n +at /);
      expect(error.split('\n').every((line) => line.length <= 200)).toBe(true);
      expect(code).toBe(2);
    }
  }, 60_000);
});

describe('a campaign that was killed', () => {
  const args = (folder: string, ...more: readonly string[]) => [
    ...['explore', 'naive-register', '--seeds', '6000', '--workers', '2', '--out', folder, ...more],
    ...SYSTEMS,
  ];
  const ledgerIn = (folder: string): string => join(folder, 'campaigns', 'naive-register--swarm--0.jsonl');
  const linesIn = (folder: string): string[] =>
    existsSync(ledgerIn(folder)) ? readFileSync(ledgerIn(folder), 'utf8').split('\n') : [];

  test('has saved what it found, and goes on to the same end with --resume', async () => {
    const [whole, killed] = [emptyFolder(), emptyFolder()];
    const expected = await faultline(args(whole));
    const { code, out } = await faultline(args(killed), { killWhen: () => linesIn(killed).length > 8 });
    expect(code).toBeNull();
    expect(out).not.toMatch(/naive-register +– +6,000/);
    // What it found is there to be replayed.
    const [file = ''] = jsonFiles(killed);
    const saved = parseFinding(readFileSync(join(killed, file), 'utf8'));
    if (saved.kind !== 'ok') return expect.unreachable();
    expect(replay(naive, saved.value).kind).toBe('reproduced');
    // As if the last line had been cut short.
    const before = linesIn(killed).length;
    truncateSync(ledgerIn(killed), readFileSync(ledgerIn(killed)).length - 30);
    const resumed = await faultline(args(killed, '--resume'));
    expect(without(killed, resumed.out)).toBe(without(whole, expected.out));
    expect(jsonFiles(killed)).toEqual(jsonFiles(whole));
    // What was finished was not run again: each range is in the ledger once.
    const ranges = linesIn(killed).flatMap((line) => /^\{"from":(\d+),"count":\d+.*\}$/.exec(line)?.[1] ?? []);
    expect(new Set(ranges).size).toBe(ranges.length);
    expect(ranges.length).toBeGreaterThan(before);
  }, 120_000);

  test('is not gone on with when the plans that it had kept are torn', async () => {
    const out = emptyFolder();
    const args = [
      'explore',
      'sound',
      '--seeds',
      '20',
      '--strategy',
      'coverage',
      '--workers',
      '1',
      '--out',
      out,
      ...SYSTEMS,
    ];
    await faultline(args);
    writeFileSync(join(out, 'corpus', 'sound--coverage--0.json'), '[{');
    const { error, code } = await faultline([...args, '--resume']);
    expect(error).toMatch(/sound--coverage--0\.json cannot be resumed: it is not JSON; leave out --resume/);
    expect(code).toBe(2);
  });

  test('is not gone on with when it is another', async () => {
    const folder = emptyFolder();
    await faultline(args(folder, '--max-findings', '1'));
    const { error, code } = await faultline(args(folder, '--resume', '--faults', '2'));
    expect(error).toMatch(/cannot be resumed: its faultsMax is not '2'; leave out --resume to begin anew/);
    expect(code).toBe(2);
  }, 60_000);
});

describe('explore ends', () => {
  test('after as many findings as were asked for', async () => {
    const args = ['explore', 'naive-register', '--seeds', '5000', '--max-findings', '1', '--out', emptyFolder()];
    const { out, code } = await faultline([...args, ...SYSTEMS]);
    const seeds = Number(/naive-register +– +([\d,]+)/.exec(out)?.[1]?.replace(',', ''));
    expect(seeds).toBeLessThan(1_000);
    expect(code).toBe(1);
  });

  test('when later seeds show next to nothing new', async () => {
    const args = ['explore', 'sound', '--until-coverage-stable', '--out', emptyFolder()];
    const { out, code } = await faultline([...args, ...SYSTEMS]);
    const seeds = Number(/sound +– +([\d,]+)/.exec(out)?.[1]?.replace(',', ''));
    expect(seeds).toBeGreaterThanOrEqual(1_000);
    expect(seeds).toBeLessThan(2_000);
    expect(code).toBe(0);
  });

  test('when its time is over', async () => {
    const { out, code } = await faultline(['explore', 'sound', '--time', '1', '--out', emptyFolder(), ...SYSTEMS]);
    expect(out).toMatch(/sound +– +[\d,]+ +[\d,]+ +valid/);
    expect(code).toBe(0);
  });
});

test('--save puts findings where they are run again from now on', async () => {
  const cwd = emptyFolder();
  const saving = await faultline(['explore', 'naive-register', '--seeds', '100', '--save', ...SYSTEMS], { cwd });
  const [file = ''] = jsonFiles(join(cwd, 'histories/regressions'));
  expect(saving.out).toContain(
    `\n--save: kept in histories/regressions, to be run again by regressions and gate:\n  histories/regressions/${file}\n`,
  );
  const again = await faultline(['regressions', ...SYSTEMS], { cwd });
  expect(again.out).toContain(`${file}: it fails as recorded: reads are linearizable: not linearizable`);
  expect(again.code).toBe(1);
});

describe('groups of findings', () => {
  const rawOf = (properties: readonly Property<AnyOperation, unknown>[] = naive.properties) => {
    const target = { ...naive, properties };
    const campaign = new Campaign(target);
    for (let seed = 0; seed < 200; seed++) campaign.runSeed(String(seed));
    return { target, findings: campaign.takeStretch().findings };
  };

  test('have the same signature and take the same kinds of fault, and keep the smallest plan', async () => {
    const { target, findings } = rawOf();
    expect(findings.length).toBe(3);
    const groups = new FindingGroups(target, {});
    const sizes: number[] = [];
    for (const found of findings) {
      await groups.add(found);
      const [alone] = await new FindingGroups(target, {}).add(found);
      sizes.push(planSize(alone?.group.essence.shrunk.plan ?? found.plan));
    }
    const [group] = groups.all;
    expect(groups.all).toHaveLength(1);
    expect(group?.shape).toEqual(['partition']);
    expect(group?.count).toBe(3);
    expect(planSize(group?.essence.shrunk.plan ?? quietPlan())).toBe(Math.min(...sizes));
    // Enough of this signature have been shrunk.
    expect(findings[0] !== undefined && groups.wants(findings[0])).toBe(false);
  });

  test('take in what failed otherwise while a finding was shrunk', async () => {
    // Broken in one way as long as there are many operations, and in another when there are few.
    const fickle: Property<AnyOperation, unknown> = {
      name: 'fickle',
      check: ({ plan }) => ({
        verdict: 'invalid',
        violation: { rule: plan.operations.length > 2 ? 'many' : 'few', explanation: 'So it is.', operations: [] },
        seen: {},
      }),
    };
    const { target, findings } = rawOf([fickle]);
    const many = findings.find(({ failure }) => failure.signature === 'fickle: many');
    if (many === undefined) return expect.unreachable();
    const groups = new FindingGroups(target, {});
    const changes = await groups.add(many);
    expect(changes.map(({ group }) => group.signature)).toEqual(['fickle: many', 'fickle: few']);
    expect(groups.all.map(({ essence }) => essence.finding.plan.operations.length)).toEqual([3, 0]);
  });

  test('are told apart by what their plans take', () => {
    const pause = { kind: 'pause', at: 0, node: 'server', forMicros: 1 } as const;
    const fate = { from: 'c1', to: 'server', nth: 0, delaysMicros: [] };
    expect(shapeOf(quietPlan())).toEqual([]);
    expect(shapeOf(quietPlan({ faults: [pause, pause] }))).toEqual(['pause']);
    const all = quietPlan({ faults: [pause], fates: [fate], points: [{ point: 'x', perMillion: 1 }] });
    expect(shapeOf(all)).toEqual(['pause', 'messages', 'fault points']);
  });

  test('are one where one takes all that the other takes, and more', async () => {
    // Fails when anything is paused or crashes; a budget of one run keeps plans as they were found.
    const target = pingSystem(
      {},
      { tolerates: { pause: { nodes: ['server'] }, crash: { nodes: ['server'], atOnce: 1 } } },
    );
    const failing = {
      ...target,
      properties: [
        {
          name: 'calm',
          check: () =>
            ({ verdict: 'invalid', violation: { rule: 'no', explanation: 'No.', operations: [] }, seen: {} }) as const,
        },
      ],
    };
    const crash = { kind: 'crash', at: 5, node: 'server', forMicros: 1, unsyncedKeptPercent: 0 } as const;
    const pause = { kind: 'pause', at: 9_000, node: 'server', forMicros: 1 } as const;
    const found = (...faults: readonly (typeof crash | typeof pause)[]): RawFinding => ({
      ...{ seed: 's', afterSeeds: 1, digest: '', count: 1 },
      plan: quietPlan({ faults }),
      failure: { promise: 'calm', signature: 'calm: no', explanation: 'No.', operations: [] },
    });
    const groups = new FindingGroups(failing, { runsMax: 1 });
    await groups.add(found(crash));
    const [second] = await groups.add(found(pause));
    expect(second?.replaces).toEqual([]);
    expect(groups.all.map(({ shape }) => shape.join())).toEqual(['crash', 'pause']);
    const [third] = await groups.add(found(pause, crash));
    expect(third?.replaces.map(({ shape }) => shape.join())).toEqual(['crash']);
    expect(groups.all.map(({ shape, count }) => `${shape.join()} ${count}`)).toEqual(['crash 2', 'pause 1']);

    const smaller = new FindingGroups(failing, { runsMax: 1 });
    await smaller.add(found(crash));
    await smaller.add(found(pause));
    const [none] = await smaller.add({ ...found(), seed: 'later' });
    expect(none?.replaces).toHaveLength(2);
    expect(smaller.all.map(({ shape, count, essence }) => [shape, count, essence.shrunk.plan.faults])).toEqual([
      [[], 3, []],
    ]);
    // It goes by the seed that showed it first, as its file does.
    expect(none?.group.essence.finding.seed).toBe('s');
  });
});
