/**
 * A history that is not linearizable as a picture: operations as bars, one lane for each process, and the longest legal
 * order as a line through the moments at which they could have taken effect, up to the operation that has none. In the
 * manner of Porcupine's visualizer. Self-contained, without scripts; follows the reader's light or dark scheme.
 */
import type { LinearizabilityViolation } from '../checkers/linearizability/explanation.js';
import type { AnyOperation, History } from '../history/entry.js';
import { operationsOf, type RecordedOperation } from '../history/operations.js';
import { answeredWords } from './describe.js';

/** How much of a history is drawn. */
export interface LinearizationSvgOptions {
  /** The key of an operation, as the specification partitions them: only those of the illegal key are drawn. */
  readonly partition?: ((operation: AnyOperation) => string) | undefined;
  /** The most operations, the last ones before the violation. Default 60. */
  readonly operationsMax?: number;
  /**
   * By the index of its invocation, the order that leads to an operation (`partialOrders`): shown while the pointer is on
   * it, where pictures have pointers.
   */
  readonly partialOrders?: ReadonlyMap<number, readonly number[]> | undefined;
  /** False leaves the explanation out of the picture, for pages that have it beside. Default true. */
  readonly explained?: boolean;
}

const LANE = 46;
const BAR = 26;
const LEFT = 96;
const TOP = 74;
const COLUMN = 64;
const WIDTH_MIN = 860;
/** The width of a character in a bar, and in other text. */
const LABEL_CHARACTERS = 6.4;
const WORD_CHARACTERS = 7.4;

const STYLE = `
  .faultline { color-scheme: light dark; font: 12px ui-monospace, 'DejaVu Sans Mono', monospace; }
  .faultline .paper { fill: #fff } .faultline text { fill: #1b1f24 } .faultline .quiet { fill: #59636e }
  .faultline .lane { stroke: #d1d9e0 } .faultline .bar { fill: #dbe7f5; stroke: #54708f }
  .faultline .named .bar { fill: #ffe9b8; stroke: #9a6700; stroke-width: 2 }
  .faultline .culprit .bar { fill: #ffd3cc; stroke: #b3261e; stroke-width: 2.5 }
  .faultline .order { stroke: #1a7f5a; stroke-width: 1.5; fill: none } .faultline .point { fill: #1a7f5a }
  .faultline .way { visibility: hidden; pointer-events: none; stroke: #8250df; stroke-width: 2.5; fill: none }
  .faultline .way circle { fill: #8250df; stroke: none } .faultline .way text { fill: #fff; stroke: none }
  .faultline g:hover .bar { stroke-width: 3 } .faultline g:hover + .way { visibility: visible }
  .faultline:has(g:hover + .way) .order, .faultline:has(g:hover + .way) .point,
  .faultline:has(g:hover + .way) .nowhere { opacity: 0.15 }
  .faultline .nowhere { stroke: #b3261e; stroke-width: 2; stroke-dasharray: 4 3; fill: none }
  @media (prefers-color-scheme: dark) {
    .faultline .paper { fill: #0d1117 } .faultline text { fill: #e6edf3 } .faultline .quiet { fill: #9198a1 }
    .faultline .lane { stroke: #30363d } .faultline .bar { fill: #1c2d42; stroke: #79a2d0 }
    .faultline .named .bar { fill: #3d2e00; stroke: #d4a72c } .faultline .culprit .bar { fill: #4c1d1a; stroke: #ff8a80 }
    .faultline .way { stroke: #d2a8ff } .faultline .way circle { fill: #d2a8ff } .faultline .way text { fill: #0d1117 }
    .faultline .order { stroke: #56d4a4 } .faultline .point { fill: #56d4a4 } .faultline .nowhere { stroke: #ff8a80 }
  }`;

