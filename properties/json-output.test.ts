/** `--json`: what each command prints is one document, and as the schema says that `faultline schema` prints. */
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { jsonSchemaOf } from '../framework/cli/json-output.js';
import { DOCUMENT_SCHEMAS, type DocumentName, type DocumentOf } from '../framework/cli/json-schemas.js';
import { faultline, SYSTEMS } from './fixtures/command-line.js';

const folder = mkdtempSync(join(tmpdir(), 'faultline-json-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** The schema that users get, to be validated by. */
const schemaPrinted = (name: string) =>
  z.fromJSONSchema(JSON.parse(jsonSchemaOf(name)) as Parameters<typeof z.fromJSONSchema>[0]);

/** What the command prints, which the schema that users get must allow, and the one it is made from. */
async function documentOf<N extends DocumentName>(name: N, args: readonly string[]) {
  const { out, code } = await faultline([name, ...args, '--json', ...SYSTEMS.slice(name === 'check' ? 2 : 0)]);
  const printed: unknown = JSON.parse(out);
  expect(schemaPrinted(name).safeParse(printed).success).toBe(true);
  const document = DOCUMENT_SCHEMAS[name].parse(printed) as DocumentOf<N>;
  expect(document.exitCode).toBe(code);
  return { document, printed };
}

test('explore: targets with their findings; replay and regressions: what became of them', async () => {
  const args = ['naive-register', 'sound', '--seeds', '60', '--workers', '1', '--out', join(folder, 'findings')];
  const { document } = await documentOf('explore', args);
  const [naive, sound] = document.results;
  expect(document).toMatchObject({ exitCode: 1, complete: true });
  expect(naive).toMatchObject({ system: 'naive-register', mutant: null, verdict: 'invalid', seeds: 60, caught: null });
  expect(sound).toMatchObject({ system: 'sound', verdict: 'valid', findings: [], runs: { valid: 60, invalid: 0 } });
  const [found] = naive?.findings ?? [];
  expect(found).toMatchObject({ promise: 'reads are linearizable', takes: ['partition'], seed: '2', afterSeeds: 3 });
  const file = found?.file ?? '';
  expect(found?.replay).toContain(`replay -- ${file}`);

  const replayed = await documentOf('replay', [file]);
  expect(replayed.document).toMatchObject({
    ...{ exitCode: 1, outcome: 'reproduced', file, firstDifference: null },
    expected: { signature: found?.signature, digest: found?.digest },
    now: { verdict: 'invalid', signature: found?.signature, digest: found?.digest },
  });

  const kept = join(folder, 'kept');
  mkdirSync(kept);
  copyFileSync(file, join(kept, 'bug.json'));
  const { document: again } = await documentOf('regressions', ['--folder', kept]);
  expect(again).toMatchObject({ exitCode: 1, findings: [{ system: 'naive-register', outcome: 'failed' }] });
  expect(again.findings[0]?.problem).toContain('it fails as recorded');
});

test('explore --verify: what differed in runs that were not repeated', async () => {
  const args = ['leaky', 'sound', '--seeds', '9', '--verify', '--workers', '1', '--out', join(folder, 'leaky')];
  const { document } = await documentOf('explore', args);
  const [leaky, sound] = document.results;
  expect(document.exitCode).toBe(1);
  expect(leaky?.divergences).toBeGreaterThan(0);
  expect(leaky?.differences[0]).toMatch(/^seed 0: two runs in place differ\.\n {2}Step \d+ is the first to differ: /);
  expect(leaky?.differences.length).toBeLessThanOrEqual(3);
  expect(sound).toMatchObject({ divergences: 0, differences: [] });
});

test('check: the verdict, the rule and the entries that show it', async () => {
  const path = join(folder, 'history.edn');
  const entry = (type: string, process: number, rest: string) => `{:process ${process}, :type ${type}, ${rest}}`;
  const write = ':f :write, :value 1';
  const entries = [entry(':invoke', 0, write), entry(':ok', 0, write), entry(':invoke', 1, ':f :read, :value nil')];
  writeFileSync(path, [...entries, entry(':ok', 1, ':f :read, :value nil')].join('\n'));
  const { document } = await documentOf('check', [path, '--spec', 'register', '--svg', join(folder, 'why.svg')]);
  expect(document).toMatchObject({ exitCode: 1, file: path, verdict: 'invalid', rule: 'not linearizable' });
  expect(document.claim).toBe('linearizable as a register');
  expect(document.explanation).toContain('read returned nil');
  expect(document.operations).toContain(2);
  expect(document.pictures).toEqual([join(folder, 'why.svg')]);
});

test('golden: what is new, then nothing', async () => {
  const args = ['sound', '--folder', join(folder, 'golden')];
  const { document } = await documentOf('golden', args);
  expect(document).toMatchObject({ exitCode: 0, check: false, systems: [{ system: 'sound', isNew: true }] });
  expect(document.systems[0]?.changes).toHaveLength(document.seeds);
  expect(readdirSync(join(folder, 'golden'))).toEqual(['sound.json', 'trails']);
  const { document: checked } = await documentOf('golden', [...args, '--check']);
  expect(checked).toMatchObject({ exitCode: 0, check: true, systems: [{ isNew: false, changes: [] }] });
});

test('list: systems, promises and tolerated faults', async () => {
  const { document, printed } = await documentOf('list', ['naive-register']);
  const [{ promisesOfAll, network, diskSync, faultPoints } = expect.unreachable()] = document.systems;
  expect(promisesOfAll).toContain('after healing, every request is answered');
  expect(faultPoints).toEqual([]);
  const { out } = await faultline(['list', 'naive-register', ...SYSTEMS]);
  expect(out).toContain('after healing, every request is answered (as every system does)');
  expect(out).toContain(`they take ${network.delay.minMicros / 1000} ms to ${network.delay.maxMicros / 1000} ms`);
  expect(out).toContain(`a sync takes ${diskSync.minMicros / 1000} ms to ${diskSync.maxMicros / 1000} ms`);
  expect(document.systems).toHaveLength(1);
  expect(document.systems[0]).toMatchObject({
    name: 'naive-register',
    promises: ['reads are linearizable'],
    tolerates: ['partition'],
  });
  // Readers of today bear fields of tomorrow, but not that one is missing.
  const schema = schemaPrinted('list');
  const systems = (printed as { systems: object[] }).systems;
  expect(schema.safeParse({ ...(printed as object), news: 1 }).success).toBe(true);
  expect(schema.safeParse({ ...(printed as object), systems: undefined }).success).toBe(false);
  expect(schema.safeParse({ ...(printed as object), systems: [{ ...systems[0], name: 7 }] }).success).toBe(false);
});

describe('a call that is wrong', () => {
  test('prints no document', async () => {
    const { out, error, code } = await faultline(['explore', 'nothing', '--json', ...SYSTEMS]);
    expect(out).toBe('');
    expect(error).toMatch(/unknown system 'nothing'/);
    expect(code).toBe(2);
  });

  test('of schema says which commands have one; each of these is the schema of its command', () => {
    expect(() => jsonSchemaOf('frobnicate')).toThrow(/'frobnicate' prints no JSON; these do: explore, replay, check/);
    expect(() => jsonSchemaOf('constructor')).toThrow(/prints no JSON/);
    for (const name of Object.keys(DOCUMENT_SCHEMAS))
      expect(JSON.parse(jsonSchemaOf(name))).toMatchObject({ properties: { faultline: { const: name } } });
  });
});
