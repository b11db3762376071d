/**
 * A run as a space-time diagram in text: one column for each node, time running down, one row for each message, operation
 * and fault, and the words beside it. What belongs to no operation and no fault (heartbeats) is counted, not drawn.
 */
import type { Failure } from '../simulation/judge.js';
import type { Run } from '../simulation/simulate.js';
import type { TraceEvent } from '../simulation/trace.js';
import type { NodeId } from '../world/protocol.js';
import { cut, millis, wrap } from './describe.js';
import { chooseRows, collectRows, isCulprit, type Row } from './diagram-rows.js';

export interface DiagramOptions {
  /** The most rows. Beyond it what is farthest from the failure is left out, and a line tells where. Default 48. */
  readonly rowsMax?: number;
  /** The most columns, though the words beside the picture get at least 24. Default 118. */
  readonly columnsMax?: number;
  /** The step from which on the failure is certain: a row tells where that is. */
  readonly certainFrom?: number | undefined;
}

/** A node's column: its name, and where its line is drawn, counted from the first lane's. */
interface Lane {
  readonly name: NodeId;
  readonly at: number;
  readonly width: number;
}

/** Before the lanes: `  123.456  `. */
const MARGIN = 11;
const TEXT_COLUMNS_MIN = 24;
/** Enough for an arrow that breaks off half-way. */
const LANE_COLUMNS_MIN = 7;

/**
 * Draws `run`, which must have been recorded with its trace. What shows `failure` is marked ★: the operations that it
 * names, the step that broke an invariant or threw, or else the end. It is drawn whatever is left out.
 */
export function spaceTimeDiagram(run: Run, failure: Failure | undefined, options: DiagramOptions = {}): string {
  const { rowsMax = 48, columnsMax = 118, certainFrom } = options;
  const { rows, hidden } = collectRows(run, failure, certainFrom);
  const lanes = lanesOf(run.trace ?? [], rows);
  const lanesWidth = lanes.reduce((sum, { width }) => sum + width, 0);
  const textColumns = Math.max(TEXT_COLUMNS_MIN, columnsMax - MARGIN - lanesWidth - 1);
  const status = new Map(lanes.map(({ name }) => [name, '│']));
  const lines = [`${'ms'.padStart(9)}  ${lanes.map(({ name, width }) => name.padEnd(width)).join('')}`.trimEnd()];
  const drawn = chooseRows(rows, rowsMax);
  let leftOut = 0;
  const closeGap = () => {
    if (leftOut > 0) lines.push(`${' '.repeat(MARGIN)}⋮ ${leftOut} ${leftOut === 1 ? 'row' : 'rows'} left out`);
    leftOut = 0;
  };
  for (const row of rows) {
    if (drawn.has(row)) {
      closeGap();
      const text = `${cut(row.text, textColumns - row.note.length)}${row.note}`;
      const line = `${millis(row.time)}  ${drawLanes(row, lanes, status)} ${text}`.trimEnd();
      lines.push(isCulprit(row) ? `★${line.slice(1)}` : line);
    } else leftOut++;
    for (const [name, mark] of row.marks) status.set(name, AFTER_MARK[mark] ?? status.get(name) ?? '│');
  }
  closeGap();
  const counts = [...hidden].sort(([, one], [, other]) => other - one).map(([what, count]) => `${what} ×${count}`);
  if (counts.length > 0) {
    const text = `not drawn: ${counts.join(', ')}`;
    lines.push(' '.repeat(MARGIN) + wrap(text, { columns: columnsMax - MARGIN, indent: MARGIN }));
  }
  return lines.join('\n');
}

/** How a node's line goes on below a mark: not at all where it has crashed, dotted where it is paused. */
const AFTER_MARK: Readonly<Record<string, string>> = { '✝': ' ', '↑': '│', '▶': '│', '‖': '┊' };

/** Clients that appear, then servers, each in order of name. */
function lanesOf(trace: readonly TraceEvent[], rows: readonly Row[]): Lane[] {
  const isClient = (name: NodeId) => /^c\d+$/.test(name);
  const names = new Set<NodeId>();
  for (const { marks, arrow } of rows) {
    for (const name of marks.keys()) names.add(name);
    if (arrow !== undefined) names.add(arrow.from).add(arrow.to);
  }
  for (const event of trace) if (event.kind === 'send' && !isClient(event.from)) names.add(event.from);
  const sorted = [...names].sort((one, other) => (one < other ? -1 : one > other ? 1 : 0));
  const lanes: Lane[] = [];
  let at = 0;
  const ordered = [...sorted.filter(isClient), ...sorted.filter((one) => !isClient(one))];
  for (const name of ordered) {
    // Beside the last lane are the words.
    const width = name === ordered.at(-1) ? name.length + 1 : Math.max(LANE_COLUMNS_MIN, name.length + 2);
    lanes.push({ name, at, width });
    at += width;
  }
  return lanes;
}

function drawLanes({ marks, arrow }: Row, lanes: readonly Lane[], status: ReadonlyMap<NodeId, string>): string {
  const cells = lanes.map(({ name, width }) => (marks.get(name) ?? status.get(name) ?? '│').padEnd(width)).join('');
  if (arrow === undefined) return cells;
  const start = (name: NodeId) => lanes.find((lane) => lane.name === name)?.at ?? 0;
  return drawArrow(cells, start(arrow.from), start(arrow.to), arrow.arrives);
}

function drawArrow(cells: string, from: number, to: number, arrives: boolean): string {
  const characters = Array.from(cells);
  const step = to > from ? 1 : -1;
  for (let at = from + step; at !== to; at += step) characters[at] = characters[at] === '│' ? '┼' : '─';
  characters[from] = '●';
  if (arrives) {
    characters[to - step] = step > 0 ? '▶' : '◀';
  } else {
    // The arrow breaks off half-way.
    const middle = from + step * Math.max(1, Math.floor(Math.abs(to - from) / 2));
    for (let at = middle; at !== to; at += step) characters[at] = cells[at] ?? ' ';
    characters[middle] = '╳';
  }
  return characters.join('');
}
