/** A golden digest that changed says which run left its recorded way, at which step, and what that step was and is. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { planGenerator, simulate, type System } from 'faultline';
import { chain } from 'faultline/models';
import { goldenProblem } from '../framework/cli/golden.js';
import { explainChange, recordTrail, type GoldenTrail } from '../framework/cli/golden-trail.js';
import { faultline } from './fixtures/command-line.js';
import { pingSystem } from './fixtures/ping.js';

const folder = mkdtempSync(join(tmpdir(), 'faultline-golden-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const seeds = Array.from({ length: 24 }, (_, index) => `golden-${index}`);

function trailOf(system: System): GoldenTrail {
  const generate = planGenerator(system);
  return recordTrail(system, new Map(seeds.map((seed) => [seed, simulate(system, generate(seed)).digest])));
}

/** The first step after which the digests of two versions of a system differ, by all 32 bits of each. */
function stepThatDiffers(before: System, now: System, seed: string): number | undefined {
  const plan = planGenerator(before)(seed);
  const [was = [], is = []] = [before, now].map((system) => simulate(system, plan, { trail: true }).trail);
  const index = Array.from({ length: Math.max(was.length, is.length) }).findIndex((_, at) => was[at] !== is[at]);
  return index < 0 ? undefined : index + 1;
}

/** The chain with a rule broken, and called as if it were correct. */
const changed = (mutant: string): System => ({ ...chain, cluster: () => chain.cluster(mutant) });

const mutants = Object.keys(chain.mutants);
const recorded = trailOf(chain);

describe('of a run that is kept step by step', () => {
  test('the step is named, with what it is now and what it was', () => {
    let told = 0;
    for (const mutant of mutants)
      for (const seed of Object.keys(recorded.steps)) {
        const step = stepThatDiffers(chain, changed(mutant), seed);
        if (step === undefined) continue;
        told++;
        const [first, second, ...more] = explainChange(changed(mutant), seed, recorded);
        expect(first).toMatch(new RegExp(`^first differs at step ${step}: now \\S`));
        expect(second).toMatch(/^it was/);
        expect(more.at(-1)).toMatch(new RegExp(`^before it, the same as ever: step ${step - 1}, `));
      }
    // Proof that there were changes to explain.
    expect(told).toBeGreaterThan(5);
  });

  test('what it was is what the recorded program did there', () => {
    const before = pingSystem();
    const silent = pingSystem({
      on: {
        ping(state) {
          state.count++;
        },
      },
    });
    const [seed = ''] = seeds;
    const lines = explainChange(silent, seed, trailOf(before));
    // The answers are missing: where one came, something else happens now.
    expect(lines[1]).toMatch(/^it was: c\d receives pong from server$/);
    const louder = pingSystem({
      on: {
        ping(_state, { id }, from, ctx) {
          ctx.send(from, { kind: 'pong', id, count: -1 });
        },
      },
    });
    const [first, second] = explainChange(louder, seed, trailOf(before));
    expect(first).toMatch(
      /now c\d receives pong from server \(pong .*count=-1; [\d.]+ ms; caused by step \d+: server receives ping from c\d\)$/,
    );
    expect(second).toBe('it was the same event, with other contents or at another time');
  });
});

describe('of the other runs', () => {
  test('a stretch of 32 steps is named that has the step in it', () => {
    let told = 0;
    const others = seeds.filter((one) => recorded.steps[one] === undefined);
    for (const mutant of mutants.slice(0, 4))
      for (const seed of others) {
        const step = stepThatDiffers(chain, changed(mutant), seed);
        if (step === undefined) continue;
        told++;
        const [line = ''] = explainChange(changed(mutant), seed, recorded);
        const places = /^first differs between step (\d+), .*, and step (\d+), /.exec(line) ?? [];
        const [, from = 0, to = 0] = places.map(Number);
        expect(from).toBeLessThanOrEqual(step);
        expect(to).toBeGreaterThanOrEqual(step);
        expect(to - from).toBeLessThan(32);
      }
    expect(told).toBeGreaterThan(5);
  });
});

test('where all steps are the same, only the end differs', () => {
  expect(explainChange(chain, 'golden-0', recorded)[0]).toMatch(/^every step is the same: only what nodes hold/);
  expect(explainChange(chain, 'golden-9', recorded)[0]).toMatch(/^every step is the same/);
});

describe('golden --check', () => {
  const module = join(folder, 'systems.ts');
  const write = (count: string): void => {
    const ping = JSON.stringify(join(process.cwd(), 'properties/fixtures/ping.ts'));
    writeFileSync(
      module,
      `import { pingSystem } from ${ping};\n` +
        `export const ping = pingSystem({ on: { ping(state, { id }, from, ctx) { state.count++; ` +
        `ctx.send(from, { kind: 'pong', id, count: ${count} }); } } });\n`,
    );
  };
  const golden = (...args: string[]) =>
    faultline(['golden', '--folder', join(folder, 'golden'), '--systems', module, ...args]);

  test('tells the model, the seed, the step and what differed; nothing is told of other digests than it has', async () => {
    write('state.count');
    const written = await golden();
    expect(written.out).toMatch(/↻ ping: the steps of its runs are recorded in \S+trails\/ping\.json/);
    expect((await golden('--check')).out).toMatch(/golden digests: unchanged/);
    write('state.count === 3 ? 30 : state.count');
    const { out, code } = await golden('--check');
    expect(out).toMatch(
      /✗ ping golden-\d: the same plan runs differently \(.*\)\n {6}first differs at step \d+: now c\d receives pong from server \(pong .* count=30; /,
    );
    expect(code).toBe(1);
    const path = join(folder, 'golden', 'trails', 'ping.json');
    const trail = JSON.parse(readFileSync(path, 'utf8')) as GoldenTrail;
    writeFileSync(path, JSON.stringify({ ...trail, of: 'other' }));
    expect((await golden('--check')).out).toMatch(/trails\/ping\.json is of other digests, and so tells nothing/);
    writeFileSync(path, '{');
    const torn = await golden('--check');
    expect(torn.error).toMatch(/trails\/ping\.json is malformed/);
    expect(torn.code).toBe(2);
  }, 120_000);

  test('tells a gate in one line', () => {
    const problem = goldenProblem(changed('CH-02'), 'histories/golden') ?? '';
    expect(problem).toMatch(/^\d+ of 24 seeds changed; golden-\d+ first differs (at|between) step \d+/);
    expect(problem).not.toContain('\n');
    expect(goldenProblem(chain, 'histories/golden')).toBeUndefined();
  });
});
