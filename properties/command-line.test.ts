/** The command line as its user meets it: in a process of its own, by what it prints and how it exits. */
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { Campaign } from 'faultline';
import { faultline, SYSTEMS } from './fixtures/command-line.js';
import { naive } from './readme-example.js';

const folder = mkdtempSync(join(tmpdir(), 'faultline-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** A seed of the naive register in which nothing is cut off and nothing fails. */
function calmSeed(): string {
  const campaign = new Campaign(naive);
  for (let seed = 0; seed < 300; seed++) {
    const { run, judgement } = campaign.runSeed(String(seed));
    if (run.tally.cutOff === 0 && judgement.verdict === 'valid') return String(seed);
  }
  throw new Error('no seed is calm');
}

describe('explore', () => {
  test('prints a table and exits with 0 when all promises are kept', async () => {
    const { code, out } = await faultline(['explore', 'sound', '--seeds', '20', ...SYSTEMS]);
    expect(out).toMatch(/sound +– +20 +[\d,]+ +valid/);
    expect(out).toMatch(/after healing, every request is answered +20 +0 +0 +0 probes, 20 final reads/);
    expect(code).toBe(0);
  });

  test('reports a finding, saves it, and exits with 1; replay reproduces it by the same steps', async () => {
    const found = await faultline(['explore', 'naive-register', '--seeds', '100', '--out', folder, ...SYSTEMS]);
    expect(found.code).toBe(1);
    expect(found.out).toMatch(/✗ naive-register: a promise is broken/);
    expect(found.out).toMatch(
      /naive-register +– +100 +[\d,]+ +invalid +run \d+ \(seed \d+\): reads are linearizable +2/,
    );
    const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
    const [file] = files;
    const path = join(folder, file ?? '');
    expect(found.out).toContain(`npm run replay -- `);
    expect(found.out).toMatch(/explorer .*naive-register--.*\.html\n/);
    expect(readdirSync(folder).filter((name) => name.endsWith('.html'))).toEqual([file?.replace('.json', '.html')]);
    expect(files).toHaveLength(1);

    const drawn = join(folder, 'drawn', 'why.svg');
    const replayed = await faultline(['replay', path, '--svg', drawn, ...SYSTEMS]);
    expect(replayed.out).toMatch(/reproduced: same failure, same digest [0-9a-f]{16}\ndrawn in .*why\.svg\n$/);
    expect(replayed.code).toBe(1);
    expect(readFileSync(drawn, 'utf8')).toMatch(/^<svg .*naive-register: reads are linearizable.*<\/svg>\n$/s);
    expect(readFileSync(path.replace('.json', '.svg'), 'utf8')).toBe(readFileSync(drawn, 'utf8'));

    const data = JSON.parse(readFileSync(path, 'utf8')) as { digest: string; trail: string };
    writeFileSync(path, JSON.stringify({ ...data, digest: '0123456789abcdef', trail: `ffff${data.trail.slice(4)}` }));
    const changed = await faultline(['replay', path, ...SYSTEMS]);
    expect(changed.out).toMatch(
      /not by the same steps: the digest was 0123456789abcdef and is [0-9a-f]{16}; step 1 is the first/,
    );
    expect(changed.code).toBe(1);
  });

  test('--verify names the step in which a run is not repeated', async () => {
    const { code, out } = await faultline([
      'explore',
      'leaky',
      '--seeds',
      '3',
      '--verify',
      '--out',
      folder,
      ...SYSTEMS,
    ]);
    expect(out).toMatch(/leaky: not deterministic/);
    expect(out).toMatch(/Step \d+ is the first to differ: c\d receives pong from server/);
    expect(code).toBe(1);
  });

  test('is inconclusive, with 3, when a tolerated fault never happened', async () => {
    const { code, out } = await faultline([
      'explore',
      'naive-register',
      '--seeds',
      '1',
      '--from',
      calmSeed(),
      ...SYSTEMS,
    ]);
    expect(out).toMatch(/naive-register is inconclusive: never exercised, though tolerated: partition/);
    expect(code).toBe(3);
  });

  test('exits with 1 also if nobody reads on once a finding is printed', async () => {
    const args = ['explore', 'naive-register', '--seeds', '300', '--workers', '1', '--out', folder, ...SYSTEMS];
    const { code, out, error } = await faultline(args, { hangUpOn: 'a promise is broken' });
    expect(out).not.toMatch(/different findings/);
    expect(error).toBe('');
    expect(code).toBe(1);
  });

  test('prints what it has when it is interrupted', async () => {
    const args = ['explore', 'chain', '--seeds', '1000000'];
    const { code, out, error } = await faultline(args, { interruptOn: 'chain: ' });
    expect(error).toMatch(/interrupted: stopping here/);
    expect(out).toMatch(/chain +– +[\d,]+ +[\d,]+ +(valid|unknown) \(interrupted\)/);
    expect(code).toBe(3);
  }, 60_000);
});

describe('open', () => {
  const findings = mkdtempSync(join(tmpdir(), 'faultline-open-'));
  const [kept] = readdirSync('histories/regressions').filter((name) => name.startsWith('chain--ch-07'));
  const path = join('histories/regressions', kept ?? '');
  const changed = (part: object): string => {
    const file = join(findings, `${['changed', ...Object.keys(part)].join('-')}.json`);
    writeFileSync(file, JSON.stringify({ ...(JSON.parse(readFileSync(path, 'utf8')) as object), ...part }));
    return file;
  };
  afterAll(() => {
    rmSync(findings, { recursive: true });
  });

  test('writes a page that shows the finding, where it is told or among the findings, and prints where', async () => {
    const target = join(findings, 'deep', 'why.html');
    const { code, out, error } = await faultline(['open', path, '--out', target]);
    expect(error).toBe('');
    expect(out).toMatch(/deep\/why\.html\n$/);
    expect(code).toBe(0);
    const page = readFileSync(target, 'utf8');
    expect(page).toMatch(/^<!doctype html>/);
    expect(page).toMatch(/id="recording">[A-Za-z0-9+/=]{1000,}</);

    const among = await faultline(['open', changed({}), '--no-open'], { cwd: findings });
    expect(among.out).toBe('.faultline/findings/changed.html\n');
    expect(readdirSync(join(findings, '.faultline/findings'))).toEqual(['changed.html']);
    expect(readdirSync(findings)).not.toContain('changed.html');
  });

  test('says what is wrong with what it is given, with 2', async () => {
    const wrong: readonly (readonly [args: string[], says: RegExp])[] = [
      [['absent.json'], /cannot read absent\.json/],
      [[changed({ plan: 7 })], /is not a finding that can be replayed/],
      [[changed({ system: 'nobody' })], /is a finding of system 'nobody', but the systems are/],
      [[changed({ mutant: 'NO-1' })], /does not fit its system: system 'chain' has no mutant 'NO-1'/],
      [[path, '--out', findings], /cannot write .*; name another file/],
      [[path, '--out', 'package.json/x'], /cannot write package\.json\/x: package\.json is a file, not a folder/],
    ];
    for (const [args, says] of wrong) {
      const { code, error } = await faultline(['open', ...args]);
      expect(error).toMatch(says);
      expect(code).toBe(2);
    }
  });
});

describe('explore --all-mutants', () => {
  test('tries each mutant, and is clean when all are caught, by whatever strategy', async () => {
    const { out, code } = await faultline([
      ...['explore', 'event-store', '--all-mutants', '--strategy', 'uniform', '--seeds', '500', '--out', folder],
    ]);
    expect(out).toMatch(/caught 6 of 6 mutants, in \d+ seeds/);
    expect(code).toBe(0);
  });

  test('is inconclusive when one is not', async () => {
    const { out, code } = await faultline([...['explore', 'chain', '--all-mutants', '--seeds', '1', '--out', folder]]);
    expect(out).toMatch(/not caught/);
    expect(code).toBe(3);
  });
});

describe('check', () => {
  const written = (text: string): string => {
    const path = join(folder, 'history.edn');
    writeFileSync(path, text);
    return path;
  };
  const write = '{:process 0, :type :invoke, :f :write, :value 1} {:process 0, :type :ok, :f :write, :value 1}';
  const read = (value: string) =>
    `{:process 1, :type :invoke, :f :read, :value nil} {:process 1, :type :ok, :f :read, :value ${value}}`;

  test('exits with 0 for a linearizable history, 1 for another, 3 if nothing was observed', async () => {
    const legal = await faultline(['check', written(`${write} ${read('1')}`), '--spec', 'register']);
    expect(legal.out).toMatch(/✓ linearizable as a register\n\n {2}2 operations.*unique writes for 1 key/);
    expect(legal.code).toBe(0);
    const stale = await faultline(['check', written(`${write} ${read('nil')}`), '--spec', 'register']);
    expect(stale.out).toMatch(
      /✗ not linearizable as a register\n\n {2}read returned nil .*but write 1 .* had already completed/,
    );
    expect(stale.code).toBe(1);
    const silent = await faultline(['check', written(write), '--spec', 'register']);
    expect(silent.out).toMatch(/\? undecided .*nothing was observed/);
    expect(silent.code).toBe(3);
  });

  test('reads standard input, counts what failed, and tells JSON in its own words', async () => {
    const failed = '{:process 2, :type :invoke, :f :write, :value 7} {:process 2, :type :fail, :f :write, :value 7}';
    const args = ['check', '-', '--spec', 'register'];
    const judged = await faultline(args, { input: `${write} ${read('1')} ${failed}` });
    expect(judged.error).toBe('');
    expect(judged.out).toMatch(
      /^\/dev\/stdin: ✓ [\s\S]* 3 operations: 2 completed, 1 failed, 0 of unknown outcome; 1 key, /,
    );
    expect(judged.code).toBe(0);
    const odd = await faultline(args, { input: '{"process":0,"type":"begin","f":"read"}\n' });
    expect(odd.error).toContain('/dev/stdin:1 expected "type" to be "invoke", "ok", "fail" or "info", got begin\n');
    expect(odd.code).toBe(2);
  });

  test('judges by a specification of the user, called as its export is', async () => {
    const specs = join(folder, 'specs.mjs');
    writeFileSync(
      specs,
      `export const lastWord = { initial: null, step: (state, { kind, value }) =>
         kind === 'write' ? { state: value, result: null } : { state, result: state } };`,
    );
    const path = written(`${write} ${read('nil')}`);
    const judged = await faultline(['check', path, '--specs', specs, '--spec', 'last-word']);
    expect(judged.out).toMatch(/✗ not linearizable as a last-word\n\n {2}read returned nil/);
    expect(judged.out).toContain('It could have returned 1.');
    expect(judged.code).toBe(1);
  });

  test('judges weaker consistency, in the words of its guarantees', async () => {
    const path = written(`${write} ${read('1')} ${read('nil')}`);
    const judged = (model: string) => faultline(['check', path, '--spec', 'register', '--consistency', model]);
    const sessions = await judged('read-your-writes,monotonic-reads');
    expect(sessions.out).toMatch(
      /✗ not read your writes and monotonic reads on a register\n\n {2}monotonic reads: A returned the initial value/,
    );
    expect(sessions.code).toBe(1);
    const sequential = await judged('sequential');
    expect(sequential.out).toMatch(/✗ not sequentially consistent .*\n\n {2}monotonic reads: .*decided by saturation/s);
    const own = await judged('read-your-writes');
    expect(own.out).toMatch(/\? undecided whether read your writes on a register: no process read after/);
    expect(own.code).toBe(3);
    const wrong = await judged('causality');
    expect(wrong.error).toMatch(/unknown consistency 'causality'; known: linearizability, .*monotonic-reads/);
    expect(wrong.code).toBe(2);
  });

  test('judges the isolation of transactions in the form of Elle', async () => {
    const txn = (process: number, type: string, value: string) =>
      `{:process ${process}, :type ${type}, :f :txn, :value ${value}}`;
    const path = written(
      [
        txn(0, ':invoke', '[[:append 1 1] [:r 2 nil]]'),
        txn(1, ':invoke', '[[:append 2 1] [:r 1 nil]]'),
        txn(0, ':ok', '[[:append 1 1] [:r 2 [1]]]'),
        txn(1, ':ok', '[[:append 2 1] [:r 1 [1]]]'),
      ].join('\n'),
    );
    const circular = await faultline(['check', path, '--isolation', 'read-committed']);
    expect(circular.out).toMatch(/✗ not read committed\n\n {2}G1c: T\d read/);
    expect(circular.code).toBe(1);
    const allowed = await faultline(['check', path, '--isolation', 'read-uncommitted']);
    expect(allowed.out).toMatch(/✓ read uncommitted\n\n {2}2 transactions, 2 committed, 2 reads/);
    expect(allowed.code).toBe(0);
    const broken = await faultline(['check', written(txn(0, ':invoke', '[[:r]]')), '--isolation', 'serializable']);
    expect(broken.error).toMatch(/history\.edn:1:1 expected the :value of a :txn to be a vector of \[:r key nil\]/);
    expect(broken.code).toBe(2);
    const other = await faultline(['check', written(write), '--isolation', 'serializable']);
    expect(other.error).toMatch(/isolation is about transactions \(:f :txn\), not 'write'/);
    expect(other.code).toBe(2);
  });

  test('refuses a broken file with the place, an unknown specification, and one that does not fit', async () => {
    const broken = await faultline(['check', written(`${write} {:process`), '--spec', 'register']);
    expect(broken.error).toMatch(/history\.edn:1:\d+ this '\{' is never closed/);
    expect(broken.code).toBe(2);
    const unknown = await faultline(['check', written(write), '--spec', 'registr']);
    expect(unknown.error).toMatch(/unknown specification 'registr'; known: .*register/);
    expect(unknown.code).toBe(2);
    const misfit = await faultline(['check', written(write), '--spec', 'counter']);
    expect(misfit.error).toMatch(/'counter' does not know 'write'/);
    expect(misfit.code).toBe(2);
  });
});

describe('a wrong call exits with 2, says what is wrong, and does nothing', () => {
  const wrong: readonly (readonly [readonly string[], RegExp])[] = [
    [['frobnicate'], /unknown command 'frobnicate'; known: explore, /],
    [['explroe'], /unknown command 'explroe'; did you mean explore\?/],
    [['explore', '--sed', '3', ...SYSTEMS], /unknown option --sed; did you mean --seeds\?/],
    [['explore', '--zzzzzz', ...SYSTEMS], /unknown option --zzzzzz\n/],
    [['explore', 'suond', ...SYSTEMS], /unknown system 'suond'; did you mean sound\? known: /],
    [
      ['explore', '--mutant', 'CH-99'],
      /^.*unknown mutant 'CH-99'; did you mean CH-09 or .*\? faultline list shows all \d+\n$/,
    ],
    [['explore', 'nothing', ...SYSTEMS], /unknown system 'nothing'; known: .*naive-register/],
    [['explore', '--mutant', 'XX-9', ...SYSTEMS], /unknown mutant 'XX-9'; known: none/],
    [['explore', '--all-mutants', ...SYSTEMS], /no mutant to try: .*naive-register.* have none/],
    [['explore', '--all-mutants', '--mutant', 'CH-07'], /--mutant and --all-mutants exclude each other/],
    [['explore', '--strategy', 'luck'], /unknown strategy 'luck'; known: uniform, swarm/],
    [['explore', '--seeds', 'many', ...SYSTEMS], /--seeds takes a positive whole number; got "many"/],
    [['explore', '--seeds', '-5', ...SYSTEMS], /--seeds takes a positive whole number; got -5/],
    [['explore', '--seeds', '0', ...SYSTEMS], /--seeds takes a positive whole number; got 0/],
    [['explore', '--mutant', ',', ...SYSTEMS], /--mutant takes names, separated by commas/],
    [['explore', '--workers', '100000', ...SYSTEMS], /--workers takes at most \d+ on this machine; got 100000/],
    [['explore', '--systems', 'properties'], /--systems: \S+properties is a folder; name a module in it/],
    [['golden', 'sound', '--folder', 'package.json', ...SYSTEMS], /cannot write to package\.json: .* is a file/],
    [
      ['replay', 'package.json/x', ...SYSTEMS],
      /cannot read package\.json\/x: there is a file where its path needs a folder/,
    ],
    [['explore', '--from', '-1', ...SYSTEMS], /--from takes a whole number, 0 or more; got -1/],
    [['explore', 'sound', '--out', 'package.json', ...SYSTEMS], /cannot write to package\.json/],
    [['regressions', '--folder', 'nowhere', ...SYSTEMS], /there is no folder 'nowhere'/],
    [['regressions', '--folder', 'package.json', ...SYSTEMS], /there is no folder 'package\.json'/],
    [['regressions', '--folder', 'package.json/in', ...SYSTEMS], /there is no folder 'package\.json\/in'/],
    [['golden', '--check', '--folder', 'nowhere', ...SYSTEMS], /there is no folder 'nowhere'/],
    [['explore', '--systems', 'nowhere.ts'], /there is no file .*nowhere\.ts/],
    [['explore', '--systems', 'framework/kernel/time.ts'], /exports no system/],
    [['replay', 'nowhere.json', ...SYSTEMS], /cannot read nowhere\.json/],
  ];
  for (const [args, message] of wrong)
    test(`faultline ${args.join(' ')}`, async () => {
      const { code, out, error } = await faultline(args);
      expect(error).toMatch(message);
      expect(out).toBe('');
      expect(code).toBe(2);
    });

  test('a file that is no finding: every problem is printed', async () => {
    const path = join(folder, 'broken.json');
    writeFileSync(path, '{"faultline":"finding","version":1,"plan":{}}');
    const { code, error } = await faultline(['replay', path, ...SYSTEMS]);
    expect(error).toMatch(/is not a finding that can be replayed:/);
    expect(error).toMatch(/ {2}system: /);
    expect(error).toMatch(/ {2}plan\.seed: /);
    expect(code).toBe(2);
  });

  test('help is named where it helps: after a wrong call, not after a wrong file', async () => {
    const called = await faultline(['explore', '--seeds', '0', ...SYSTEMS]);
    expect(called.error).toMatch(/\nSee faultline explore --help\.\n$/);
    const read = await faultline(['replay', 'nowhere.json', ...SYSTEMS]);
    expect(read.error).toMatch(
      /cannot read nowhere\.json: there is no such file; explore and failing tests leave findings/,
    );
    expect(read.error).not.toContain('--help');
  });

  test('a variable that nobody knows, and one that only tests in vitest know', async () => {
    const unknown = await faultline(['list', 'sound', ...SYSTEMS], { env: { FAULTLINE_SEEDS: '7' } });
    expect(unknown.error).toMatch(/the environment has FAULTLINE_SEEDS, which faultline does not know/);
    expect(unknown.code).toBe(2);
    const args = ['explore', 'sound', '--seeds', '5', '--out', folder, ...SYSTEMS];
    const ignored = await faultline(args, { env: { FAULTLINE_SEED: '7' } });
    expect(ignored.error).toMatch(
      /FAULTLINE_SEED is for tests in vitest, and ignored here; .* --from <seed> --seeds 1/,
    );
    expect(ignored.out).toMatch(/sound +– +5 /);
  });

  test('a folder that cannot be made: none of the others is', async () => {
    const cwd = mkdtempSync(join(tmpdir(), 'faultline-unmade-'));
    try {
      writeFileSync(join(cwd, 'a-file'), '');
      const systems = ['--systems', resolve('properties/fixtures/systems.ts')];
      for (const args of [
        ['--ci', 'a-file'],
        ['--ci', 'a-file/in/it'],
        ['--save', '--out', 'deep/out', '--ci', 'a-file'],
      ]) {
        const { error, code } = await faultline(['explore', 'sound', '--seeds', '5', ...args, ...systems], { cwd });
        expect(error).toMatch(
          /cannot write to a-file\S*: (a-file is a file, not a folder|no folder can be made in \S+a-file )/,
        );
        expect(code).toBe(2);
        expect(readdirSync(cwd)).toEqual(['a-file']);
      }
    } finally {
      rmSync(cwd, { recursive: true });
    }
  }, 60_000);

  test.skipIf(!existsSync('/proc/self'))(
    'a folder in /proc, where nothing can be made, and mkdir does not say why',
    async () => {
      const { error, code } = await faultline(['explore', 'sound', '--out', '/proc/nope/deeper', ...SYSTEMS]);
      expect(error).toMatch(/cannot write to \/proc\/nope\/deeper: no folder can be made in \/proc /);
      expect(code).toBe(2);
    },
  );

  describe('a file of another kind is told from a broken one', () => {
    const kept = readdirSync('histories/regressions').find((name) => name.endsWith('.json')) ?? '';
    const finding = join('histories/regressions', kept);
    const history = '{:process 0, :type :invoke, :f :read, :value nil}';
    const files: readonly (readonly [what: string, text: string, RegExp])[] = [
      ['an object', '{}', /it does not begin as one does, with "faultline": "(finding|report)"; \w/],
      ['a list', '[]', /it is a list; \w/],
      ['a number', '7', /it is nothing but 7; \w/],
      ['text', 'hello', /not JSON \(cut short, perhaps\): .*; \w/],
      ['a history', history, /it is a history, which faultline check judges; \w/],
      [
        'golden digests',
        readFileSync('histories/golden/chain.json', 'utf8'),
        /it has golden digests, which faultline golden compares/,
      ],
    ];
    const commands = ['replay', 'open', 'merge'];
    test.each(files)(
      '%s',
      async (_, text, says) => {
        const path = join(folder, 'other.json');
        writeFileSync(path, text);
        for (const command of commands) {
          const { error, code } = await faultline([command, path]);
          expect(error).toContain(`faultline: ${path} is no`);
          expect(error).toMatch(says);
          expect(error).not.toMatch(/invalid|undefined/i);
          expect(code).toBe(2);
        }
      },
      60_000,
    );

    test('a finding, where there should be a report or a history', async () => {
      expect((await faultline(['merge', finding])).error).toMatch(/it is a finding, which faultline replay takes/);
      expect((await faultline(['check', finding, '--spec', 'register'])).error).toMatch(
        /is no history: it is a finding, which faultline replay takes/,
      );
    });

    test('a folder, and a kept finding that is broken', async () => {
      expect((await faultline(['replay', folder])).error).toMatch(
        /cannot read \S+: it is a folder, not a file; explore/,
      );
      const cwd = mkdtempSync(join(tmpdir(), 'faultline-broken-'));
      copyFileSync(finding, join(cwd, 'a.json'));
      writeFileSync(join(cwd, 'b.json'), '{"faultline":"finding","version":2}');
      const { error, code } = await faultline(['regressions', '--folder', cwd]);
      rmSync(cwd, { recursive: true });
      expect(error).toMatch(
        /b\.json is not a finding that can be replayed:\n {2}version: expected 1, got 2\n {2}system: missing/,
      );
      expect(code).toBe(2);
    });
  });

  describe('a finding that cannot be replayed', () => {
    const campaign = new Campaign(naive);
    const plan = campaign.runSeed('0').run.plan;
    const about = { system: 'naive-register', mutant: null, seed: '0', signature: 'x: y', explanation: '' };
    const finding = { faultline: 'finding', version: 1, ...about, digest: '0123456789abcdef', trail: '', plan };
    const faults = [{ kind: 'pause', at: 1, node: 'tertiary', forMicros: 5 }];
    const unwilling: readonly (readonly [what: string, text: string, RegExp])[] = [
      ['an empty file', '', /is empty/],
      ['half a file', JSON.stringify(finding).slice(0, 200), /not JSON \(cut short, perhaps\)/],
      ['no plan', JSON.stringify({ ...finding, plan: undefined }), / {2}plan/],
      ['a seed that is no text', JSON.stringify({ ...finding, seed: 7 }), / {2}seed: expected a text, got 7/],
      ['a negative time', JSON.stringify({ ...finding, plan: { ...plan, healAt: -1 } }), / {2}plan\.healAt: /],
      [
        'another system',
        JSON.stringify({ ...finding, system: 'chian' }),
        /system 'chian', but the systems are .*sound/,
      ],
      ['an unknown mutant', JSON.stringify({ ...finding, mutant: 'XX-1' }), /has no mutant 'XX-1'; its mutants: none/],
      ['an unknown node', JSON.stringify({ ...finding, plan: { ...plan, faults } }), /the plan names tertiary, but/],
    ];
    for (const [what, text, message] of unwilling)
      test(what, async () => {
        const path = join(folder, 'unwilling.json');
        writeFileSync(path, text);
        const { code, out, error } = await faultline(['replay', path, ...SYSTEMS]);
        expect(error).toContain(`faultline: ${path}`);
        expect(error).toMatch(message);
        expect(out).toBe('');
        expect(code).toBe(2);
      });
  });
});
