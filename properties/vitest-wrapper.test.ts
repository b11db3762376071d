/** The wrapper and the matchers, from inside vitest. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test, type TestAttachment } from 'vitest';
import { Campaign, makeFinding, parseNotation, shrink, simulate } from 'faultline';
import type { AnyOperation, DurabilityRules } from 'faultline';
import { primaryBackupAsync, register } from 'faultline/models';
import { BrokenPromise, checkMutant, checkSystem, Inconclusive, testMutants, type Annotatable } from 'faultline/vitest';
import { pingSystem } from './fixtures/ping.js';
import { naive } from './readme-example.js';

afterEach(() => {
  delete process.env.FAULTLINE_SEED;
  delete process.env.FAULTLINE_FINDING;
  delete process.env.FAULTLINE_SEEDS;
});

interface Note {
  readonly message: string;
  readonly type: string | undefined;
  readonly attachment: TestAttachment | undefined;
}

/** A test's context that keeps its annotations: what vitest would show. */
function recorded(name: string): { context: Annotatable; notes: Note[] } {
  const notes: Note[] = [];
  const annotate = (message: string, type?: unknown, attachment?: TestAttachment) => {
    notes.push({ message, type: typeof type === 'string' ? type : undefined, attachment });
    return Promise.resolve({ message, type: 'notice' });
  };
  const skip = (note?: string) => {
    throw new Error(`skipped: ${note}`);
  };
  return { context: { annotate, skip, task: { id: name, name, meta: {} } } as unknown as Annotatable, notes };
}

/** The first seed whose run of the naive register has this verdict, and its failure if it has one. */
function firstSeed(verdict: 'valid' | 'invalid') {
  const campaign = new Campaign(naive);
  for (let seed = 0; seed < 300; seed++) {
    const { judgement, found } = campaign.runSeed(String(seed));
    if (judgement.verdict === verdict) return { seed, found };
  }
  throw new Error(`no run is ${verdict}`);
}
const failing = firstSeed('invalid');
const passing = firstSeed('valid');

