/** The picture of a run: well-formed whatever is in it, legible whatever its size, and true to the trace. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  judge,
  simulate,
  spaceTimeSvg,
  type Fault,
  type Failure,
  type Run,
  type System,
  type TraceEvent,
} from 'faultline';
import {
  cdc,
  chain,
  chainSystem,
  changeConsumers,
  corfu,
  craq,
  craqSystem,
  fawn,
  primaryBackupSync,
  raft,
  shard,
  systems,
} from 'faultline/models';
import { parseFinding, replay } from '../framework/explore/finding.js';
import { planGenerator } from '../framework/plan/arbitrary.js';
import { causalPast, type Moment } from '../framework/report/causal-past.js';
import { causesOf, messageKey } from '../framework/report/causes.js';
import { sceneOf } from '../framework/report/space-time-scene.js';
import { COLOURS } from '../framework/report/space-time-style.js';
import { overlaps, readSvg, type Drawing } from './fixtures/svg.js';

const FOLDER = 'histories/regressions';

interface Drawn {
  readonly run: Run;
  readonly failure: Failure | undefined;
  readonly certainFrom: number | undefined;
}

function regression(file: string): Drawn {
  const parsed = parseFinding(readFileSync(`${FOLDER}/${file}`, 'utf8'));
  if (parsed.kind !== 'ok') throw new Error(`${file} is malformed`);
  const system = systems.find(({ name }) => name === parsed.value.system);
  if (system === undefined) throw new Error(`${file} is of no system`);
  const result = replay(system, parsed.value);
  if (result.kind === 'misfit') throw new Error(`${file} does not fit`);
  const failure = result.kind === 'not-reproduced' ? undefined : result.failure;
  return { run: result.run, failure, certainFrom: parsed.value.pointOfNoReturn?.step };
}

const named = (beginning: string): Drawn => {
  const file = readdirSync(FOLDER).find((name) => name.startsWith(beginning));
  if (file === undefined) throw new Error(`no regression begins with ${beginning}`);
  return regression(file);
};

const draw = ({ run, failure, certainFrom }: Drawn): string => spaceTimeSvg(run, failure, { certainFrom });

/** No lane, arrow or edge of a fault is drawn over any words; those across the picture lie on paper. */
function expectWordsAbove(svg: string): void {
  const picture = svg.slice(svg.indexOf('<path class="lane'), svg.indexOf('<g transform='));
  const lines = ['lane', 'flight', 'band', 'edge', 'rule', 'break', 'cross', 'head', 'bar'];
  const last = Math.max(...lines.map((line) => picture.lastIndexOf(`class="${line}`)));
  expect(last).toBeGreaterThan(0);
  expect(picture.indexOf('<text')).toBeGreaterThan(last);
  for (const [, x, width, words = ''] of picture.matchAll(
    /<rect class="paper" x="(\d+)"[^>]* width="(\d+)"[^>]*\/><text x="\d+" y="\d+">([^<]*)</g,
  ))
    expect(Number(x) + Number(width)).toBeGreaterThan(Number(x) + 6.65 * words.length);
  expect(picture.match(/<text[^>]*>◆/g)?.length).toBe(picture.match(/<rect class="paper"[^>]*><text[^>]*>◆/g)?.length);
}

function expectLegible(drawing: Drawing): void {
  expect(overlaps(drawing.labels)).toEqual([]);
  const outside = drawing.labels.filter(
    ({ left, right, top, bottom }) => left < 0 || right > drawing.width || top < 0 || bottom > drawing.height,
  );
  expect(outside).toEqual([]);
}

/** Arrivals and losses between two nodes: each of them is drawn, or counted. */
const passages = ({ trace = [] }: Run): number =>
  trace.filter((event) => (event.kind === 'deliver' ? event.from !== event.node : event.kind === 'lost')).length;

/** Not those of the key, which say nothing of themselves. */
const isFlight = ({ classes, title }: Drawing['groups'][number]): boolean =>
  title !== '' && classes.some((one) => ['arrives', 'lost', 'copy', 'overtaken'].includes(one));

