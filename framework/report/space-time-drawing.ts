/** The parts of a space-time picture as SVG elements, where the layout has put them: words lie above all lines. */
import { describeFault, nodesOf } from '../faults/fault.js';
import { formatTime } from '../kernel/time.js';
import type { NodeId } from '../world/protocol.js';
import { momentKey } from './causal-past.js';
import { familyOf } from './fault-families.js';
import { clean, columnsOf, shorten, text, tooltip } from './picture-text.js';
import { LEFT, type Band, type Between, type Layout, type Placed } from './space-time-layout.js';
import type { Flight, Item } from './space-time-scene.js';
import { CHARACTER } from './space-time-style.js';

/** Arrows slope as far as this from the sender, and are level from there on: each in the row of its arrival. */
const SLOPE = 26;
/** From a lane to a label beside it. */
const BESIDE = 12;
const LABEL_COLUMNS_MAX = 48;
const WORDS_COLUMNS_MAX = 76;
/** What a message must keep of its own words beside a note. */
const NOTED_COLUMNS_MIN = 7;
const BAR = 12;

export const drawBand = ({ fault, from, to, slot }: Band, { x }: Layout): string => {
  const rails = [...new Set(nodesOf(fault))].map((node) => {
    const at = x(node) - BESIDE - 7 * slot;
    return `<path class="band" d="M ${at} ${from + 8} V ${to - 8}"/>`;
  });
  return `<g class="${familyOf(fault)}">${tooltip(describeFault(fault))}${rails.join('')}</g>`;
};

/** What a fault of links stretches over, tinted. */
export function drawField({ fault, from, to }: Band, { x }: Layout): string {
  if (familyOf(fault) !== 'link') return '';
  const ends = nodesOf(fault).map(x);
  const [left, right] = [Math.min(...ends), Math.max(...ends)];
  return `<g class="link"><rect class="field" x="${left}" y="${from}" width="${right - left}" height="${to - from}"/></g>`;
}

export function drawLane(node: NodeId, { x, top, bottom, downs }: Layout): string {
  const at = x(node);
  const mine = downs.filter((one) => one.node === node);
  const ups = [top, ...mine.flatMap(({ from, to }) => [from, to]), bottom];
  const lines = ups.flatMap((from, place) => {
    const to = ups[place + 1];
    if (to === undefined || to <= from) return [];
    return [`<path class="lane${place % 2 === 1 ? ' down' : ''}" d="M ${at} ${from} V ${to}"/>`];
  });
  return `<g>${tooltip(node)}${lines.join('')}</g>`;
}

/** From invocation to completion; what is never completed stays open. */
export function drawBars({ placed, x, bottom }: Layout): string[] {
  const open = new Map<number, Placed>();
  const bars: string[] = [];
  const draw = ({ item, y }: Placed, end: Placed | undefined): void => {
    const { shape } = item;
    if (shape.kind !== 'invoke') return;
    const answer =
      end?.item.shape.kind === 'complete' ? `${end.item.shape.words} (${when(end.item)})` : 'never completed';
    const isKnown = end?.item.shape.kind === 'complete' && end.item.shape.type !== 'info';
    const left = x(shape.node) - BAR / 2;
    bars.push(
      `<g class="${item.emphasis}">${tooltip(`${whoOf(shape)}: ${shape.words} (${when(item)}); ${answer}`)}` +
        `<rect class="bar${isKnown ? '' : ' open'}" x="${left}" y="${y}" width="${BAR}" height="${(end?.y ?? bottom) - y}" rx="3"/></g>`,
    );
  };
  for (const one of placed) {
    const { shape } = one.item;
    if (shape.kind === 'invoke') open.set(shape.process, one);
    else if (shape.kind === 'complete') {
      const begun = open.get(shape.process);
      if (begun !== undefined) draw(begun, one);
      open.delete(shape.process);
    }
  }
  for (const begun of open.values()) draw(begun, undefined);
  return bars;
}

const whoOf = ({ node, process }: { readonly node: NodeId; readonly process: number }): string =>
  `${node} (process ${process})`;

const when = ({ time, step }: Pick<Item, 'time' | 'step'>): string => `${formatTime(time)}, step ${step}`;

/** Part of a picture in two layers: no line of another part crosses the words. */
export interface Layers {
  readonly lines: string;
  readonly words: string;
}

