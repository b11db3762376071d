/** Completion: what the command line's own table says could come next, in real shells. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cac } from 'cac';
import { candidates } from '../framework/cli/completion.js';
import { completionScript, SHELLS } from '../framework/cli/completion-scripts.js';
import { faultline, SYSTEMS } from './fixtures/command-line.js';

/** A command line that is not ours: what it has is completed, whatever it is. */
const cli = cac('faultline');
cli
  .command('explore [...systems]', 'Run systems')
  .option('--mutant <ids>', 'Run these mutants')
  .option('--until-coverage-stable', 'Stop when nothing is new')
  .option('--strategy <name>', 'How plans are chosen')
  .option('--systems <module>', 'The module that exports your systems');
cli.command('open <file>', 'Look at a finding').option('--ci <folder>', 'For CI');
cli.command('completion <shell>', 'Print completions');
const starters = cac('faultline');
starters.command('init [folder]', 'Write a starter').option('--ci <name>', 'The CI file');
cli.option('--verbose', 'Say more');

const words = async (...typed: string[]) =>
  (await candidates(cli, typed.slice(0, -1), typed.at(-1) ?? '')).map(([word]) => word);

describe('what could come next', () => {
  test('is a command, or an option of its own or of all, as it is typed', async () => {
    expect(await words('')).toEqual(['explore', 'open', 'completion']);
    expect(await words('op')).toEqual(['open']);
    expect(await words('explore', '--')).toEqual([
      ...['--mutant', '--until-coverage-stable', '--strategy', '--systems', '--verbose'],
    ]);
    expect(await words('explore', '--until')).toEqual(['--until-coverage-stable']);
    expect(await words('frobnicate', '')).toEqual([]);
  });

  test('is a system, as often as there may be one, and a mutant of those that are named', async () => {
    expect(await words('explore', 'chain', 'cra')).toEqual(['craq']);
    expect(await words('explore', '--until-coverage-stable', 'cra')).toEqual(['craq']);
    expect(await words('explore', 'chain', '--mutant', 'C')).toContain('CH-07');
    expect(await words('explore', 'chain', '--mutant', 'C')).not.toContain('CQ-06');
    expect(await words('explore', '--mutant', 'C')).toEqual(expect.arrayContaining(['CH-07', 'CQ-06']));
    // Systems of one family have mutants in common.
    const all = await words('explore', '--mutant', '');
    expect(all).toEqual([...new Set(all)]);
    expect(await words('explore', ...SYSTEMS, 'so')).toEqual(['sound']);
  });

  test('is what a list goes on with, and may follow a sign of equality', async () => {
    expect(await words('explore', 'chain', '--mutant=CH-01,CH-0')).toEqual(
      ['CH-02', 'CH-03', 'CH-06', 'CH-07', 'CH-09'].map((id) => `--mutant=CH-01,${id}`),
    );
    expect(await words('explore', '--strategy', 'sw')).toEqual(['swarm']);
  });

  test('is a finding that was kept, where a file is asked for, and nothing where any file would do', async () => {
    expect(await words('open', 'histories/regressions/chain--ch-07')).toEqual([
      expect.stringMatching(/^histories\/regressions\/chain--ch-07--.*\.json$/),
    ]);
    expect(await words('explore', '--systems', '')).toEqual([]);
    expect(await words('open', 'one.json', '')).toEqual([]);
    // A folder for CI, and the name of a CI.
    expect(await words('open', '--ci', '')).toEqual([]);
    expect((await candidates(starters, ['init', '--ci'], 'git')).map(([word]) => word)).toEqual(['github', 'gitlab']);
  });
});

describe('the real command line', () => {
  const bin = mkdtempSync(join(tmpdir(), 'faultline-completion-'));
  afterAll(() => {
    rmSync(bin, { recursive: true });
  });
  beforeAll(() => {
    const loader = import.meta.resolve('tsx');
    const main = resolve('framework/cli/main.ts');
    writeFileSync(
      join(bin, 'faultline'),
      `#!/bin/sh\nexec '${process.execPath}' --import '${loader}' '${main}' "$@"\n`,
    );
    chmodSync(join(bin, 'faultline'), 0o755);
  });
  const env = { ...process.env, PATH: `${bin}:${process.env.PATH ?? ''}`, TSX_TSCONFIG_PATH: resolve('tsconfig.json') };
  const hasShell = (shell: string) => spawnSync(shell, ['-c', 'exit 0']).status === 0;
  /** As bash does: words end at `=`, too, and only the last one is replaced. */
  const BASH = `
    typed() {
      COMP_LINE="$1"; COMP_POINT=\${#1}
      read -ra COMP_WORDS <<< "\${1//=/ = }"
      [[ "$1" == *[\\ =] ]] && COMP_WORDS+=('')
      COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
      _faultline
      echo "\${COMPREPLY[*]}"
    }
    set -u
    source <(faultline completion bash)
    complete -p faultline
    typed 'faultline rep'
    typed 'faultline explore chain --mutant CH-1'
    typed 'faultline explore chain --mutant=CH-01,CH-1'
    typed 'faultline check h.edn --isolation read-c'
    typed 'faultline schema '`;

  test.skipIf(!hasShell('bash'))('is completed in bash', () => {
    const out = execFileSync('bash', ['--norc', '-c', BASH], { env, encoding: 'utf8' });
    expect(out.trimEnd().split('\n')).toEqual([
      'complete -o bashdefault -o default -F _faultline faultline',
      'replay',
      'CH-12 CH-14',
      'CH-01,CH-12 CH-01,CH-14',
      'read-committed',
      'explore replay check regressions golden list',
    ]);
  });

  test.skipIf(!hasShell('fish'))('is completed in fish, with what it means', () => {
    const home = join(bin, 'home');
    mkdirSync(home);
    const script = `faultline completion fish | source; complete -C'faultline explore chain --mutant CH-12'`;
    const out = execFileSync('fish', ['-c', script], { env: { ...env, HOME: home }, encoding: 'utf8' });
    expect(out).toMatch(/^CH-12\tA server takes updates from a removed head/);
  });

  test('prints scripts that their shells can read, and refuses another shell', async () => {
    for (const shell of SHELLS.filter(hasShell)) {
      const path = join(bin, shell);
      writeFileSync(path, completionScript(shell));
      const { status, stderr } = spawnSync(shell, ['-n', path], { encoding: 'utf8' });
      expect(`${shell}: ${status} ${stderr}`).toBe(`${shell}: 0 `);
    }
    const { error, code } = await faultline(['completion', 'tcsh']);
    expect(error).toMatch(/no completions for 'tcsh'; there are some for bash, zsh, fish/);
    expect(code).toBe(2);
  });
});
