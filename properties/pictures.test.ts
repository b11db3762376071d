/** The pictures of a run agree: text, SVG and explorer have the same lanes in the same order, and say the same of operations. */
import { describe, expect, test } from 'vitest';
import { replay } from '../framework/explore/finding.js';
import { wordsOf } from '../framework/explorer/words.js';
import { describeOperation } from '../framework/history/vocabulary.js';
import { recordingOf } from '../framework/recording/recording.js';
import { describeMessage } from '../framework/report/describe.js';
import { spaceTimeDiagram } from '../framework/report/space-time-diagram.js';
import { spaceTimeSvg } from '../framework/report/space-time-svg.js';
import type { AnyMessage } from '../framework/world/protocol.js';
import { firstFinding, keptFindings, type FoundIn } from './fixtures/kept-finding.js';
import { readSvg } from './fixtures/svg.js';
import { naive } from './readme-example.js';

const kept = keptFindings();
const families = [
  'chain-replicated--ch-07',
  'primary-backup-sync--pbs-18',
  'raft--reads-unconfirmed',
  'dynamo--dy-02',
  'crdt-operations--insertion-order',
  'event-store-aggregates--refuses-from-cache',
  'cdc--db-06',
  'fawn--old-tail-answers',
];

async function found(name: string): Promise<FoundIn> {
  if (name === naive.name) return firstFinding(naive);
  const one = kept.find(({ path }) => path.includes(`/${name}`));
  if (one === undefined) throw new Error(`no finding that is kept begins with ${name}`);
  return one;
}

describe.each([naive.name, ...families])('%s', (name) => {
  const shown = async () => {
    const { system, finding } = await found(name);
    const result = replay(system, finding);
    if (result.kind === 'misfit') throw new Error(`${name} does not fit`);
    const { run } = result;
    // Room for everything: nothing is cut or left out.
    const text = spaceTimeDiagram(run, undefined, { columnsMax: 2_000, rowsMax: 100_000 });
    const svg = readSvg(spaceTimeSvg(run, undefined, { eventsMax: 100_000 }));
    const recording = recordingOf(system, finding, { otherStepsMax: 0 });
    const declared = Object.keys(system.cluster(finding.mutant ?? undefined, finding.plan.servers).nodes);
    return { run, text, svg, recording, declared };
  };

  test('its lanes are clients, then servers as they are declared, in every picture', async () => {
    const { run, text, svg, recording, declared } = await shown();
    const clients = Array.from({ length: run.plan.clients }, (_, index) => `c${index + 1}`);
    const expected = [...clients, ...declared];
    expect(recording.nodes.map((node) => node.name)).toEqual(expected);
    const inText = (text.split('\n')[0] ?? '').trim().split(/\s+/).slice(1);
    expect(inText).toEqual(expected.filter((node) => inText.includes(node)));
    expect(inText.length).toBeGreaterThan(1);
    const top = Math.min(...svg.labels.filter(({ words }) => expected.includes(words)).map((label) => label.top));
    const inSvg = svg.labels
      .filter((label) => label.top === top)
      .toSorted((one, other) => one.left - other.left)
      .map(({ words }) => words);
    expect(inSvg).toEqual(expected.filter((node) => inSvg.includes(node)));
    expect(inText.filter((node) => !inSvg.includes(node))).toEqual([]);
  });

  test('what clients were told is said in the same words', async () => {
    const { text, svg, recording } = await shown();
    const inText = [...text.matchAll(/(c\d+) \(process (\d+)\): (ok\b.*|failed: .*|outcome unknown: .*)$/gm)];
    expect(inText.length).toBeGreaterThan(0);
    const inPage = recording.run.events.flatMap((event) =>
      event.kind === 'complete' ? [wordsOf(event, () => undefined).replaceAll(/\s+/g, ' ')] : [],
    );
    for (const [, node, process, words = ''] of inText) {
      const who = `${node} (process ${process})`;
      const beginning = `${who} ${words}`.slice(0, 80);
      expect(inPage.some((line) => line.startsWith(beginning))).toBe(true);
      expect(svg.titles.some((title) => title.startsWith(`${who}: → ${words}, `))).toBe(true);
    }
  });
});

/** The run of a finding that is kept, or of the example of README, and how it fails. */
async function failing(name: string) {
  const { system, finding } = await found(name);
  const result = replay(system, finding);
  if (result.kind !== 'reproduced') throw new Error(`${name} does not fail as it did`);
  return { ...result, certainFrom: finding.pointOfNoReturn?.step };
}

test('an answer of nil is said as nil, in messages too, and nothing says null', async () => {
  const { run, failure } = await failing(naive.name);
  const text = spaceTimeDiagram(run, failure);
  expect(text).toContain('ok: nil');
  expect(text).toContain('value=nil');
  expect(`${text}${spaceTimeSvg(run, failure)}`).not.toMatch(/\bnull\b/);
});