function expectComplete({ run, failure, certainFrom }: Drawn): void {
  const scene = sceneOf(run, failure, { rowsMax: 200, certainFrom });
  const drawn = scene.items.filter(({ shape }) => shape.kind === 'message').length;
  const others = ['probe', 'final read', 'operation', ''];
  const counted = scene.hidden.filter(({ what }) => !others.includes(what) && !what.endsWith(' fault')).length;
  expect(drawn + counted).toBe(passages(run));
  expect(readSvg(draw({ run, failure, certainFrom })).groups.filter(isFlight)).toHaveLength(drawn);
}

describe('every kept finding', () => {
  test.for(readdirSync(FOLDER).filter((name) => name.endsWith('.json')))('%s', (file) => {
    const drawn = regression(file);
    const svg = draw(drawn);
    expect(draw(drawn)).toBe(svg);
    const drawing = readSvg(svg);
    expectLegible(drawing);
    expectWordsAbove(svg);
    expectComplete(drawn);
    if (drawn.failure !== undefined) expect(drawing.classes.get('star')).toBeGreaterThan(0);
  });
});

test('README shows one of them as it is drawn', () => {
  const path = 'properties/space-time.svg';
  expect(readFileSync('README.md', 'utf8')).toContain(`](${path})`);
  expect(readFileSync(path, 'utf8')).toBe(draw(named('chain--ch-07')));
});

test('two simulations of the same plan give the same picture', () => {
  expect(draw(named('raft--reads-unconfirmed'))).toBe(draw(named('raft--reads-unconfirmed')));
});

describe('of seven nodes and hundreds of messages', () => {
  /** As the generator made it: nothing is shrunk. */
  function unshrunk(system: System, mutant: string): Drawn {
    const generate = planGenerator(system);
    for (let seed = 0; seed < 100; seed++) {
      const plan = generate(seed);
      const { failure } = judge(system, simulate(system, plan, { mutant }));
      if (failure !== undefined)
        return { run: simulate(system, plan, { mutant, trace: true }), failure, certainFrom: undefined };
    }
    throw new Error(`${mutant} was not caught`);
  }

  const large = [
    { mutant: 'CH-03', system: chainSystem({ servers: 6 }) },
    { mutant: 'CQ-07', system: craqSystem({ servers: 6 }) },
  ];
  test.for(large)('what is not in the causal past collapses: $mutant', ({ system, mutant }) => {
    const drawn = unshrunk(system, mutant);
    expect(passages(drawn.run)).toBeGreaterThan(300);
    const svg = draw(drawn);
    const drawing = readSvg(svg);
    expectLegible(drawing);
    expectComplete(drawn);
    expect(drawing.groups.filter(isFlight).length).toBeLessThan(200);
    expect(drawing.groups.filter((one) => isFlight(one) && one.classes.includes('aside'))).toEqual([]);
    expect(drawing.width).toBeLessThan(2_400);
    expect(drawing.height).toBeLessThan(7_000);
    expect(svg.length).toBeLessThan(150_000);
    expect(drawing.labels.some(({ words }) => /^Not drawn: .*heartbeat ×\d+/.test(words))).toBe(true);
  });

  test('never more events than asked for', () => {
    const drawn = unshrunk(chainSystem({ servers: 6 }), 'CH-03');
    const few = readSvg(spaceTimeSvg(drawn.run, drawn.failure, { eventsMax: 20 }));
    expect(few.groups.filter(isFlight).length).toBeLessThanOrEqual(20);
    expectLegible(few);
    expect(few.classes.get('star')).toBeGreaterThan(0);
  });
});

// --- A run written by hand: c1 asks a, a tells b and c; b answers, c is cut off; then c1 asks again. ---

const PAUSE: Fault = { kind: 'pause', at: 40, node: 'c', forMicros: null };
const FAULTS: readonly Fault[] = [
  PAUSE,
  { kind: 'crash', at: 40, node: 'b', forMicros: 5, unsyncedKeptPercent: 0 },
  { kind: 'partition', at: 40, from: ['a'], to: ['c'], direction: 'both', forMicros: null },
  { kind: 'slowDisk', at: 40, node: 'b', extraMicros: 3, forMicros: null },
  { kind: 'clock', at: 40, node: 'c', offsetMicros: 2_000, driftPerMillion: 0 },
  { kind: 'control', at: 40, node: 'a', control: 'campaign', argument: '' },
];