export function drawItem({ item, y }: Placed, layout: Layout): Layers {
  const { shape, emphasis } = item;
  switch (shape.kind) {
    case 'message':
      return drawFlight(shape, item, { y, layout });
    case 'invoke':
    case 'complete': {
      const words = shape.kind === 'invoke' ? shape.words : `→ ${shape.words}`;
      const told = `${whoOf(shape)}: ${words}, ${when(item)}`;
      return layers(emphasis, told, { lines: '', words: beside(shape.node, words, y, layout) });
    }
    case 'fault': {
      const { fault, begins, words } = shape;
      const nodes = [...new Set(nodesOf(fault))].toSorted((one, other) => layout.x(one) - layout.x(other));
      return layers(familyOf(fault), `${words}, ${when(item)}`, {
        lines: faultMark(nodes, y, begins, layout),
        words: beside(nodes[0] ?? '', words, y, layout),
      });
    }
    case 'role': {
      const at = layout.x(shape.node);
      return layers(`role ${emphasis}`, `${shape.node} is now ${shape.words}, ${when(item)}`, {
        lines: `<rect x="${at - 5}" y="${y - 5}" width="10" height="10" rx="2"/>`,
        words: text(at + BESIDE, y + 4, shorten(shape.words, roomForRole(at, y, layout))),
      });
    }
    case 'timer': {
      const at = layout.x(shape.node);
      return layers(emphasis, `${shape.node}: ${shape.words}, ${when(item)}`, {
        lines: `<path class="timer" d="M ${at - 5} ${y - 5} h 10 l -10 10 h 10 z"/>`,
        words: beside(shape.node, shape.words, y, layout),
      });
    }
    case 'life':
      return layers('crash', `${shape.words}, ${when(item)}`, {
        lines: '',
        words: beside(shape.node, shape.words, y, layout),
      });
    case 'line': {
      const told = `${shape.words}, ${when(item)}`;
      if (shape.node === undefined) return layers(emphasis, told, across('rule', shape.words, y, layout.width));
      return layers(emphasis, told, {
        lines: `<path class="cross" d="M ${layout.x(shape.node)} ${y} m -6 -6 l 12 12 m 0 -12 l -12 12"/>`,
        words: beside(shape.node, shape.words, y, layout),
      });
    }
  }
}

const group = (kind: string, told: string, body: string): string =>
  body === '' ? '' : `<g class="${kind}">${tooltip(told)}${body}</g>`;

const layers = (kind: string, told: string, { lines, words }: Layers): Layers => ({
  lines: group(kind, told, lines),
  words: group(kind, told, words),
});

/** Where a fault begins or ends: at one lane a triangle, at several a line from the first to the last. */
function faultMark(nodes: readonly NodeId[], y: number, begins: boolean, { x }: Layout): string {
  const [first, last] = [x(nodes[0] ?? ''), x(nodes.at(-1) ?? '')];
  if (first === last)
    return `<path class="mark" d="M ${first} ${begins ? y + 5 : y - 5} l -5 ${begins ? -9 : 9} h 10 z"/>`;
  return `<path class="edge" d="M ${first - BESIDE} ${begins ? y + 8 : y - 8} H ${last}"/>`;
}

/** Up to the next lane where what several nodes become is in one row. */
function roomForRole(at: number, y: number, { placed, gap, width }: Layout): number {
  const isShared = placed.filter((one) => one.y === y).length > 1;
  return Math.floor(((isShared ? Math.min(at + gap - 10, width - 16) : width - 16) - at - BESIDE) / CHARACTER);
}

function drawFlight(
  flight: Flight,
  item: Item,
  { y, layout }: { readonly y: number; readonly layout: Layout },
): Layers {
  const { x, moments, bands } = layout;
  const [from, to] = [x(flight.from), x(flight.to)];
  const isLost = flight.fate === 'lost';
  const way = to > from ? 1 : -1;
  const start = moments.get(momentKey(flight.sent)) ?? y;
  const end = isLost ? to - way * 24 : to - way * 3;
  const tip = isLost
    ? `<path class="cross" d="M ${end} ${y} m -5 -5 l 10 10 m 0 -10 l -10 10"/>`
    : `<path class="head" d="M ${end} ${y} l ${-way * 8} -4 v 8 z"/><circle class="dot" cx="${to}" cy="${y}" r="3.5"/>`;
  const line = `<path class="flight" d="M ${from} ${start} L ${from + way * SLOPE} ${y} H ${end}"/>`;
  // Bands are to the left of their lane.
  const slots = way > 0 ? bands.filter(({ fault }) => nodesOf(fault).includes(flight.to)).length : 0;
  const near = end - way * (9 + (isLost ? 0 : 7 * slots));
  const columns = Math.min(LABEL_COLUMNS_MAX, Math.floor((Math.abs(near - from) - SLOPE - 4) / CHARACTER));
  const label = text(near, y - 5, flightLabel(flight, columns), { anchor: way > 0 ? 'end' : 'start' });
  const note = flight.note === '' ? '' : ` (${flight.note})`;
  const told = `${flight.from} → ${flight.to}: ${flight.words}${note}; sent ${formatTime(flight.sentTime)}, ${isLost ? 'lost' : 'arrived'} ${when(item)}`;
  return {
    lines: group(`${item.emphasis} ${flight.fate}`, told, line + tip),
    words: group(item.emphasis, told, label),
  };
}

