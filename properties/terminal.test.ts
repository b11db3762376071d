/** What is printed for people: it fits the terminal, loses nothing without colours, and degrades to ASCII. */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import pc from 'picocolors';
import { failureReport, replay } from 'faultline';
import * as models from 'faultline/models';
import { readFinding } from '../framework/cli/replay.js';
import { regressionFiles } from '../framework/cli/regressions.js';
import { paint } from '../framework/cli/paint.js';
import { plainCharacters } from '../framework/cli/plain-characters.js';
import { table } from '../framework/cli/table.js';
import { columnsOf, dress, showsColours, showsUnicode } from '../framework/cli/terminal.js';
import { FAULT_KINDS, faultType } from '../framework/faults/fault.js';
import { faultline, SYSTEMS } from './fixtures/command-line.js';

const folder = mkdtempSync(join(tmpdir(), 'faultline-terminal-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const TERMINAL = { isTTY: true, columns: 80 };
const FILE = { isTTY: false, columns: 0 };

/** The report of a kept finding with many nodes, for so many columns. */
function reportOf(columns: number | undefined): string {
  const path = regressionFiles('histories/regressions').find((one) => one.includes('chain--ch-01--')) ?? '';
  const finding = readFinding(path);
  const result = replay(models.chain, finding);
  if (result.kind !== 'reproduced') return expect.unreachable(`${path} is ${result.kind}`);
  const { run, failure } = result;
  return failureReport({ ...finding, run, failure, replayCommand: 'npx faultline replay x.json', columns });
}

describe('what a terminal shows is told', () => {
  test('by its width, but for the last column; what is no terminal has 120', () => {
    expect(columnsOf(TERMINAL)).toBe(79);
    expect(columnsOf({ isTTY: true, columns: 0 })).toBe(120);
    expect(columnsOf({ isTTY: true, columns: 9 })).toBe(30);
    expect(columnsOf(FILE)).toBe(120);
  });

  test('by NO_COLOR, FORCE_COLOR, and TERM, in this order', () => {
    expect(showsColours(TERMINAL, { TERM: 'xterm' })).toBe(true);
    expect(showsColours(TERMINAL, { TERM: 'dumb' })).toBe(false);
    expect(showsColours(FILE, { TERM: 'xterm', CI: 'true' })).toBe(false);
    expect(showsColours(FILE, { FORCE_COLOR: '1' })).toBe(true);
    expect(showsColours(TERMINAL, { FORCE_COLOR: '0' })).toBe(false);
    expect(showsColours(TERMINAL, { NO_COLOR: '1', FORCE_COLOR: '1' })).toBe(false);
    expect(showsColours(TERMINAL, { NO_COLOR: '', TERM: 'xterm' })).toBe(true);
  });

  test('by the locale: what is not UTF-8 gets ASCII, no locale at all is taken for UTF-8', () => {
    expect(showsUnicode({ LANG: 'C' })).toBe(false);
    expect(showsUnicode({ LANG: 'de_DE.ISO-8859-1' })).toBe(false);
    expect(showsUnicode({ LANG: 'C.UTF-8' })).toBe(true);
    expect(showsUnicode({ LANG: 'C', LC_ALL: 'en_GB.utf8' })).toBe(true);
    expect(showsUnicode({ LANG: 'en_GB.utf8', LC_CTYPE: 'POSIX', LC_ALL: '' })).toBe(false);
    expect(showsUnicode({})).toBe(true);
    expect(showsUnicode({ LANG: 'C.UTF-8', TERM: 'linux' })).toBe(false);
  });
});

describe('the report of a failure', () => {
  const report = reportOf(undefined);

  test('says the same without colours', () => {
    const painted = paint(report, pc.createColors(true));
    expect(stripVTControlCharacters(painted)).toBe(report);
    for (const line of painted.split('\n').filter((one) => one.includes('★ ')))
      expect(line === stripVTControlCharacters(line)).toBe(line.includes('what happened'));
    expect(dress(report, TERMINAL, { TERM: 'xterm' })).toBe(painted);
    expect(dress(report, FILE, {})).toBe(report);
  });

  test('has as many columns in ASCII, and stands for all that it draws', () => {
    const plain = plainCharacters(report);
    expect(plain).toMatch(/^[\p{ASCII}]*$/u);
    const widths = (text: string) => text.split('\n').map((line) => [...line].length);
    expect(widths(plain)).toEqual(widths(report));
    expect(plain.match(/\?/g)).toEqual(report.match(/\?/g));
    expect(plain).toMatch(/\* +9\.000 +v +\| +\| .*c1 \(process 0\): put/);
    for (const mark of FAULT_KINDS.flatMap((kind) => faultType(kind).marks))
      expect(plainCharacters(mark), `the mark ${mark}`).toMatch(/^[^?]$/);
  });

  const starred = (text: string) => text.split('\n').filter((line) => /^ {2}★ /.test(line)).length;

  for (const columns of [30, 40, 60, 80, 100, 120, 250])
    test(`fits ${columns} columns, and shows the failure there`, () => {
      const lines = reportOf(columns).split('\n');
      for (const line of lines.filter((one) => !one.startsWith('  replay  ')))
        expect(line.length, line).toBeLessThanOrEqual(columns);
      expect(starred(lines.join('\n'))).toBe(starred(report));
      expect(lines.join(' ').replaceAll(/\s+/g, ' ')).toContain('promised every update takes effect exactly once');
    });

  test('has a picture where there is room, with names on several lines if they are too long', () => {
    const narrow = reportOf(62);
    expect(narrow).toMatch(/ms {2}c1 +master +s2 +s3\n +s1\n/);
    expect(narrow).toMatch(/ {3}●─+▶/);
    const list = reportOf(40);
    expect(list).not.toContain('│');
    expect(list).toMatch(/c1 → master: lookup/);
  });
});

describe('a table', () => {
  const headings = ['system', 'seeds', 'first finding'];
  const rows = [
    ['chain', 1000, 'reads at the tail are linearizable, whatever happens to the head'],
    ['sound', 20, '–'],
  ];

  test('is cut where it is too wide', () => {
    expect(table(headings, rows, 40).split('\n')).toEqual([
      'system  seeds  first finding',
      '──────  ─────  ─────────────────────────',
      'chain   1,000  reads at the tail are li…',
      'sound      20  –',
    ]);
  });

  test('becomes a list where even that does not help, without what is empty', () => {
    expect(table(headings, rows, 24).split('\n')).toEqual([
      'chain',
      '  seeds          1,000',
      '  first finding  reads …',
      'sound',
      '  seeds          20',
    ]);
  });

  test('is as wide as it likes in a file', () => {
    expect(table(headings, rows).split('\n')[2]).toBe(
      'chain   1,000  reads at the tail are linearizable, whatever happens to the head',
    );
  });
});

describe('on a terminal', () => {
  const explore = ['explore', 'naive-register', '--seeds', '40', '--workers', '1', '--out', folder, ...SYSTEMS];

  test('of 60 columns nothing is wider but commands and paths, what to do comes last, and progress vanishes', async () => {
    const { out, error, code } = await faultline(explore, { terminalColumns: 60, env: { NO_COLOR: '' } });
    expect(code).toBe(1);
    expect(out).toContain('\x1b[');
    const lines = stripVTControlCharacters(out).trimEnd().split('\n');
    for (const line of lines.filter((one) => !/^ +(npm run|replay|saved as|explorer)/.test(one)))
      expect(line.length, line).toBeLessThan(60);
    expect(lines.slice(-4).join('\n')).toMatch(
      /^✗ naive-register: 1 finding\n {2}reads are linearizable: .*\n {4}takes partition; .*\n {4}npm run replay -- /,
    );
    const frames = error.split('\r\x1b[2K');
    expect(frames.length).toBeGreaterThan(2);
    for (const frame of frames) expect(frame.length).toBeLessThan(60);
    expect(frames.at(-1)).toBe('');
  });

  test('that is dumb, in ASCII: no escape, no live line, no other character', async () => {
    const env = { NO_COLOR: '', TERM: 'dumb', LC_ALL: 'C' };
    const { out, error, code } = await faultline(explore, { terminalColumns: 100, env });
    expect(code).toBe(1);
    expect(out + error).toMatch(/^[\n\x20-\x7e]*$/);
    expect(out).toMatch(/x naive-register: a promise is broken/);
    expect(out).toMatch(/o-+\+-+>\|.*read r0\.2/);
  });
});

test('regressions that are as they should be are told in one line', async () => {
  const kept = join(folder, 'kept');
  mkdirSync(kept);
  for (const file of regressionFiles('histories/regressions').filter((one) => one.includes('/chain--')))
    copyFileSync(file, join(kept, basename(file)));
  const { out, code } = await faultline(['regressions', '--folder', kept]);
  expect(out).toMatch(/^regressions: [1-9]\d* passed, 0 failed\n$/);
  expect(code).toBe(0);
});