type Told = TraceEvent extends infer E
  ? E extends TraceEvent
    ? Omit<E, 'step' | 'time'> & { step?: number }
    : never
  : never;

const put = { kind: 'put', key: 'x', value: 1 };
const get = (key: string) => ({ kind: 'get', key });

function byHand(): TraceEvent[] {
  const message = (kind: string) => ({ kind, text: 'hello' });
  const send = (from: string, to: string, nth: number, kind: string, copies = 1) =>
    ({
      kind: 'send',
      from,
      to,
      nth,
      message: message(kind),
      delaysMicros: Array.from({ length: copies }, () => 1),
    }) as const;
  const deliver = (from: string, node: string, nth: number, kind: string, cause: number) =>
    ({ kind: 'deliver', node, from, nth, cause, message: message(kind) }) as const;
  const events: Told[] = [
    { step: 0, kind: 'role', node: 'a', role: 'leader' },
    { step: 1, kind: 'invoke', node: 'c1', process: 0, operation: put },
    send('c1', 'a', 0, 'request'),
    { step: 2, ...deliver('c1', 'a', 0, 'request', 1) },
    send('a', 'b', 0, 'copy-first'),
    send('a', 'b', 1, 'copy-second', 2),
    send('a', 'c', 0, 'copy-lost'),
    { kind: 'lost', from: 'a', to: 'c', nth: 0, reason: 'cut off' },
    { step: 3, ...deliver('a', 'b', 1, 'copy-second', 2) },
    { step: 4, ...deliver('a', 'b', 0, 'copy-first', 2) },
    { step: 5, ...deliver('a', 'b', 1, 'copy-second', 2) },
    { step: 6, kind: 'timer', node: 'c', timer: 'tick', key: '', cause: 0 },
    send('c', 'b', 0, 'gossip'),
    ...FAULTS.map((fault, place) => ({ step: 7 + place, kind: 'fault-begins', fault }) as const),
    { step: 8 + FAULTS.length, kind: 'down', node: 'b', unsyncedWritesLost: 3 },
    { step: 9 + FAULTS.length, kind: 'up', node: 'b' },
    ...FAULTS.map((fault, place) => ({ step: 20 + place, kind: 'fault-ends', fault }) as const),
    { step: 30, kind: 'phase', phase: 'heal' },
    { step: 31, kind: 'synced', node: 'b', timer: 'stored', key: '', cause: 3 },
    send('b', 'a', 0, 'stored'),
    { step: 32, kind: 'role', node: 'b', role: 'tail' },
    { step: 33, ...deliver('b', 'a', 0, 'stored', 31) },
    send('a', 'c1', 0, 'reply'),
    { step: 34, ...deliver('a', 'c1', 0, 'reply', 33) },
    { kind: 'complete', node: 'c1', process: 0, completion: { type: 'ok', result: 7 } },
    { step: 35, ...deliver('c', 'b', 0, 'gossip', 6) },
    { step: 36, kind: 'invoke', node: 'c1', process: 0, operation: get('x') },
    { kind: 'complete', node: 'c1', process: 0, completion: { type: 'info', reason: 'no answer' } },
    { step: 37, kind: 'invoke', node: 'c1', process: 1, operation: get('y') },
    { step: 38, kind: 'state', node: 'b', patches: [] },
    { step: 39, kind: 'phase', phase: 'end' },
  ];
  let step = 0;
  return events.map((event): TraceEvent => {
    step = event.step ?? step;
    return { ...event, step, time: step * 10 };
  });
}

function runByHand(): Drawn {
  const { run } = named('chain--ch-07');
  const history: Run['history'] = [
    { type: 'invoke', process: 0, time: 10, operation: put },
    { type: 'ok', process: 0, time: 340, result: 7 },
  ] as unknown as Run['history'];
  const failure = { promise: 'p', signature: 'p: broken', explanation: 'It broke.', operations: [0] };
  const plan = { ...run.plan, clients: 1 };
  const outcome = { kind: 'completed' } as const;
  const servers = ['a', 'b', 'c'];
  return { run: { ...run, plan, servers, history, trace: byHand(), outcome }, failure, certainFrom: 5 };
}