/** Reasons of losses, where labels have no room for them. */
const SHORT_REASONS: Readonly<Record<string, string>> = { 'receiver down': 'down', 'connection reset': 'reset' };

/** The message in words, and its note; without room for both, only a lost one's note is kept: dashes tell the others. */
function flightLabel({ words, note, fate }: Flight, columns: number): string {
  const noted = ` (${clean(note.replace(/^(receiver down|connection reset)/, (reason) => SHORT_REASONS[reason] ?? reason))})`;
  if (note === '') return shorten(words, columns);
  if (columns - columnsOf(noted) >= NOTED_COLUMNS_MIN) return shorten(words, columns - columnsOf(noted)) + noted;
  return shorten(fate === 'lost' ? `${words.split(' ')[0] ?? ''}${noted}` : words, columns);
}

/** Words in a row of their own: to the right of the lane, or to the left where there is more room and it is needed. */
function beside(node: NodeId, words: string, y: number, { x, width }: Layout): string {
  const at = x(node);
  const right = Math.floor((width - 16 - at - BESIDE) / CHARACTER);
  const left = Math.floor((at - BESIDE - LEFT + 30) / CHARACTER);
  const toRight = columnsOf(words) <= right || right >= left;
  const columns = Math.min(WORDS_COLUMNS_MAX, toRight ? right : left);
  const start = toRight ? at + BESIDE : at - BESIDE;
  return text(start, y + 4, shorten(words, columns), { anchor: toRight ? 'start' : 'end' });
}

/** A line across the picture, with words near its left edge, on paper of their own: lanes and arrows pass behind it. */
function across(kind: string, words: string, y: number, width: number): Layers {
  const shown = shorten(words, Math.floor((width - LEFT - 40) / CHARACTER));
  const start = LEFT + BESIDE;
  const paper = { left: start - 5, width: Math.ceil(columnsOf(shown) * CHARACTER) + 10 };
  return {
    lines: `<path class="${kind}" d="M ${LEFT - 46} ${y} H ${width - 16}"/>`,
    words:
      `<rect class="paper" x="${paper.left}" y="${y - 8}" width="${paper.width}" height="16"/>` +
      text(start, y + 4, shown),
  };
}

/** The names of the lanes once more, or an interval that is compressed. */
export function drawBetween({ kind, y, words }: Between, layout: Layout): Layers {
  if (kind === 'names') return { lines: '', words: drawNames(y, layout) };
  const zigzag = `<path class="break" d="M 64 ${y} l 4 -4 l 4 8 l 4 -8 l 4 8 l 4 -8 l 2 4"/>`;
  const line = across('break', words, y, layout.width);
  return layers('quiet', words, { ...line, lines: zigzag + line.lines });
}

export const drawNames = (y: number, { lanes, x, gap }: Layout): string =>
  lanes
    .map((node) => text(x(node), y, shorten(node, Math.floor(gap / CHARACTER) - 1), { anchor: 'middle', kind: 'bold' }))
    .join('');

/** The time of each row, where it is another than that of the row before; ★ beside what shows the failure. */
export function drawTimes({ placed }: Layout): string[] {
  let last = -1;
  return placed.flatMap(({ item, y }) => {
    const { time, emphasis, shape } = item;
    const star = emphasis === 'culprit' && shape.kind !== 'message' ? text(92, y + 4, '★', { kind: 'star' }) : '';
    if (time === last) return star === '' ? [] : [star];
    last = time;
    return [text(86, y + 4, (time / 1_000).toFixed(3), { anchor: 'end', kind: 'quiet' }) + star];
  });
}