/** What `checkSystem` threw. */
async function failureOf(checking: Promise<unknown>): Promise<Error> {
  try {
    await checking;
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('expected it to throw');
}

describe('checkSystem', () => {
  test('throws the whole report of the first failure, shrunk, and annotates the test', async () => {
    const { context, notes } = recorded('naive-register: reads are linearizable');
    const error = await failureOf(checkSystem(context, naive, { numRuns: 300 }));
    expect(error).toBeInstanceOf(BrokenPromise);
    expect(error.message).toMatch(/promised {3}reads are linearizable/);
    const command = `FAULTLINE_SEED=${failing.seed} npx vitest run -t 'naive-register: reads are linearizable'`;
    expect(error.message).toContain(command);
    expect(notes.map(({ type }) => type)).toEqual(['replay', 'report', 'picture', 'plan']);
    const [, report, picture, plan] = notes.map(({ attachment }) => attachment);
    // A text would be taken for base64.
    const textOf = (attached: TestAttachment | undefined) =>
      attached?.body instanceof Uint8Array ? new TextDecoder().decode(attached.body) : 'no bytes';
    expect(picture?.contentType).toBe('image/svg+xml');
    expect(textOf(picture)).toMatch(/^<svg .*naive-register: reads are linearizable.*<\/svg>\n$/s);
    expect(textOf(report)).toContain('promised');
    const path = /saved as {3}(\S+)\.json/.exec(error.message)?.[1] ?? '';
    expect(readFileSync(`${path}.svg`, 'utf8')).toBe(textOf(picture));
    expect(readFileSync(`${path}.json`, 'utf8')).toBe(textOf(plan));
  });

  test('reproduces one seed on request, and only that one', async () => {
    process.env.FAULTLINE_SEED = String(failing.seed);
    const error = await failureOf(checkSystem(recorded('x').context, naive, { numRuns: 300, seed: 1_000 }));
    expect(error.message).toContain(`seed       ${failing.seed}, shrunk`);
    process.env.FAULTLINE_SEED = String(passing.seed);
    const summary = await checkSystem(recorded('x').context, naive);
    expect(summary.seeds).toBe(1);
  });

  test('reproduces by its file what a strategy that learns has found', async () => {
    const error = await failureOf(checkSystem(recorded('x').context, naive, { numRuns: 500, strategy: 'coverage' }));
    const path = /FAULTLINE_FINDING=(\S+) npx vitest run -t 'x'/.exec(error.message)?.[1] ?? '';
    process.env.FAULTLINE_FINDING = path;
    const again = await failureOf(checkSystem(recorded('x').context, naive));
    expect(again).toBeInstanceOf(BrokenPromise);
    expect(again.message).toContain(`saved as   ${path}`);
    // Tests of other systems have nothing to do with it.
    const other = checkSystem(recorded('x').context, pingSystem());
    await expect(other).rejects.toThrow('skipped: FAULTLINE_FINDING is one of naive-register');
  });

  test('says what was exercised when nothing fails', async () => {
    const { context, notes } = recorded('sound');
    const summary = await checkSystem(context, pingSystem(), { numRuns: 30 });
    expect(summary).toMatchObject({ verdict: 'valid', seeds: 30 });
    expect(notes[0]?.message).toMatch(/^30 seeds, \d+ steps: 30 valid, 0 proved nothing\nanswered \d+ operations/);
  });

  test('never takes a time limit for a pass', async () => {
    const checking = checkSystem(recorded('x').context, pingSystem(), { numRuns: 1e9, interruptAfterTimeLimit: 20 });
    const error = await failureOf(checking);
    expect(error).toBeInstanceOf(Inconclusive);
    expect(error.message).toMatch(/only \d+ of 1000000000 seeds were run in 20 ms.*a time limit is not a pass/s);
  });

  test('never takes runs that exercised nothing for a pass', async () => {
    const calm = pingSystem({}, { tolerates: { dropPerMillionMax: 1 } });
    const error = await failureOf(checkSystem(recorded('x').context, calm, { numRuns: 10 }));
    expect(error).toBeInstanceOf(Inconclusive);
    expect(error.message).toMatch(/never exercised, though tolerated: drop/);
  });

  test('runs kept findings before anything else', async () => {
    const regressionsFolder = mkdtempSync(join(tmpdir(), 'faultline-'));
    try {
      const { found } = failing;
      if (found === undefined) throw new Error('a failing run is a finding');
      const shrunk = await shrink(naive, found.plan, found.failure.signature);
      const run = simulate(naive, shrunk.plan, { trail: true });
      const finding = makeFinding({ run, failure: shrunk.failure, seed: found.seed });
      writeFileSync(join(regressionsFolder, 'one.json'), JSON.stringify(finding));
      const { context, notes } = recorded('x');
      const error = await failureOf(checkSystem(context, naive, { numRuns: 1, seed: passing.seed, regressionsFolder }));
      expect(error.message).toMatch(/one\.json: it fails as recorded: reads are linearizable: not linearizable/);
      expect(error).toBeInstanceOf(BrokenPromise);
      expect(error.message).toMatch(/what happened \(★ shows the failure\)/);
      expect(error.message).toMatch(/replay {5}npx vitest run -t 'x'/);
      expect(notes.map(({ type }) => type)).toEqual(['replay', 'report', 'picture', 'plan']);
    } finally {
      rmSync(regressionsFolder, { recursive: true });
    }
  });
});

describe('variables that would change nothing are refused', () => {
  const checking = () => checkSystem(recorded('x').context, pingSystem(), { numRuns: 20 });

  test.each(['2;', 'two', '-1', '1.5', ' ', '99999999999999999999'])('FAULTLINE_SEED=%j', async (text) => {
    process.env.FAULTLINE_SEED = text;
    await expect(checking()).rejects.toThrow(
      /FAULTLINE_SEED takes a whole number, 0 or more; got .*; the report of a failure names its seed/,
    );
  });

  test('a space after it, as cmd leaves one, is none of the seed', async () => {
    process.env.FAULTLINE_SEED = '7 ';
    expect(await checking()).toMatchObject({ seeds: 1 });
  });

  test('one that nobody knows', async () => {
    process.env.FAULTLINE_SEEDS = '2';
    await expect(checking()).rejects.toThrow(
      /the environment has FAULTLINE_SEEDS, .* FAULTLINE_SEED \(only this seed\)/,
    );
  });

  test('two that each name all that is to be run', async () => {
    process.env.FAULTLINE_SEED = '2';
    process.env.FAULTLINE_FINDING = 'x.json';
    await expect(checking()).rejects.toThrow(/FAULTLINE_SEED and FAULTLINE_FINDING exclude each other/);
  });

  test('a finding that is not there', async () => {
    process.env.FAULTLINE_FINDING = 'nowhere.json';
    await expect(checking()).rejects.toThrow(
      /cannot read nowhere\.json: there is no such file; explore and failing tests/,
    );
  });
});

describe('variables reach the tests of mutants', () => {
  const seek = (id = 'PBA-08', seed?: number) => {
    const { context, notes } = recorded('x');
    const options = { numRuns: 500, ...(seed !== undefined && { seed }) };
    return { notes, done: checkMutant(context, primaryBackupAsync, id, options) };
  };
  /** The first seed that shows PBA-08, and the finding that it makes. */
  const shown = () => {
    const campaign = new Campaign(primaryBackupAsync, { mutant: 'PBA-08' });
    const caughtBy = primaryBackupAsync.mutants['PBA-08']?.caughtBy;
    for (let seed = 0; seed < 500; seed++) {
      const { found } = campaign.runSeed(String(seed));
      if (found?.failure.promise !== caughtBy || found === undefined) continue;
      const run = simulate(primaryBackupAsync, found.plan, { mutant: 'PBA-08', trail: true });
      return { seed, finding: makeFinding({ run, failure: found.failure, seed: found.seed }) };
    }
    throw new Error('no seed shows PBA-08');
  };

  test('one that nobody knows is refused', async () => {
    process.env.FAULTLINE_SEEDS = '1';
    await expect(seek().done).rejects.toThrow(/the environment has FAULTLINE_SEEDS/);
  });

  test('a seed is all that is run: one that does not show the bug skips it', async () => {
    const { seed } = shown();
    process.env.FAULTLINE_SEED = String(seed);
    const { notes, done } = seek('PBA-08', 10_000);
    await done;
    expect(notes.map(({ message }) => message)).toEqual([`found in run 1 (seed ${seed})`]);
    // As the first that shows it, it has none before it.
    process.env.FAULTLINE_SEED = String(seed - 1);
    await expect(seek().done).rejects.toThrow(`skipped: FAULTLINE_SEED: seed ${seed - 1} does not break '`);
  });

  test('a finding is all that is run: it must show its mutant, and others are skipped', async () => {
    const { finding } = shown();
    const folder = mkdtempSync(join(tmpdir(), 'faultline-'));
    const path = join(folder, 'kept.json');
    try {
      writeFileSync(path, JSON.stringify(finding));
      process.env.FAULTLINE_FINDING = path;
      const { notes, done } = seek();
      await done;
      expect(notes.map(({ message }) => message)).toEqual([`found in ${path}`]);
      await expect(seek('PBA-07').done).rejects.toThrow(
        'skipped: FAULTLINE_FINDING is one of primary-backup-async · PBA-08',
      );
      writeFileSync(path, JSON.stringify({ ...finding, plan: { ...finding.plan, operations: [], faults: [] } }));
      await expect(seek().done).rejects.toThrow(/mutant PBA-08 does not break '.*' in .*kept\.json: the run is /);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('options that would prove nothing are refused', () => {
  const { context } = recorded('x');

  test('numbers that are no counts', async () => {
    const positive = /numRuns takes a positive whole number; got 0/;
    await expect(checkSystem(context, naive, { numRuns: 0 })).rejects.toThrow(positive);
    await expect(checkMutant(context, primaryBackupAsync, 'PBA-07', { numRuns: 0 })).rejects.toThrow(positive);
    await expect(checkSystem(context, naive, { seed: 0.5 })).rejects.toThrow(/seed takes a whole number.*; got 0\.5/);
  });

  test('a property that the system does not have', async () => {
    const properties = ['reads are linearisable'];
    const reason = /no property 'reads are linearisable'; its properties: reads are linearizable/;
    await expect(checkSystem(context, naive, { properties })).rejects.toThrow(reason);
  });

  test('mutants, where there are none', () => {
    expect(() => {
      testMutants(naive);
    }).toThrow("system 'naive-register' has no mutants");
  });

  test('a mutant that the system does not have', async () => {
    await expect(checkMutant(context, naive, 'XX-1')).rejects.toThrow(/has no mutant 'XX-1'/);
  });
});

describe('mutants', () => {
  // Declares two tests, which pass because the mutants are caught.
  testMutants(primaryBackupAsync, { numRuns: 500 });

  test('one that is caught says in which run, and by which seed', async () => {
    const { context, notes } = recorded('x');
    await checkMutant(context, primaryBackupAsync, 'PBA-08', { seed: 3 });
    expect(notes).toEqual([
      { message: expect.stringMatching(/^found in run \d+ \(seed \d+\)$/) as string, type: 'found' },
    ]);
    const [, run, seed] = /run (\d+) \(seed (\d+)\)/.exec(notes[0]?.message ?? '') ?? [];
    expect(Number(seed)).toBe(3 + Number(run) - 1);
  });

  test('one that breaks nothing in so few runs is inconclusive, and what else broke is told', async () => {
    const { context, notes } = recorded('x');
    const error = await failureOf(checkMutant(context, primaryBackupAsync, 'PBA-07', { numRuns: 1 }));
    expect(error).toBeInstanceOf(Inconclusive);
    expect(error.message).toMatch(/mutant PBA-07 broke 'no acknowledged write is lost beyond .*' in none of 1 runs\. /);
    expect(notes).toEqual([]);
  });
});

describe('matchers', () => {
  const fresh = parseNotation(`
    P0 |--write 1--|
    P1                |--read: 1--|
  `);
  const stale = parseNotation(`
    P0 |--write 1--|
    P1                |--read: nil--|
  `);
  const blind = parseNotation(`
    P0 |--write 1--|
  `);

  test('toBeLinearizable tells legal histories from illegal ones', () => {
    expect(fresh).toBeLinearizable(register);
    expect(stale).not.toBeLinearizable(register);
    expect(() => {
      expect(stale).toBeLinearizable(register);
    }).toThrow(/expected the history to be linearizable \(register\): read returned nil/);
  });

  test('toBeLinearizable fails either way where nothing can be decided', () => {
    expect(() => {
      expect(blind).toBeLinearizable(register);
    }).toThrow(/could not be decided/);
    expect(() => {
      expect(blind).not.toBeLinearizable(register);
    }).toThrow(/could not be decided/);
  });

  test('toLoseNoAcknowledgedWrite looks for every acknowledged write in the final reads', () => {
    const rules: DurabilityRules<AnyOperation & { readonly value?: unknown }> = {
      writeId: (operation) => (operation.kind === 'write' ? String(operation.value) : undefined),
      survivors: (operation, result) => (operation.kind === 'read' ? [String(result)] : undefined),
      finalReadsFrom: 2,
      duplicates: 'allowed',
    };
    expect(fresh).toLoseNoAcknowledgedWrite(rules);
    expect(stale).not.toLoseNoAcknowledgedWrite(rules);
  });

  test('toBeWellFormed names the breach', () => {
    expect(fresh).toBeWellFormed();
    expect(() => {
      expect(fresh.slice(1)).toBeWellFormed();
    }).toThrow(/expected a well-formed history; entry 0: /);
  });
});
