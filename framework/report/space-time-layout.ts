/**
 * Where everything of a space-time picture goes. Time runs down, by the order of events: each of them has a row of its own,
 * so that no label meets another, and intervals in which nothing is drawn shrink to one row that says how long they were.
 */
import { nodesOf, type Fault } from '../faults/fault.js';
import { millis } from '../faults/fault-type.js';
import type { NodeId } from '../world/protocol.js';
import { momentKey } from './causal-past.js';
import { familyOf } from './fault-families.js';
import type { Item, Scene } from './space-time-scene.js';

export const ROW = 22;
/** Of a place where something was sent that nothing else is drawn at. */
const ANCHOR = 9;
export const LEFT = 150;
/** An interval of so many microseconds without anything drawn is said to be one; so are so many hidden messages. */
const BREAK_MICROS = 3_000;
const BREAK_HIDDEN = 12;
/** The names of the lanes are repeated after so much height. */
const NAMES_EVERY = 900;

export interface Placed {
  readonly item: Item;
  readonly y: number;
}

/** A row between events. */
export interface Between {
  readonly kind: 'break' | 'names';
  readonly y: number;
  readonly words: string;
}

export interface Anchor {
  readonly node: NodeId;
  readonly y: number;
  readonly time: number;
  readonly step: number;
}

export interface Layout {
  readonly placed: readonly Placed[];
  readonly between: readonly Between[];
  /** Places of sending that no row shows. */
  readonly anchors: readonly Anchor[];
  /** Where a node was when it did something, by `momentKey`. */
  readonly moments: ReadonlyMap<string, number>;
  readonly bands: readonly Band[];
  /** When processes were down. */
  readonly downs: readonly { readonly node: NodeId; readonly from: number; readonly to: number }[];
  readonly lanes: readonly NodeId[];
  readonly x: (node: NodeId) => number;
  readonly gap: number;
  readonly width: number;
  readonly top: number;
  readonly bottom: number;
}

/** A fault while it lasts. */
export interface Band {
  readonly fault: Fault;
  readonly from: number;
  readonly to: number;
  /** Counted from the lane to the left: bands at the same time are side by side. */
  readonly slot: number;
}

interface Point {
  readonly at: number;
  readonly time: number;
  readonly item: Item | undefined;
  readonly anchor: Omit<Anchor, 'y'> | undefined;
}

export function layOut({ items, hidden, lanes }: Scene, top: number): Layout {
  const gap = gapOf(lanes.length);
  const at = new Map(lanes.map((node, place) => [node, LEFT + place * gap]));
  const placed: Placed[] = [];
  const between: Between[] = [];
  const anchors: Anchor[] = [];
  const moments = new Map<string, number>();
  let y = top;
  let lastTime = 0;
  let lastNames = top;
  let hiddenSeen = 0;
  for (const point of pointsOf(items)) {
    const { item, anchor, time } = point;
    const unseen: string[] = [];
    for (let one = hidden[hiddenSeen]; one !== undefined && one.at < point.at; one = hidden[++hiddenSeen])
      if (one.what !== '') unseen.push(one.what);
    const idle = time - lastTime;
    if (idle >= BREAK_MICROS || unseen.length >= BREAK_HIDDEN) {
      y += ROW + 4;
      between.push({ kind: 'break', y: y - 4, words: breakWords(idle, unseen) });
    }
    lastTime = time;
    if (y - lastNames >= NAMES_EVERY) {
      y += ROW;
      between.push({ kind: 'names', y, words: '' });
      lastNames = y;
    }
    const row = placed.filter((one) => one.y === y).map((one) => one.item);
    const isShared = item !== undefined && sharesRow(item, row);
    if (!isShared) y += item === undefined ? ANCHOR : ROW;
    if (item !== undefined) {
      placed.push({ item, y });
      for (const node of nodesAt(item)) note(moments, momentKey({ node, step: item.step }), y);
    }
    if (anchor !== undefined) {
      anchors.push({ ...anchor, y });
      note(moments, momentKey(anchor), y);
    }
  }
  const bottom = y + ROW;
  return {
    placed,
    between,
    anchors,
    moments,
    bands: bandsOf(placed, bottom),
    downs: downsOf(items, moments, bottom),
    lanes,
    x: (node) => at.get(node) ?? LEFT,
    gap,
    width: Math.max(860, LEFT + (lanes.length - 1) * gap + 190),
    top,
    bottom,
  };
}