test('the message that answered an operation is drawn, however often its kind is sent', async () => {
  const { run, failure } = await failing('chain-replicated--ch-07');
  const lines = spaceTimeDiagram(run, failure).split('\n');
  const answered = lines.findIndex((line) => line.endsWith('c1 (process 0): ok'));
  expect(lines[answered - 1]).toMatch(/◀.*● .*reply/);
});

test('a timer that led to the failure by what it sent is drawn, others are not', async () => {
  const { run, failure, certainFrom } = await failing('chain--ch-03');
  const lines = spaceTimeDiagram(run, failure, { certainFrom }).split('\n');
  const fired = lines.findIndex((line) => line.endsWith('s2: timer retransmit'));
  expect(lines[fired]).toMatch(/^ +132\.400 .*◷/);
  expect(lines[fired + 1]).toMatch(/^ +132\.600 .*◀─+● +│ +ask number=3/);
  expect(lines.filter((line) => line.includes('timer heartbeat'))).toEqual([]);
  const { titles } = readSvg(spaceTimeSvg(run, failure));
  expect(titles.some((title) => title.startsWith('s2: timer retransmit, 132.400 ms, step '))).toBe(true);
});

test.each([
  ['raft--executes-repetitions', 's1: disk sync done: durable 3'],
  ['crdt-state--cr-08', 'r1: timer gossip'],
  ['azure--appends-after-promise', 'report unsealed=[1,2]'],
])('what makes the failure of %s certain stands right before the row that says so', async (name, words) => {
  const { run, failure, certainFrom } = await failing(name);
  const lines = spaceTimeDiagram(run, failure, { certainFrom }).split('\n');
  const certain = lines.findIndex((line) => line.endsWith('◆ from here on the failure is certain'));
  expect(lines[certain - 1]).toContain(words);
});

test('messages that took another time than most say when they were sent, and decided ones their names in the plan', async () => {
  const { run, failure } = await failing('raft--executes-repetitions');
  const lines = spaceTimeDiagram(run, failure).split('\n');
  // The plan lets two copies of the client's first request arrive, and one answer overtake another.
  expect(lines.filter((line) => line.endsWith(' (message 1), sent at 117.400'))).toHaveLength(2);
  expect(lines.filter((line) => line.endsWith(' (message 24), sent at 118.650'))).toHaveLength(1);
  expect(lines.filter((line) => line.includes('sent at'))).toHaveLength(3);
  const { titles } = readSvg(spaceTimeSvg(run, failure));
  expect(titles.some((title) => / \(message 24, overtaken\); sent 118\.650 ms, arrived 120\.650 ms/.test(title))).toBe(
    true,
  );
  const narrow = spaceTimeDiagram(run, failure, { columnsMax: 66 }).split('\n');
  const below = narrow.findIndex((line) => line.endsWith('(message 24), sent at 118.650'));
  expect(narrow[below]).toMatch(/^ +│ +│ +│ +│ +\(message/);
  expect(narrow[below - 1]).toContain('appended');
  for (const line of narrow) expect(line.length).toBeLessThanOrEqual(66);
});

test('in a narrow terminal the words of faults and of operations go on in the next line, beside the lanes', async () => {
  const { run, failure, certainFrom } = await failing('chain-replicated--ch-07');
  const lines = spaceTimeDiagram(run, failure, { columnsMax: 78, certainFrom }).split('\n');
  const paused = lines.findIndex((line) => line.includes('⚡ s3 is paused'));
  expect(lines[paused + 1]).toMatch(/^ +│( +│)+ +┊ +healing$/);
  const certain = lines.findIndex((line) => line.includes('◆ from here on'));
  const words = lines.slice(certain, certain + 2).map((line) => line.replace(/^[^│]*│[ │┊]*/, ''));
  expect(words.join(' ')).toBe('◆ from here on the failure is certain');
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(78);
});

test('operations within messages are told in words and first, numbers that nobody reads by their ends', () => {
  const told = (message: AnyMessage & Readonly<Record<string, unknown>>) => describeMessage(message);
  const operation = { kind: 'put', key: 'c', value: 'p13' };
  const request = { session: 'p2', n: 2, operation };
  expect(told({ kind: 'request', request })).toBe('request request={operation:(put c p13),session:p2,n:2}');
  const statements = [
    { kind: 'rekey', table: 'customers', from: 'd', to: 'a' },
    { kind: 'put', table: 'orders', id: 'x' },
  ];
  expect(told({ kind: 'execute', statements })).toBe('execute statements=(rekey customers d a) (put orders x)');
  const transaction = { kind: 'transaction', statements, n: 3 };
  expect(describeOperation(transaction)).toBe('transaction (rekey customers d a) (put orders x) 3');
  expect(told({ kind: 'stored', round: 271_375_721_824_257, at: 13_000_000 })).toBe('stored round=…4257 at=13000000');
});
