/**
 * faultline in vitest's UI, in a real browser: the panel, live runs, findings in the explorer, and what a failing test's
 * report shows. vitest runs in a process and a folder of its own, and leaves pictures in `.faultline/screenshots/`.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Finding } from '../framework/explore/finding.js';
import { distances, nearestFirst, type GraphModule } from '../framework/vitest/plugin/nearest-first.js';
import type { PropertyRow } from '../framework/vitest/plugin/board.js';
import { hasPassedSince, type Kept } from '../framework/vitest/plugin/passed-since.js';
import { parseLiveRun } from '../framework/vitest/plugin/live-run.js';
import { AXE, BROWSER, hasBrowser, launchBrowser } from './fixtures/browser.js';

const SCREENSHOTS = resolve('.faultline/screenshots');

describe.skipIf(!hasBrowser)(`vitest's UI in ${BROWSER}`, () => {
  let folder: string;
  let port: number;
  let address: string;
  let vitest: ChildProcess;
  let browser: Browser;
  let printed = '';

  beforeAll(async () => {
    mkdirSync(SCREENSHOTS, { recursive: true });
    folder = mkdtempSync(resolve('.faultline/vitest-ui-'));
    const systems = `
      import { testSystem } from 'faultline/vitest';
      import { replicatedRegister } from '${resolve('properties/starter/replicated-register.ts')}';
      import { naive } from '${resolve('properties/readme-example.ts')}';`;
    writeFileSync(
      join(folder, 'systems.test.ts'),
      `${systems}
      testSystem(naive, { numRuns: 40, regressionsFolder: 'kept' });
      testSystem(replicatedRegister, { numRuns: 30 });`,
    );
    // By the size of their names and files vitest would run `far` first.
    writeFileSync(join(folder, 'model.ts'), 'export const model = 1;');
    writeFileSync(join(folder, 'all-models.ts'), "export { model } from './model.js';");
    for (const [name, source] of [
      ['far', './all-models.js'],
      ['near', './model.js'],
    ] as const)
      writeFileSync(
        join(folder, `${name}.test.ts`),
        `import { expect, test } from 'vitest';
        import { model } from '${source}';
        test('the ${name} test', () => expect(model).toBeGreaterThan(0));${'\n'.repeat(name === 'far' ? 5_000 : 1)}`,
      );
    port = await freePort();
    address = `http://localhost:${port}`;
    await start();
    browser = await launchBrowser();
  }, 120_000);

  /** Starts vitest, and waits until its first run is over. */
  async function start(): Promise<void> {
    const main = resolve('node_modules/vitest/vitest.mjs');
    const config = resolve('properties/fixtures/vitest-ui/vitest.config.ts');
    vitest = spawn(process.execPath, [main, 'watch', '--ui', '--open=false', '--root', folder, '--config', config], {
      cwd: folder,
      env: { ...process.env, CI: '', UI_PORT: String(port), NO_COLOR: '1', FAULTLINE_SEED: '' },
    });
    const before = printed.length;
    await new Promise<void>((ready, gaveUp) => {
      const hear = (chunk: Buffer) => {
        printed += chunk.toString();
        if (/W(atch|ait)ing for file changes/.test(printed.slice(before))) ready();
      };
      for (const stream of [vitest.stdout, vitest.stderr]) stream?.on('data', hear);
      vitest.on('exit', () => {
        gaveUp(new Error(`vitest ended:\n${printed}`));
      });
    });
  }

  afterAll(async () => {
    await browser.close();
    vitest.kill();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  /** Opens a page of the UI, and sees that nothing of ours complained. */
  async function open(path: string, look: (page: Page) => Promise<void>, dark = false): Promise<void> {
    const context = await browser.newContext({
      viewport: { width: 1300, height: 900 },
      colorScheme: dark ? 'dark' : 'light',
    });
    const page = await context.newPage();
    page.setDefaultTimeout(30_000);
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(String(error)));
    // vitest's own page asks the network for its fonts, which there may be none of; a busy vitest refuses a run by 409.
    page.on('console', (message) => {
      if (message.type() === 'error' && !/ERR_|status of 409/.test(message.text())) complaints.push(message.text());
    });
    try {
      await page.goto(`${address}${path}`);
      await look(page);
      expect(complaints).toEqual([]);
    } finally {
      await context.close();
    }
  }

  const property = (page: Page, system: string) =>
    page.locator('.system', { has: page.getByRole('heading', { name: system, exact: true }) }).locator('.property');
  const [NAIVE, SOUND] = ['naive-register', 'replicated-register'];
  const LINEARIZABLE = 'reads are linearizable';

  test("vitest's own page opens the panel beside it; a failing test's report has picture and command", () =>
    open('/__vitest__/', async (page) => {
      await page.getByRole('button', { name: 'faultline' }).click();
      await page.frameLocator('#faultline-panel').getByText('Properties').waitFor();
      await page.screenshot({ path: join(SCREENSHOTS, 'vitest-ui-beside.png') });
      await page.getByRole('button', { name: 'close faultline' }).click();
      await page.getByText(`${NAIVE}: ${LINEARIZABLE}`).locator('visible=true').first().click();
      await page.getByText('FAULTLINE_SEED=').locator('visible=true').first().waitFor();
      const picture = page.locator('img[src^="data:image/svg+xml"]').first();
      await picture.waitFor();
      await picture.scrollIntoViewIfNeeded();
      await expect
        .poll(
          () => page.evaluate<number>(`document.querySelector('img[src^="data:image/svg+xml"]')?.naturalWidth ?? 0`),
          { timeout: 10_000 },
        )
        .toBeGreaterThan(100);
      await page.screenshot({ path: join(SCREENSHOTS, 'vitest-ui-report.png') });
    }));

  test('the panel lists each property with its state, and what its runs went through', () =>
    open('/__faultline/', async (page) => {
      const [broken, kept] = [property(page, NAIVE), property(page, SOUND)];
      await broken.getByText('✗ broken').waitFor();
      await kept.getByText('✓ kept').waitFor();
      await kept.getByText('Details and settings').click();
      expect(await kept.innerText()).toMatch(/Last run: seeds 0 to 29, swarm[^]+It answered \d+ operations/);
      await page.screenshot({ path: join(SCREENSHOTS, 'vitest-ui-panel.png') });
    }));

  test('runs a property with other seeds or another strategy at one click, and as a form says', () =>
    open('/__faultline/', async (page) => {
      const kept = property(page, SOUND);
      await kept.getByRole('button', { name: 'Other seeds' }).click();
      await kept.getByText('Last run: seeds 30 to 59, swarm').waitFor({ state: 'attached' });
      await kept.getByRole('button', { name: 'pct' }).click();
      await kept.getByText('Last run: seeds 30 to 59, pct').waitFor();
      await kept.getByText('Details and settings').click();
      await kept.getByLabel('First seed').fill('1000');
      await kept.getByLabel('Seeds', { exact: true }).fill('7');
      await kept.getByLabel('Strategy').selectOption('uniform');
      await kept.getByRole('button', { name: 'Run', exact: true }).click();
      await kept.getByText('Last run: seeds 1000 to 1006, uniform').waitFor();
      // The other properties went on as they are written.
      expect(await property(page, NAIVE).textContent()).toMatch(/seeds 0 to \d, swarm/);
    }));

  test('more faults are more faults', () =>
    open('/__faultline/', async (page) => {
      const broken = property(page, NAIVE);
      await broken.getByRole('button', { name: 'More faults' }).click();
      await broken.getByText('at most 10 faults').waitFor({ state: 'attached' });
      await broken.getByText('✗ broken').waitFor();
    }));

  test('opens a finding in the explorer, one that was just found and one that is kept', () =>
    open('/__faultline/', async (page) => {
      const findings = join(folder, '.faultline/findings');
      const [found] = readdirSync(findings).filter((name) => name.endsWith('.json'));
      mkdirSync(join(folder, 'kept'), { recursive: true });
      copyFileSync(join(findings, String(found)), join(folder, 'kept/from-last-week.json'));
      for (const name of [String(found), 'from-last-week.json']) {
        const row = page.locator('.files li', { hasText: name });
        await row.waitFor();
        const popup = page.waitForEvent('popup');
        await expect.poll(() => row.getByRole('button').isEnabled(), { timeout: 20_000 }).toBe(true);
        await row.getByRole('button', { name: 'Open seed' }).click();
        const explorer = await popup;
        const opened = explorer.locator('.row').first().waitFor();
        const refused = page
          .getByRole('alert')
          .waitFor()
          .then(() => page.getByRole('alert').innerText());
        expect(await Promise.race([opened, refused])).toBeUndefined();
        expect(await explorer.locator('body').innerText()).toContain(LINEARIZABLE);
        await explorer.close();
      }
    }));

  test('lists a way to fail once, with each seed that shows it and where that comes from', () =>
    open('/__faultline/', async (page) => {
      const findings = join(folder, '.faultline/findings');
      const [name = ''] = readdirSync(findings).filter((one) => one.endsWith('.json'));
      const finding = JSON.parse(readFileSync(join(findings, name), 'utf8')) as Finding;
      // As another process leaves it.
      for (const seed of ['100000', '99999'])
        writeFileSync(join(findings, `by-hand-${seed}.json`), JSON.stringify({ ...finding, seed }));
      const entry = page.locator('.findings > li', { hasText: finding.signature });
      await entry.getByText(/more seeds?$/).click();
      expect(await entry.count()).toBe(1);
      const lines = await entry.locator('.files li').allInnerTexts();
      const seeds = lines.map((line) => Number(/seed (\d+)/.exec(line)?.[1]));
      expect(seeds).toEqual(seeds.toSorted((one, other) => one - other));
      expect(seeds.slice(-2)).toEqual([99_999, 100_000]);
      expect(seeds.filter((seed) => seed === Number(finding.seed))).toHaveLength(2);
      const origin = (file: string) => lines.find((line) => line.includes(file));
      expect(origin(name)).toContain('found by a test since vitest started');
      expect(origin('from-last-week')).toMatch(/· kept ·/);
      expect(origin('by-hand')).toContain('saved before, or by the command line');
      await page.screenshot({ path: join(SCREENSHOTS, 'vitest-ui-findings.png') });
    }));

  test('shows what contains the words that are asked for', () =>
    open('/__faultline/', async (page) => {
      await property(page, NAIVE).waitFor();
      await page.getByRole('searchbox').fill('naive linearizable');
      await property(page, SOUND).waitFor({ state: 'detached' });
      expect(await page.locator('.property').count()).toBe(1);
    }));

  test.each(['light', 'dark'] as const)('the panel is accessible, as far as axe can tell (%s)', (scheme) =>
    open(
      '/__faultline/',
      async (page) => {
        await page.getByText('Details and settings').first().click();
        await page.evaluate(AXE);
        const broken = await page.evaluate<string[]>(
          `axe.run().then(({ violations }) => violations.flatMap(({ id, nodes }) =>
            nodes.map(({ target, failureSummary }) => id + ' ' + target.join(' ') + ': ' + failureSummary)))`,
        );
        expect(broken).toEqual([]);
      },
      scheme === 'dark',
    ),
  );

  test('runs the tests that import a change most directly first, whichever vitest would have', async () => {
    const orderOf = (text: string) => [...text.matchAll(/[✓❯] (near|far)\.test\.ts/g)].map(([, name]) => name);
    for (const model of [2, 3]) {
      const before = printed.length;
      writeFileSync(join(folder, 'model.ts'), `export const model = ${model};`);
      await expect
        .poll(() => orderOf(printed.slice(before)), { timeout: 20_000, message: printed.slice(before) })
        .toEqual(['near', 'far']);
    }
  });

  test('another copy of the panel knows of a run, and what refused it goes away with its end', () =>
    open('/__faultline/', (one) =>
      open('/__faultline/', async (other) => {
        const [first, second] = [one, other].map((page) =>
          property(page, SOUND).getByRole('button', { name: 'Other seeds' }),
        );
        await second?.waitFor();
        await first?.click();
        await other.getByText('running…').waitFor({ timeout: 2_000 });
        expect(await second?.isDisabled()).toBe(true);
        await other.getByText('running…').waitFor({ state: 'detached' });

        // A copy that does not know yet.
        const idle = await (await fetch(`${address}/__faultline/board.json`)).text();
        let isBehind = true;
        await other.route('**/board.json', (route) => (isBehind ? route.fulfill({ body: idle }) : route.continue()));
        other.on('request', (request) => {
          if (request.method() === 'POST') isBehind = false;
        });
        await first?.click();
        await one.getByText('running…').waitFor();
        await second?.click();
        await other.getByText('another run is still going on').waitFor();
        await other.getByText('running…').waitFor({ state: 'detached' });
        expect(await other.getByRole('alert').count()).toBe(0);
      }),
    ));

  /** What vitest has printed once a run of the file with the systems is over; `cause` is what brings it about. */
  async function afterRun(cause: () => void | Promise<void>): Promise<string> {
    const before = printed.length;
    await cause();
    const since = () => printed.slice(before);
    await expect.poll(since, { timeout: 30_000 }).toMatch(/systems\.test\.ts \([^]+W(atch|ait)ing for file changes/);
    return since();
  }
  let saves = 0;
  const save = () => {
    appendFileSync(join(folder, 'systems.test.ts'), `\n// ${++saves}`);
  };

  test('after a run of one property, or of a new regression, a save runs all of the file again', () =>
    open('/__faultline/', async (page) => {
      const again = property(page, SOUND).getByRole('button', { name: 'Other seeds' });
      expect(await afterRun(() => again.click())).toMatch(/systems\.test\.ts \(\d+ tests.* skipped/);
      expect(await afterRun(save)).not.toContain('skipped');
      const kept = join(folder, 'kept/from-last-week.json');
      const added = await afterRun(() => {
        copyFileSync(kept, join(folder, 'kept/new.json'));
      });
      expect(added).toMatch(/systems\.test\.ts \(\d+ tests.* skipped/);
      expect(await afterRun(save)).not.toContain('skipped');
      rmSync(join(folder, 'kept/new.json'));
    }));

  test('a save during a run of one property runs all of the file after it', () =>
    open('/__faultline/', async (page) => {
      const last = await afterRun(async () => {
        await property(page, SOUND).getByRole('button', { name: 'Other seeds' }).click();
        await expect.poll(() => page.getByRole('status').innerText()).toBe('running…');
        save();
      });
      expect(last).toContain('skipped');
      await expect.poll(() => printed.split('RERUN').at(-1), { timeout: 30_000 }).toMatch(/tests \| \d+ failed\)/);
    }));

  test('waits until a regression is written before it is tried', async () => {
    const finding = readFileSync(join(folder, 'kept/from-last-week.json'), 'utf8');
    const path = join(folder, 'kept/slow.json');
    const ran = await afterRun(async () => {
      writeFileSync(path, '');
      for (const part of [finding.slice(0, 300), finding.slice(300)]) {
        await new Promise((done) => setTimeout(done, 120));
        appendFileSync(path, part);
      }
    });
    rmSync(path);
    expect(ran).toContain('RERUN');
    expect(ran).not.toContain('is not a finding');
  });

  test('tells a finding whose property has passed since from one that is open, and records it anew when it is opened', () =>
    open('/__faultline/', async (page) => {
      const source = readFileSync(resolve('properties/readme-example.ts'), 'utf8').replace(NAIVE, 'own-register');
      const [broken, fixed] = [source, source.replace("ctx.random.pick(['primary', 'backup'])", "'primary'")];
      expect(fixed).not.toBe(broken);
      const edit = (text: string) => {
        writeFileSync(join(folder, 'own.ts'), text);
      };
      edit(broken);
      writeFileSync(
        join(folder, 'own.test.ts'),
        `import { testSystem } from 'faultline/vitest';
        import { naive } from './own.js';
        testSystem(naive, { numRuns: 100, regressionsFolder: 'kept' });`,
      );
      const own = property(page, 'own-register');
      const entry = page.locator('.findings > li', { hasText: 'own-register' });
      await own.getByText('✗ broken').waitFor();
      await entry.waitFor();
      expect(await entry.innerText()).not.toContain('passed since');
      expect(await entry.getAttribute('class')).toBe('open');

      edit(fixed);
      await own.getByText('✓ kept').waitFor();
      const note = entry.getByText('Its property has passed since: open it to see whether it still fails.');
      await note.waitFor();
      expect(await entry.getAttribute('class')).not.toBe('open');
      const entries = await page.locator('.findings > li').allInnerTexts();
      expect(entries.findIndex((text) => text.startsWith('own-register'))).toBe(entries.length - 1);
      expect(entries.length).toBeGreaterThan(1);
      await page.screenshot({ path: join(SCREENSHOTS, 'vitest-ui-passed-since.png'), fullPage: true });
      const popup = page.waitForEvent('popup');
      await entry.getByRole('button', { name: 'Open seed' }).click();
      const explorer = await popup;
      await explorer.locator('.row').first().waitFor();
      expect(await explorer.locator('body').innerText()).not.toContain('✗');
      await explorer.close();
      // Seeds that it was not found with take nothing back.
      await own.getByRole('button', { name: 'Other seeds' }).click();
      await own.getByText('Last run: seeds 100 to 199').waitFor();
      await note.waitFor();

      edit(broken);
      await own.getByText('✗ broken').waitFor();
      await note.waitFor({ state: 'detached' });
      for (const name of ['own.test.ts', 'own.ts']) rmSync(join(folder, name));
    }));

  test('says that vitest has stopped, asks seldom then, and goes on by itself when it is back', () =>
    open('/__faultline/', async (page) => {
      const again = property(page, SOUND).getByRole('button', { name: 'Other seeds' });
      await again.click();
      await page.getByText('running…').waitFor();
      const ended = new Promise((done) => vitest.on('exit', done));
      vitest.kill();
      await expect.poll(() => page.getByRole('status').innerText(), { timeout: 10_000 }).toBe('vitest has stopped');
      await ended;
      let asked = 0;
      page.on('request', () => asked++);
      await new Promise((done) => setTimeout(done, 4_000));
      expect(asked).toBeLessThanOrEqual(4);
      await start();
      await expect.poll(() => page.getByRole('status').innerText(), { timeout: 20_000 }).toBe('');
      // With the token of the new vitest.
      await again.click();
      await property(page, SOUND).getByText('Last run: seeds 30 to 59').waitFor();
    }));

  test('refuses what it cannot do, and says why', async () => {
    const ask = async (path: string, init?: RequestInit) => {
      const response = await fetch(`${address}/__faultline/${path}`, init);
      return [response.status, ((await response.json()) as { readonly problem: string }).problem];
    };
    const page = await (await fetch(`${address}/__faultline/`)).text();
    const token = encodeURIComponent(/vitest-token" content="([^"]*)"/.exec(page)?.[1] ?? '');
    const post = (body: string) => ask(`run?token=${token}`, { method: 'POST', body });
    expect(await ask('run', { method: 'POST', body: '{}' })).toEqual([403, expect.stringContaining('token')]);
    expect(await post('{')).toEqual([400, expect.stringContaining('JSON')]);
    expect(await post('{"test":"x","seed":-1}')).toEqual([400, expect.stringContaining('seed')]);
    expect(await post('{"test":"nobody"}')).toEqual([400, expect.stringContaining("test id 'nobody'")]);
    expect(await ask('finding?path=../../package.json')).toEqual([404, expect.stringContaining('no finding')]);
    expect(await ask('finding?path=kept/none.json')).toEqual([404, expect.stringContaining('no page')]);
    expect(await ask('elsewhere')).toEqual([404, expect.stringContaining('/__faultline/elsewhere')]);
  });
});

test('a live run is read with all that is wrong in it', () => {
  expect(parseLiveRun({ test: '1', strategy: 'pct', numRuns: 3 })).toEqual({ test: '1', strategy: 'pct', numRuns: 3 });
  const wrong = parseLiveRun({ test: '1', strategy: 'luck', numRuns: 0, more: true });
  expect('problems' in wrong && wrong.problems).toEqual([
    expect.stringContaining('numRuns'),
    expect.stringContaining('strategy'),
    expect.stringContaining('more'),
  ]);
});

test('a property has passed since a finding if a later run tried that and passed', () => {
  const asked = { strategy: 'swarm', faultsMax: undefined, seed: 0, numRuns: 10 } as const;
  const row: PropertyRow = {
    system: 's',
    mutant: undefined,
    properties: ['p'],
    asked,
    seeds: 10,
    id: '1',
    name: 's: p',
    file: 's.test.ts',
    line: 1,
    state: 'passed',
    durationMillis: 1,
    startedAt: 200,
  };
  const kept: Kept = {
    path: 'f.json',
    system: 's',
    mutant: null,
    signature: 'p: rule',
    seed: '9',
    isRegression: false,
    writtenAt: 100,
    asked,
  };
  const isPassed = (finding: Partial<Kept>, run: Partial<PropertyRow>) =>
    hasPassedSince({ ...kept, ...finding }, [{ ...row, ...run }], new Map());
  expect(isPassed({}, {})).toBe(true);
  expect(isPassed({ asked: undefined }, {})).toBe(true);
  // Another property or system, an earlier run, one without the seed, one with other plans, one that failed.
  expect(isPassed({ signature: 'p and q: rule' }, {})).toBe(false);
  expect(isPassed({ system: 't' }, {})).toBe(false);
  expect(isPassed({ mutant: 'm' }, {})).toBe(false);
  expect(isPassed({ writtenAt: 300 }, {})).toBe(false);
  expect(isPassed({ seed: '10' }, {})).toBe(false);
  expect(isPassed({ seed: 'words' }, {})).toBe(false);
  expect(isPassed({}, { asked: { ...asked, faultsMax: 9 } })).toBe(false);
  expect(isPassed({ asked: { ...asked, strategy: 'pct' } }, {})).toBe(false);
  expect(isPassed({}, { state: 'failed' })).toBe(false);
  // Not by its seed alone can a plan be made again that was found by learning.
  const learnt = { ...asked, strategy: 'coverage' } as const;
  expect(isPassed({ asked: learnt }, { asked: learnt })).toBe(false);
  // Regressions are tried in every run; those of mutants must fail.
  expect(isPassed({ isRegression: true, seed: '10' }, {})).toBe(true);
  expect(isPassed({ isRegression: true, seed: '10' }, { seeds: 0 })).toBe(false);
  expect(isPassed({ isRegression: true, mutant: 'm' }, { mutant: 'm' })).toBe(false);

  const passedAt = new Map<string, number>();
  const after = (run: Partial<PropertyRow>) => hasPassedSince(kept, [{ ...row, ...run }], passedAt);
  expect(after({})).toBe(true);
  expect(after({ asked: { ...asked, seed: 10 } })).toBe(true);
  expect(after({ asked: { ...asked, seed: 10 }, state: 'failed' })).toBe(false);
  expect(after({ asked: { ...asked, seed: 10 } })).toBe(false);
});

test('after a change, test files that import it most directly run first', () => {
  const module = (file: string, ...importers: GraphModule[]): GraphModule => ({ file, importers: new Set(importers) });
  const [chain, all, unit] = [module('chain.test.ts'), module('all.test.ts'), module('unit.test.ts')];
  const barrel = module('models/index.ts', all);
  const door = module('models/chain/index.ts', chain, barrel);
  const changed = module('models/chain/replica.ts', door, unit);
  const far = distances([changed]);
  expect(Object.fromEntries(far)).toEqual({
    'models/chain/replica.ts': 0,
    'models/chain/index.ts': 1,
    'unit.test.ts': 1,
    'chain.test.ts': 2,
    'models/index.ts': 2,
    'all.test.ts': 3,
  });
  const files = ['other.test.ts', 'all.test.ts', 'chain.test.ts', 'unit.test.ts'].map((moduleId) => ({ moduleId }));
  expect(nearestFirst(files, far).map(({ moduleId }) => moduleId)).toEqual([
    'unit.test.ts',
    'chain.test.ts',
    'all.test.ts',
    'other.test.ts',
  ]);
});

/** A port that nobody has now. */
function freePort(): Promise<number> {
  return new Promise((done) => {
    const server = createServer();
    server.listen(0, () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => {
        done(port);
      });
    });
  });
}
