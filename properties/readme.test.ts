/** What README shows is what the code does. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Campaign, failureReport, planSize } from 'faultline';
import { essenceOf } from '../framework/explore/essence.js';
import { naive } from './readme-example.js';

const readme = readFileSync('README.md', 'utf8');

describe('README', () => {
  test('opens with what it is, then has just the two set-up commands', () => {
    const opening = readme.slice(0, readme.indexOf('\n## '));
    const commands = opening.split('\n').filter((line) => line.startsWith('    '));
    expect(commands.map((line) => line.trim())).toEqual(['npm ci && npm run explore', 'npm ci && npm test']);
  });

  test('shows an example of 40 lines', () => {
    expect(readme).toContain('```ts source=properties/readme-example.ts');
    const example = readFileSync('properties/readme-example.ts', 'utf8');
    expect(example.split('\n').filter((line) => line.trim() !== '').length).toBeLessThanOrEqual(40);
  });

  test('shows the report of its bug as it is printed', async () => {
    const campaign = new Campaign(naive);
    for (let seed = 0; seed < 500; seed++) {
      const { found } = campaign.runSeed(String(seed));
      if (found === undefined) continue;
      const { shrunk, run, finding } = await essenceOf(naive, found);
      const { plan, failure, runs, runsMax } = shrunk;
      const shrunkFrom = { plan: found.plan, size: planSize(plan), runs, runsMax };
      expect(readme).toContain(failureReport({ ...finding, run, failure, shrunkFrom }));
      return;
    }
    expect.unreachable('the example fails within 500 seeds');
  });

  test('names only commands that package.json has', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
    const named = [...readme.matchAll(/npm run ([a-z:]+)/g)].map(([, name]) => name ?? '');
    expect(named.length).toBeGreaterThan(3);
    for (const name of named) expect(Object.keys(scripts)).toContain(name);
  });
});