/** The violation that `checkLinearizability` found in `history`, as the text of an SVG file. */
export function linearizationSvg(
  history: History,
  violation: LinearizabilityViolation,
  options: LinearizationSvgOptions = {},
): string {
  const { shown, end } = chosen(history, violation, options);
  const columns = columnsOf(shown, end);
  const lanes = [...new Set(shown.map(({ process }) => process))].sort((one, other) => one - other);
  const laneOf = (process: number): number => TOP + lanes.indexOf(process) * LANE;
  const width = Math.max(WIDTH_MIN, LEFT + (columns.count + 1) * COLUMN);
  const words =
    options.explained === false ? [] : wrap(violation.explanation, Math.floor((width - 32) / WORD_CHARACTERS));
  const height = TOP + lanes.length * LANE + 18 * words.length + 16;
  const culprit = violation.operations.at(-1);
  const span = (one: RecordedOperation): readonly [from: number, to: number] => {
    const from = LEFT + columns.at(one.index) * COLUMN;
    const to =
      one.returnIndex !== null && one.returnIndex <= end && one.outcome.kind === 'ok'
        ? columns.at(one.returnIndex)
        : columns.count;
    return [from, LEFT + to * COLUMN];
  };
  const byIndex = new Map(shown.map((one) => [one.index, one]));
  const pointsOf = (order: readonly number[]) => linearizationPoints(order, byIndex, { columns, laneOf });
  const bars = shown.flatMap((one) => {
    const [from, to] = span(one);
    const way = options.partialOrders?.get(one.index);
    const role = one.index === culprit ? 'culprit' : violation.operations.includes(one.index) ? 'named' : 'other';
    return [
      bar(one, { from, to, top: laneOf(one.process), role }),
      way === undefined ? [] : drawWay(pointsOf(way), way.length),
    ].flat();
  });
  const key = violation.key === undefined ? '' : `, key ${violation.key}`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="faultline" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>not linearizable${escape(key)}</title>`,
    `<desc>${escape(violation.explanation)}</desc>`,
    `<style>${STYLE}</style>`,
    `<rect class="paper" width="${width}" height="${height}"/>`,
    `<text x="16" y="24" font-weight="bold">not linearizable${escape(key)}</text>`,
    `<text x="16" y="44" class="quiet">green: a legal order; red: has no place in it; yellow: contradicts it${options.partialOrders === undefined ? '' : '; point at an operation for an order that leads to it'}</text>`,
    ...lanes.map(
      (process) =>
        `<text x="16" y="${laneOf(process) + BAR / 2 + 4}" class="quiet">process ${process}</text>` +
        `<line class="lane" x1="${LEFT - 8}" x2="${width - 8}" y1="${laneOf(process) + BAR / 2}" y2="${laneOf(process) + BAR / 2}"/>`,
    ),
    ...bars,
    ...orderLine(pointsOf(violation.order), byIndex.get(culprit ?? -1), { columns, laneOf }),
    ...words.map(
      (line, place) => `<text x="16" y="${TOP + lanes.length * LANE + 18 * (place + 1)}">${escape(line)}</text>`,
    ),
    '</svg>',
    '',
  ].join('\n');
}

/** What is drawn: the illegal key's operations that had been called when the culprit returned, the last of them. */
function chosen(
  history: History,
  violation: LinearizabilityViolation,
  { partition, operationsMax = 60 }: LinearizationSvgOptions,
): { readonly shown: readonly RecordedOperation[]; readonly end: number } {
  const all = operationsOf(history);
  const culprit = all.find(({ index }) => index === violation.operations.at(-1));
  const end = culprit?.returnIndex ?? history.length - 1;
  const ofKey = all.filter(
    ({ index, operation, outcome }) =>
      index <= end &&
      outcome.kind !== 'fail' &&
      (violation.key === undefined || partition?.(operation) === violation.key),
  );
  const last = new Set(ofKey.slice(-operationsMax));
  const shown = ofKey.filter((one) => last.has(one) || violation.operations.includes(one.index));
  return { shown, end };
}

interface Columns {
  readonly count: number;
  /** Where the entry at `index` of the history is drawn, in columns. */
  at(index: number): number;
}

/** Time by the order of entries, not by the clock: what is drawn has one column for each call and return. */
function columnsOf(shown: readonly RecordedOperation[], end: number): Columns {
  const indices = shown
    .flatMap(({ index, returnIndex }) => (returnIndex === null || returnIndex > end ? [index] : [index, returnIndex]))
    .sort((one, other) => one - other);
  const places = new Map(indices.map((index, place) => [index, place]));
  return { count: indices.length, at: (index) => places.get(index) ?? indices.length };
}

function bar(
  one: RecordedOperation,
  where: { readonly from: number; readonly to: number; readonly top: number; readonly role: string },
): string {
  const { from, to, top, role } = where;
  const words = answeredWords(one);
  const room = Math.max(3, Math.floor((to - from - 8) / LABEL_CHARACTERS));
  const label = words.length <= room ? words : `${words.slice(0, room - 1)}…`;
  return (
    `<g class="${role}"><title>${escape(`process ${one.process}: ${words}`)}</title>` +
    `<rect class="bar" x="${from}" y="${top}" width="${to - from}" height="${BAR}" rx="4"/>` +
    `<text x="${from + 5}" y="${top + BAR / 2 + 4}" font-size="11">${escape(label)}</text></g>`
  );
}

type Point = readonly [x: number, y: number];

interface Drawing {
  readonly columns: Columns;
  readonly laneOf: (process: number) => number;
}

/** Where the operations of `order` that are drawn take effect: as early as they may, and each a little after the one before. */
function linearizationPoints(
  order: readonly number[],
  shown: ReadonlyMap<number, RecordedOperation>,
  { columns, laneOf }: Drawing,
): Point[] {
  let column = 0;
  return order.flatMap((index): Point[] => {
    const one = shown.get(index);
    if (one === undefined) return [];
    column = Math.max(column + 0.12, columns.at(one.index) + 0.25);
    return [[LEFT + column * COLUMN, laneOf(one.process) + BAR + 3]];
  });
}

const line = (kind: string, points: readonly Point[]): string[] =>
  points.length > 1 ? [`<polyline class="${kind}" points="${points.map((point) => point.join()).join(' ')}"/>`] : [];

/** An order that leads to an operation, its points numbered; what came before those that are drawn is counted. */
function drawWay(points: readonly Point[], length: number): string {
  const first = length - points.length + 1;
  const dots = points.map(
    ([x, y], place) =>
      `<circle cx="${x}" cy="${y}" r="7"/>` +
      `<text x="${x}" y="${y + 3}" font-size="8" text-anchor="middle">${first + place}</text>`,
  );
  return `<g class="way">${[...line('steps', points), ...dots].join('')}</g>`;
}

/** The legal order as a line from point to point, and a cross where the culprit would have to be. */
function orderLine(points: readonly Point[], culprit: RecordedOperation | undefined, drawing: Drawing): string[] {
  const lines = line('order', points);
  const dots = points.map(
    ([x, y], place) => `<circle class="point" cx="${x}" cy="${y}" r="4"><title>${place + 1}</title></circle>`,
  );
  if (culprit === undefined) return [...lines, ...dots];
  const x = LEFT + drawing.columns.at(culprit.index) * COLUMN + 10;
  const y = drawing.laneOf(culprit.process) + BAR + 3;
  const [lastX, lastY] = points.at(-1) ?? [x, y];
  return [...lines, `<path class="nowhere" d="M ${lastX} ${lastY} L ${x} ${y} m -4 -4 l 8 8 m 0 -8 l -8 8"/>`, ...dots];
}

/** `text` in lines of at most so many characters, broken between words. */
function wrap(text: string, characters: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + word.length + 1 > characters) {
      lines.push(line);
      line = '';
    }
    line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** What stands for characters that markup has another use for. */
const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export const escape = (text: string): string =>
  // Control characters are not allowed in XML, whichever way they are written.
  text
    .replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '')
    .replaceAll(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '�');