describe('a run written by hand', () => {
  const drawn = runByHand();
  const drawing = readSvg(draw(drawn));
  const flights = drawing.groups.filter(isFlight);
  const flight = (beginning: string) =>
    flights.filter(({ title }) => title.startsWith(beginning)).map(({ classes }) => classes);

  test('its causal past is what led to the answer', () => {
    const trace = drawn.run.trace ?? [];
    const past = causalPast(trace, causesOf(trace), [{ node: 'c1', step: 34 }]);
    const moments: readonly (readonly [string, number, boolean])[] = [
      ['c1', 1, true],
      ['a', 2, true],
      ['b', 3, true],
      // Before b sent its answer, on b.
      ['b', 4, true],
      ['b', 5, true],
      ['b', 31, true],
      ['a', 33, true],
      ['c1', 34, true],
      // c told nobody in time; b became the tail, and heard of c, after it had answered.
      ['c', 6, false],
      ['b', 32, false],
      ['b', 35, false],
      ['c1', 36, false],
    ];
    for (const [node, step, expected] of moments)
      expect([node, step, past.has({ node, step })]).toEqual([node, step, expected]);
  });

  test('a new process of a client knows nothing of the old one', () => {
    const trace = drawn.run.trace ?? [];
    const past = causalPast(trace, causesOf(trace), [{ node: 'c1', step: 37 }]);
    expect(past.has({ node: 'c1', step: 37 })).toBe(true);
    expect(past.has({ node: 'c1', step: 36 })).toBe(false);
  });

  test('messages of the operation stand out, others are in its past or faded', () => {
    expect(flight('c1 → a: request')).toEqual([['culprit', 'arrives']]);
    expect(flight('a → c1: reply')).toEqual([['culprit', 'arrives']]);
    expect(flight('c → b: gossip')).toEqual([['aside', 'arrives']]);
    expect(drawing.groups.filter(({ title }) => title.includes('get y')).map(({ classes }) => classes[0])).toContain(
      'aside',
    );
  });

  test('lost ones end in a cross with the reason, copies and overtaken ones are marked', () => {
    expect(flight('a → c: copy-lost')).toEqual([['culprit', 'lost']]);
    expect(drawing.labels.filter(({ words }) => words.includes('(cut off)'))).toHaveLength(1);
    expect(flight('a → b: copy-second')).toEqual([
      ['culprit', 'copy'],
      ['culprit', 'copy'],
    ]);
    expect(flight('a → b: copy-first')).toEqual([['culprit', 'overtaken']]);
    expect(new Set(drawing.titles.filter((title) => /copy-second.*\(copy [12]\/2/.test(title))).size).toBe(2);
  });

  test('faults are bands of their family, a process that is down is drawn so, with what it lost', () => {
    for (const family of ['pause', 'link', 'disk', 'clock', 'control'])
      expect(drawing.groups.filter(({ classes }) => classes[0] === family).length).toBeGreaterThanOrEqual(3);
    expect(drawing.classes.get('field')).toBe(1);
    expect(drawing.classes.get('down')).toBe(2);
    expect(drawing.titles.some((title) => title.includes('3 unsynced writes lost'))).toBe(true);
    expect(drawing.titles.some((title) => title.startsWith('b crashes'))).toBe(true);
  });

  test('operations are bars with their results, one of them open', () => {
    const words = drawing.labels.map((label) => label.words);
    for (const expected of [
      'put x 1',
      '→ ok: 7',
      '→ outcome unknown: no answer',
      'get y',
      'leader',
      'tail',
      '— everything heals —',
      '— end —',
      '◆ from here on the failure is certain',
    ])
      expect(words.filter((one) => one === expected || (expected === '→ ok: 7' && one.startsWith('→ ok')))).not.toEqual(
        [],
      );
    expect(drawing.titles.some((title) => title.includes('never completed'))).toBe(true);
    expectLegible(drawing);
  });
});

test('the causal past is what vector clocks say it is', () => {
  const { run } = named('raft--reads-unconfirmed');
  const trace = run.trace ?? [];
  const { messages } = causesOf(trace);
  // By moment, how much of every node's doings is known there: Fidge and Mattern's clocks.
  const clocks = new Map<string, Map<string, number>>();
  const own = new Map<string, number>();
  const latest = new Map<string, Map<string, number>>();
  const keyOf = ({ node, step }: Moment) => `${node}@${step}`;
  const moments: Moment[] = [];
  for (const event of trace) {
    if (['state', 'disk', 'lost', 'phase'].includes(event.kind) || event.kind.startsWith('fault')) continue;
    const node = event.kind === 'send' ? event.from : 'node' in event ? event.node : '';
    const moment = { node, step: event.step };
    let clock = clocks.get(keyOf(moment));
    if (clock === undefined) {
      clock = new Map(latest.get(node));
      clock.set(node, (clock.get(node) ?? 0) + 1);
      clocks.set(keyOf(moment), clock);
      own.set(keyOf(moment), clock.get(node) ?? 0);
      latest.set(node, clock);
      moments.push(moment);
    }
    if (event.kind !== 'deliver') continue;
    const sent = messages.get(messageKey(event.from, event.node, event.nth));
    for (const [other, count] of clocks.get(keyOf({ node: event.from, step: sent?.step ?? -1 })) ?? [])
      clock.set(other, Math.max(clock.get(other) ?? 0, count));
  }
  expect(moments.length).toBeGreaterThan(500);
  // Each client keeps its process here, so that a lane is a process.
  const processes = new Set(
    trace.flatMap((event) => (event.kind === 'invoke' ? [`${event.node} ${event.process}`] : [])),
  );
  expect(processes.size).toBe(2);
  for (const end of moments.filter((_, place) => place % 97 === 0)) {
    const past = causalPast(trace, { messages }, [end]);
    const known = clocks.get(keyOf(end)) ?? new Map<string, number>();
    for (const moment of moments)
      expect(past.has(moment)).toBe((own.get(keyOf(moment)) ?? 0) <= (known.get(moment.node) ?? 0));
  }
});

describe('nothing in a run can break its picture', () => {
  /** Every text of `value` replaced; names of fields and kinds stay. */
  function disturbed<T>(value: T, replace: (text: string) => string, field = ''): T {
    if (typeof value === 'string') return (['kind', 'type'].includes(field) ? value : replace(value)) as T;
    if (Array.isArray(value)) return value.map((one: unknown) => disturbed(one, replace, field)) as T;
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, one]) => [key, disturbed(one as unknown, replace, key)]),
    ) as T;
  }

  const hostile = [
    `"><script>alert('x')</script>&amp;<!--`,
    ']]></style></svg>',
    'tab\tnew\nline\r\u0000\u0007\u001b[31m\u007f\uFFFE',
    '\u202Eright to left\u2066 zero\u200Bwidth',
    '\uD800 lone, 😀, 漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字',
    'x'.repeat(5_000),
  ];

  test.for(hostile)('%j', (text) => {
    const { run, failure } = named('chain--ch-01');
    const replace = (one: string) => (/^c\d+$/.test(one) ? one : one + text);
    const given = {
      run: disturbed({ ...run, system: text, mutant: text }, replace),
      failure: failure === undefined ? undefined : disturbed(failure, replace),
      certainFrom: undefined,
    };
    // The kinds of messages too.
    for (const event of given.run.trace ?? [])
      if (event.kind === 'send')
        Object.assign(event, { message: { ...event.message, kind: event.message.kind + text } });
    const drawing = readSvg(draw(given));
    expect([...drawing.elements.keys()].toSorted()).toEqual([
      'circle',
      'desc',
      'g',
      'path',
      'rect',
      'style',
      'svg',
      'text',
      'title',
    ]);
    expect(drawing.titles.length).toBeGreaterThan(20);
    expectLegible(drawing);
    for (const { words } of drawing.labels) expect(words).not.toMatch(/[\u202A-\u202E\u2066-\u2069\u200B]/);
  });

  test('it says what it is to those who do not see it', () => {
    const drawn = named('chain--ch-01');
    const svg = draw(drawn);
    expect(svg).toMatch(/^<svg [^>]* role="img">\n<title>chain \(mutant CH-01\): [^<]+<\/title>\n<desc>[^<]+<\/desc>/);
    expect(svg).not.toMatch(/<script|href|url\(|@import/);
  });
});

