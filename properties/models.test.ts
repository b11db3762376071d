/** Every model that comes with faultline is tested: in `properties/models/`, a file for each, so that a change re-runs its own. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { systems } from 'faultline/models';
import { systemsAmong } from '../framework/cli/load-systems.js';

const FOLDER = new URL('models/', import.meta.url);

test('each system is tested by one file', async () => {
  const tested: string[] = [];
  for (const file of readdirSync(FOLDER)) {
    const text = readFileSync(new URL(file, FOLDER), 'utf8');
    const door = /import \* as door from '(.+)';[^]*\ntestModel\(door\);/.exec(text)?.[1];
    expect(door, file).toBeDefined();
    const exported = (await import(new URL(String(door), new URL(file, FOLDER)).href)) as object;
    tested.push(...systemsAmong(Object.values(exported)).map(({ name }) => name));
  }
  expect(tested.sort()).toEqual(systems.map(({ name }) => name).sort());
});