/** From lane to lane: as much as a screen has room for, but for many lanes. */
const gapOf = (lanes: number): number => (lanes <= 4 ? 250 : lanes <= 7 ? 200 : lanes <= 9 ? 170 : 160);

function note(moments: Map<string, number>, key: string, y: number): void {
  if (!moments.has(key)) moments.set(key, y);
}

/** What several nodes become at the same moment is told in one row. */
const sharesRow = ({ shape, time }: Item, row: readonly Item[]): boolean =>
  shape.kind === 'role' &&
  row.length > 0 &&
  row.every((one) => one.shape.kind === 'role' && one.time === time && one.shape.node !== shape.node);

/** The nodes that do something at an item's row. */
function nodesAt({ shape }: Item): readonly NodeId[] {
  switch (shape.kind) {
    case 'message':
      return shape.fate === 'lost' ? [] : [shape.to];
    case 'fault':
      return nodesOf(shape.fault);
    default:
      return shape.node === undefined ? [] : [shape.node];
  }
}

/** What takes height, in order: the items, and where messages were sent at which no item is. */
function pointsOf(items: readonly Item[]): Point[] {
  const shown = new Set(items.flatMap((item) => nodesAt(item).map((node) => momentKey({ node, step: item.step }))));
  const points: Point[] = [];
  for (const item of items) {
    const { shape, at, time } = item;
    // What became of a node in a step whose row is there already has nothing to say of its own.
    if (shape.kind !== 'life' || shape.words !== '') points.push({ at, time, item, anchor: undefined });
    if (shape.kind !== 'message' || shown.has(momentKey(shape.sent))) continue;
    shown.add(momentKey(shape.sent));
    points.push({
      at: shape.sentAt,
      time: shape.sentTime,
      item: undefined,
      anchor: { ...shape.sent, time: shape.sentTime },
    });
  }
  return points.sort((one, other) => one.at - other.at);
}

function breakWords(idle: number, unseen: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const what of unseen) counts.set(what, (counts.get(what) ?? 0) + 1);
  const kinds = [...counts].sort(([, one], [, other]) => other - one);
  const few = kinds.slice(0, 3).map(([what, count]) => `${what} ×${count}`);
  const rest = kinds.slice(3).reduce((sum, [, count]) => sum + count, 0);
  const told = rest === 0 ? few : [...few, `others ×${rest}`];
  return `${millis(idle)}${told.length === 0 ? '' : `, not drawn: ${told.join(', ')}`}`;
}

/** Each life that ends or begins is at the row of its moment. */
function downsOf(items: readonly Item[], moments: ReadonlyMap<string, number>, bottom: number): Layout['downs'] {
  const open = new Map<NodeId, number>();
  const downs: { node: NodeId; from: number; to: number }[] = [];
  for (const { shape, step } of items) {
    if (shape.kind !== 'life') continue;
    const { node, up } = shape;
    const y = moments.get(momentKey({ node, step })) ?? bottom;
    const from = open.get(node);
    if (!up) open.set(node, from ?? y);
    else if (from !== undefined) downs.push({ node, from, to: y });
    if (up) open.delete(node);
  }
  for (const [node, from] of open) downs.push({ node, from, to: bottom });
  return downs;
}

function bandsOf(placed: readonly Placed[], bottom: number): Band[] {
  const open = new Map<Fault, number>();
  const spans: { fault: Fault; from: number; to: number }[] = [];
  for (const { item, y } of placed) {
    if (item.shape.kind !== 'fault') continue;
    const { fault, begins } = item.shape;
    if (begins) open.set(fault, y);
    else spans.push({ fault, from: open.get(fault) ?? y, to: y });
    if (!begins) open.delete(fault);
  }
  for (const [fault, from] of open) spans.push({ fault, from, to: bottom });
  spans.sort((one, other) => one.from - other.from);
  const bands: Band[] = [];
  for (const span of spans) {
    // A process that is down has its lane drawn so, by its own events.
    if (familyOf(span.fault) === 'crash') continue;
    const beside = new Set(bands.filter(({ to }) => to > span.from).map(({ slot }) => slot));
    let slot = 0;
    while (beside.has(slot)) slot++;
    bands.push({ ...span, slot });
  }
  return bands;
}