describe('colours', () => {
  const luminance = (colour: string): number => {
    const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
      const part = parseInt(colour.slice(at, at + 2), 16) / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const contrast = (one: string, other: string): number => {
    const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  };

  test.for([0, 1] as const)('text has the contrast of WCAG AA on its background (%i)', (scheme) => {
    const { paper, lane, operation, 'culprit-fill': fill, ...texts } = COLOURS;
    for (const [name, colours] of Object.entries(texts))
      expect([name, contrast(colours[scheme], paper[scheme]) >= 4.5]).toEqual([name, true]);
    // What is no text must be seen: 3 to 1 for the edge of a bar on its filling and on the background.
    expect(contrast(texts['operation-edge'][scheme], operation[scheme])).toBeGreaterThan(3);
    expect(contrast(texts.culprit[scheme], fill[scheme])).toBeGreaterThan(3);
    expect(contrast(lane[scheme], paper[scheme])).toBeGreaterThan(1.3);
  });
});

describe('roles', () => {
  const changes = [
    { system: chain, name: chain.name, expected: /^(head|tail) of chain 2$/ },
    { system: craq, name: craq.name, expected: /^(head|tail) of chain 2$/ },
    { system: raft, name: raft.name, expected: /^leader, term \d+$/ },
    { system: primaryBackupSync, name: primaryBackupSync.name, expected: /^primary, term \d+$/ },
    { system: fawn, name: fawn.name, expected: /^arcs: .*joins \d/ },
    { system: shard, name: shard.name, expected: /^primary of [ab]: slots 0 1/ },
    { system: corfu, name: corfu.name, expected: /^head, epoch [2-9]/ },
    { system: cdc, name: cdc.name, expected: /^streaming$/ },
    { system: changeConsumers, name: changeConsumers.name, expected: /^owner of partitions \d \d/ },
  ];

  test.for(changes)(
    '$name tells what its nodes become, and runs the same whether asked or not',
    ({ system, expected }) => {
      const generate = planGenerator(system);
      const seen = new Set<string>();
      for (let seed = 0; seed < 20; seed++) {
        const plan = generate(seed);
        const traced = simulate(system, plan, { trace: true });
        expect(traced.digest).toBe(simulate(system, plan).digest);
        for (const event of traced.trace ?? []) if (event.kind === 'role' && event.step > 0) seen.add(event.role);
      }
      expect([...seen].some((role) => expected.test(role))).toBe(true);
    },
  );

  test('a change is told once, and again after a restart', () => {
    const { run } = named('raft--forgets-vote');
    const last = new Map<string, string>();
    for (const event of run.trace ?? []) {
      if (event.kind === 'down') last.delete(event.node);
      if (event.kind !== 'role') continue;
      expect(last.get(event.node)).not.toBe(event.role);
      last.set(event.node, event.role);
    }
    expect(last.size).toBe(3);
  });

  test('one that cannot be told changes nothing', () => {
    const broken: System = {
      ...raft,
      cluster: (mutant, servers) => {
        const cluster = raft.cluster(mutant, servers);
        const roleNames = (cluster.roleNames ?? []).map((one) => ({
          ...one,
          describe: () => {
            throw new Error('no idea');
          },
        }));
        return { ...cluster, roleNames };
      },
    };
    const plan = planGenerator(raft)(0);
    const traced = simulate(broken, plan, { trace: true });
    expect(traced.outcome).toEqual({ kind: 'completed' });
    expect(traced.digest).toBe(simulate(raft, plan).digest);
    const roles = (traced.trace ?? []).flatMap((event) => (event.kind === 'role' ? [event.role] : []));
    expect(new Set(roles)).toEqual(new Set(['unknown: roleName threw no idea']));
  });
});
