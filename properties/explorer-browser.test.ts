/**
 * The explorer in a real browser: Debian's chromium, or the one that CHROMIUM names. Without one these tests are skipped,
 * but never in CI. They leave pictures in `.faultline/screenshots/`.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { explorerPage } from '../framework/cli/explorer-page.js';
import { bundlePage } from '../framework/explorer/build.js';
import { recordingOf } from '../framework/recording/recording.js';
import { AXE, BROWSER, hasBrowser, launchBrowser } from './fixtures/browser.js';
import {
  findingOf,
  firstFinding,
  keptFinding,
  keptFindings,
  longFinding,
  type FoundIn,
} from './fixtures/kept-finding.js';
import { pings, pingSystem, quietPlan } from './fixtures/ping.js';
import { naive } from './readme-example.js';
import { replicatedRegister } from './starter/replicated-register.js';

const SCREENSHOTS = '.faultline/screenshots';
const HOSTILE = `</script><script>document.title = 'taken'</script><img src=x onerror="document.title='taken'">`;

test.runIf(process.env.CI !== undefined)('CI has a browser to test the explorer in', () => {
  expect(hasBrowser, `${BROWSER}: apt-get install chromium, or set CHROMIUM`).toBe(true);
});

describe.skipIf(!hasBrowser)(`the explorer in ${BROWSER}`, () => {
  let browser: Browser;
  let folder: string;
  let template: string;
  /** The pages of findings, by name. */
  const paths = new Map<string, string>();

  const write = (name: string, { system, finding }: FoundIn): void => {
    const path = join(folder, `${name}.html`);
    const replayCommand = `npm run replay -- ${name}.json`;
    writeFileSync(path, explorerPage(recordingOf(system, finding, { replayCommand }), template));
    paths.set(name, path);
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'faultline-explorer-'));
    mkdirSync(SCREENSHOTS, { recursive: true });
    template = await bundlePage('explorer');
    write('naive', await firstFinding(naive));
    write('chain', keptFinding('CH-07'));
    write('disk', keptFinding('PBS-18'));
    write('ended', keptFinding('ES-01'));
    write('own', await firstFinding(replicatedRegister, 'reads-anywhere'));
    write('long', longFinding(100_000));
    const gossip = pingSystem({
      on: {
        ping(state, { id }, from, ctx) {
          state.heard.push(HOSTILE);
          ctx.send('other', { kind: 'gossip', value: HOSTILE });
          ctx.send(from, { kind: 'pong', id, count: 1 });
        },
      },
    });
    write('hostile', findingOf(gossip, quietPlan({ operations: pings(1) })));
    browser = await launchBrowser();
  });

  afterAll(async () => {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  });

  interface Opening {
    readonly hash?: string;
    readonly dark?: boolean;
    readonly width?: number;
  }

  /** Opens a page, has `look` look at it, and sees that it neither complained nor asked anybody for anything. */
  async function open(
    name: string,
    { hash = '', dark = false, width = 1440 }: Opening,
    look: (page: Page) => Promise<void>,
  ) {
    const context = await browser.newContext({
      viewport: { width, height: 900 },
      colorScheme: dark ? 'dark' : 'light',
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('request', (request) => {
      if (!/^(file|data|blob):/.test(request.url())) complaints.push(`asked for ${request.url()}`);
    });
    try {
      await page.goto(`file://${paths.get(name) ?? ''}${hash}`);
      await page.locator('.row').first().waitFor();
      await look(page);
      expect(complaints).toEqual([]);
    } finally {
      await context.close();
    }
  }

  const where = (page: Page): Promise<string> => page.locator('.where b').innerText();
  const panel = (page: Page): Promise<string> => page.locator('.panel').innerText();
  const tab = (page: Page, name: string): Promise<void> => page.getByRole('tab', { name }).click();

  test('shows what was promised and what happened, at the point from which the failure is certain', () =>
    open('naive', {}, async (page) => {
      expect(await page.title()).toContain('reads are linearizable');
      expect(await page.locator('header').innerText()).toContain('had already completed');
      expect(await where(page)).toBe('3');
      expect(await panel(page)).toContain('from here on the failure is certain');
      await page.screenshot({ path: join(SCREENSHOTS, 'explorer-naive.png') });
    }));

  test('steps by keys, buttons, the slider and the overview, and plays', () =>
    open('chain', { hash: '#step=10' }, async (page) => {
      expect(await where(page)).toBe('10');
      for (const [key, step] of [
        ['ArrowRight', '11'],
        ['j', '12'],
        ['Shift+ArrowDown', '22'],
        ['k', '21'],
        ['Shift+K', '11'],
        ['Home', '0'],
      ] as const) {
        await page.keyboard.press(key);
        expect(await where(page), key).toBe(step);
      }
      await page.keyboard.press('End');
      const last = Number.parseInt(await where(page), 10);
      expect(last).toBeGreaterThan(100);
      await page.getByRole('button', { name: 'Step before' }).click();
      expect(Number.parseInt(await where(page), 10)).toBeLessThan(last);
      await page.getByRole('slider', { name: 'Moment' }).fill('33');
      expect(await where(page)).toBe('33');
      const box = await page.locator('.overview').boundingBox();
      await page.mouse.move((box?.x ?? 0) + 400, (box?.y ?? 0) + 40);
      await page.mouse.down();
      const first = Number.parseInt(await where(page), 10);
      await page.mouse.move((box?.x ?? 0) + 900, (box?.y ?? 0) + 40);
      expect(Number.parseInt(await where(page), 10)).toBeGreaterThan(first + 50);
      await page.mouse.up();
      await page.keyboard.press('Home');
      await page.keyboard.press('Space');
      await expect.poll(async () => Number(await where(page)), { timeout: 20_000 }).toBeGreaterThan(2);
      await page.getByRole('button', { name: 'Pause' }).click();
      await page.keyboard.press('b');
      expect(await page.locator('.jump[aria-current]').innerText()).toContain('point of no return');
      await page.keyboard.press('?');
      expect(await page.getByRole('dialog').innerText()).toContain('ten steps');
      await page.keyboard.press('Escape');
      expect(await page.getByRole('dialog').count()).toBe(0);
    }));

  test('finds steps by text, kind and node', () =>
    open('chain', {}, async (page) => {
      await page.keyboard.press('/');
      await page.keyboard.type('put y');
      await page.locator('.count', { hasText: ' of ' }).waitFor();
      const found = await page.locator('.row .words').allInnerTexts();
      expect(found.length).toBeGreaterThan(1);
      for (const words of found) expect(words.toLowerCase()).toContain('put y');
      await page.keyboard.press('Enter');
      expect(await page.locator('.row.current .words').innerText()).toContain('put y');
      const first = await where(page);
      await page.keyboard.press('Enter');
      expect(await where(page)).not.toBe(first);
      await page.keyboard.press('Shift+Enter');
      expect(await where(page)).toBe(first);
      const search = page.getByRole('searchbox');
      await page.keyboard.press('Escape');
      expect(await search.inputValue()).toBe('');
      expect(await page.evaluate<boolean>("document.activeElement.matches('[type=search]')")).toBe(true);
      await page.keyboard.press('Escape');
      expect(await page.evaluate<boolean>("document.activeElement.matches('[type=search]')")).toBe(false);
      await page.getByText('filter', { exact: true }).click();
      for (const kind of ['messages', 'losses', 'timers', 'disk', 'operations'])
        await page.getByRole('checkbox', { name: kind }).uncheck();
      const faults = await page.locator('.row .words').allInnerTexts();
      expect(faults.join('\n')).toContain('s3 is paused');
      expect(faults.length).toBeLessThan(10);
      await page.getByRole('button', { name: 'show all' }).click();
      await page.getByRole('checkbox', { name: 'hide background' }).check();
      const foreground = await page.locator('.row .words').allInnerTexts();
      expect(foreground.join('\n')).toContain('put y p29');
      // A heartbeat is background, unless it changes what a node is.
      expect(foreground.filter((words) => words.includes('heartbeat') && !words.includes('master: chain'))).toEqual([]);
    }));

  test("shows a node's state with what a step changed, and the difference between any two steps", () =>
    open('chain', { hash: '#step=10&tab=state' }, async (page) => {
      await page.keyboard.press('p');
      await page.getByRole('slider', { name: 'Moment' }).fill('75');
      const text = await page.locator('section.node', { hasText: 'master' }).first().innerText();
      expect(text).toMatch(/alive:\s*true\s*→\s*false/);
      expect(await panel(page)).toMatch(/From step 10 to step 75/);
      await page.getByRole('button', { name: 'unpin' }).click();
      expect(await panel(page)).toContain('What step 75 changed');
      await page.getByRole('button', { name: 'master: the change before' }).click();
      expect(await page.locator('section.node.open', { hasText: 'master' }).innerText()).toContain('changed');
    }));

  test('leads from a part of a state to the step that set it, and closes a node that opens by itself', () =>
    open('ended', { hash: '#tab=state' }, async (page) => {
      const end = await where(page);
      const node = page.locator('section.node').first();
      const fold = node.locator('h3 .fold');
      if ((await fold.getAttribute('aria-expanded')) === 'false') await fold.click();
      await node
        .getByRole('button', { name: /its last change before this step/ })
        .first()
        .click();
      expect(await where(page)).not.toBe(end);
      expect(await node.locator('.tree :is(.changed, .replaced, .added)').count()).toBeGreaterThan(0);
      expect(await node.locator('.badge.changed').count()).toBe(1);
      await page.screenshot({ path: join(SCREENSHOTS, 'explorer-part.png') });
      await fold.click();
      expect(await fold.getAttribute('aria-expanded')).toBe('false');
      await fold.click();
      expect(await fold.getAttribute('aria-expanded')).toBe('true');
    }));

  test('says of a message what became of it, and why', () =>
    open('naive', {}, async (page) => {
      await page
        .locator('.row', { hasText: 'primary → backup lost' })
        .or(page.locator('.row', { hasText: 'c1 → primary' }))
        .first()
        .click();
      const text = await panel(page);
      expect(text).toMatch(/lost, cut off/);
      expect(text).toContain('✂ partition primary ✂ backup');
      expect(text).toContain('value: 1');
    }));

  test('shows which records are synced, and which a crash would take', () =>
    open('disk', { hash: '#step=0&tab=disk' }, async (page) => {
      const slider = page.getByRole('slider', { name: 'Moment' });
      const seen = new Set<string>();
      for (let moment = 0; moment < 120 && seen.size < 2; moment++) {
        await slider.fill(String(moment));
        for (const kind of ['durable', 'unsynced']) if ((await page.locator(`tr.${kind}`).count()) > 0) seen.add(kind);
      }
      expect([...seen].sort()).toEqual(['durable', 'unsynced']);
    }));

  test('shows the history, and for an operation pointed at an order that leads to it', () =>
    open('chain', { hash: '#step=80&tab=history' }, async (page) => {
      expect(await panel(page)).toContain('Not linearizable as a key-value store, key y');
      expect(await panel(page)).toContain('No legal order');
      const isInSight = () =>
        page.evaluate<boolean>(`(() => {
          const [now, box] = ['.history .now', '.history'].map((one) => document.querySelector(one).getBoundingClientRect());
          return now.left > box.left && now.right < box.right;
        })()`);
      for (const key of ['End', 'Home']) {
        await page.keyboard.press(key);
        await expect.poll(isInSight).toBe(true);
      }
      await page
        .getByRole('button', { name: /put y p29/ })
        .last()
        .hover();
      await page.locator('g.way circle').first().waitFor();
      expect(await page.locator('.chosen').innerText()).toContain('A legal order that leads to it');
      await page.locator('.bar', { hasText: 'get y' }).first().click();
      expect(await page.locator('.row.current .words').innerText()).toContain('get y');
      await page.screenshot({ path: join(SCREENSHOTS, 'explorer-history.png') });
    }));

  test('shows the run without a part of the plan, and its outcome', () =>
    open('chain', { hash: '#step=80&tab=plan' }, async (page) => {
      await page.getByRole('switch', { name: /s3 is paused/ }).click();
      const header = page.locator('header');
      expect(await header.innerText()).toMatch(/Without “s3 is paused until healing”, the run does not fail/);
      const differs = /differs from step (\d+)/.exec(await header.innerText())?.[1];
      expect(await where(page)).toBe(differs);
      await page.getByRole('button', { name: 'back to the finding' }).click();
      expect(await header.innerText()).not.toContain('Without');
    }));

  test('restores what is shown from a link, and copies it and the replay command', async () => {
    let link = '';
    await open('chain', { hash: '#step=75&tab=state&node=s2&pin=10&find=heartbeat&kinds=messages' }, async (page) => {
      await page.keyboard.press('k');
      await page.getByRole('button', { name: 'Copy link' }).click();
      await page.getByText('copied').waitFor();
      link = await page.evaluate<string>('navigator.clipboard.readText()');
      await page.getByRole('button', { name: 'Copy replay command' }).click();
      await page.getByText('copied').last().waitFor();
      expect(await page.evaluate<string>('navigator.clipboard.readText()')).toBe('npm run replay -- chain.json');
    });
    const hash = link.slice(link.indexOf('#'));
    const step = /step=([^&]+)/.exec(hash)?.[1] ?? '';
    await open('chain', { hash }, async (page) => {
      expect(await where(page)).toBe(decodeURIComponent(step));
      expect(await page.getByRole('searchbox').inputValue()).toBe('heartbeat');
      expect(await panel(page)).toContain('From step 10');
      expect(await page.getByRole('tab', { selected: true }).innerText()).toBe('State');
      expect(await page.locator('section.node.open', { hasText: 's2' }).count()).toBeGreaterThan(0);
    });
  });

  test('keeps up with 100,000 steps: only what is in sight is in the page', () =>
    open('long', { hash: '#step=0&tab=state' }, async (page) => {
      expect(Number(/of (\d+)/.exec(await page.locator('.where').innerText())?.[1])).toBeGreaterThan(99_000);
      const slider = page.getByRole('slider', { name: 'Moment' });
      const end = Number(await slider.getAttribute('max'));
      const began = Date.now();
      for (let stop = 20; stop >= 0; stop--) {
        await slider.fill(String(Math.floor((end * stop) / 20)));
        expect(await page.locator('.row').count()).toBeLessThan(120);
        expect(await page.locator('.row.current').count()).toBe(1);
        // A step is one node's.
        if (stop > 0 && stop < 20) expect(await page.locator('.node .badge.changed').count()).toBeLessThanOrEqual(1);
      }
      // Far more than it takes, and far less than without virtualisation and checkpoints.
      expect(Date.now() - began).toBeLessThan(60_000);
      await page.keyboard.press('End');
      await page.locator('section.node[aria-label=server] h3 .fold').click();
      expect(await panel(page)).toMatch(/count:\s*\d{5}/);
      await page.keyboard.press('/');
      await page.keyboard.type('ping');
      await page.locator('.count', { hasText: ' of ' }).waitFor();
      expect(await page.locator('.row').count()).toBeLessThan(40);
      await page.screenshot({ path: join(SCREENSHOTS, 'explorer-long.png') });
    }));

  test('shows markup in states and messages as text', () =>
    open('hostile', {}, async (page) => {
      await page.locator('.row', { hasText: 'gossip' }).first().click();
      expect(await panel(page)).toContain('<script>document.title');
      await tab(page, 'State');
      expect(await panel(page)).toContain('<img src=x');
      expect(await page.title()).not.toBe('taken');
      expect(await page.locator('img').count()).toBe(0);
    }));

  test('fetches its recording where it is served with one', async () => {
    const { system, finding } = keptFinding('CH-07');
    const recording = JSON.stringify(recordingOf(system, finding, { otherStepsMax: 0 }));
    const server = createServer(({ url }, response) => {
      const isData = url === '/recording.json';
      response.setHeader('content-type', isData ? 'application/json' : 'text/html');
      response.end(isData ? recording : explorerPage({ url: 'recording.json' }, template));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const page = await browser.newPage();
    try {
      const address = server.address();
      await page.goto(`http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}/`);
      await page.locator('.row.current').waitFor();
      expect(await page.title()).toContain('tail reads are linearizable');
    } finally {
      await page.close();
      server.close();
    }
  });

  test.each(['light', 'dark'] as const)('is accessible, as far as axe can tell, in every tab (%s)', (scheme) =>
    open('chain', { hash: '#step=82&pin=10', dark: scheme === 'dark' }, async (page) => {
      await page.evaluate(AXE);
      for (const name of ['Step', 'State', 'Disk', 'History', 'Plan']) {
        await tab(page, name);
        const broken = await page.evaluate<string[]>(
          `axe.run().then(({ violations }) => violations.flatMap(({ id, nodes }) =>
            nodes.map(({ target, failureSummary }) => id + ' ' + target.join(' ') + ': ' + failureSummary)))`,
        );
        expect(broken, name).toEqual([]);
        if (name === 'History')
          expect(
            await page.evaluate(`(() => {
              const [paper, body] = ['.process-paper', 'body'].map((one) => getComputedStyle(document.querySelector(one)));
              return paper.fill === body.backgroundColor;
            })()`),
          ).toBe(true);
        await page.screenshot({ path: join(SCREENSHOTS, `explorer-${name.toLowerCase()}-${scheme}.png`) });
      }
    }),
  );

  test('has the times of steps, and words of bars that begin out of sight, on a screen of 600 pixels', () =>
    open('own', { hash: '#step=14&tab=history', width: 600 }, async (page) => {
      expect(await page.locator('.row .ms').first().isVisible()).toBe(true);
      const left = async (selector: string) => (await page.locator(selector).first().boundingBox())?.x ?? NaN;
      await expect
        .poll(() => page.evaluate<number>("document.querySelector('.history').scrollLeft"))
        .toBeGreaterThan(0);
      expect(await left('.bar.info rect')).toBeLessThan(await left('.history'));
      await expect.poll(async () => (await left('.bar.info text')) - (await left('.history'))).toBeGreaterThan(20);
      await page.screenshot({ path: join(SCREENSHOTS, 'explorer-600.png'), fullPage: true });
    }));

  test('fits a narrow screen', () =>
    open('chain', { hash: '#step=82', width: 420 }, async (page) => {
      const wide = await page.evaluate<number>('document.documentElement.scrollWidth');
      expect(wide).toBeLessThanOrEqual(420);
      await page.screenshot({ path: join(SCREENSHOTS, 'explorer-narrow.png'), fullPage: true });
    }));

  test('opens every finding that is kept', async () => {
    const findings = keptFindings();
    expect(findings.length).toBeGreaterThan(100);
    const last = findings.at(-1);
    if (last === undefined) return;
    write('kept', last);
    await open('kept', {}, async (page) => {
      for (const { path, system, finding } of findings) {
        writeFileSync(
          paths.get('kept') ?? '',
          explorerPage(recordingOf(system, finding, { otherStepsMax: 0 }), template),
        );
        await page.reload();
        await page.locator('.row.current').waitFor();
        expect(await page.title(), path).toContain(finding.signature);
      }
    });
  }, 300_000);
});
