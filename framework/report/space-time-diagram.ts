/**
 * A run as a space-time diagram in text: one column for each node, time running down, one row for each message, operation
 * and fault, and the words beside it. What belongs to no operation and no fault (heartbeats) is counted, not drawn.
 */
import type { Failure } from '../simulation/judge.js';
import type { Run } from '../simulation/simulate.js';
import type { NodeId } from '../world/protocol.js';
import { cut, millis, wrap } from './describe.js';
import { headings, lanesWithin, nodesDrawn, type Lane } from './diagram-lanes.js';
import { chooseRows, collectRows, isCulprit, type Row } from './diagram-rows.js';

export interface DiagramOptions {
  /** The most rows. Beyond it what is farthest from the failure is left out, and a line tells where. Default 48. */
  readonly rowsMax?: number;
  /**
   * The most columns. Lanes give way, until the words beside them have 24; where not even that will do, there is no picture
   * but a list of what happened. Default 118.
   */
  readonly columnsMax?: number;
  /** The step from which on the failure is certain: a row tells where that is. */
  readonly certainFrom?: number | undefined;
}

/** Before the lanes: `  123.456  `. */
const MARGIN = 11;
const TEXT_COLUMNS_MIN = 24;

/**
 * Draws `run`, which must have been recorded with its trace. What shows `failure` is marked ★: the operations that it
 * names, the step that broke an invariant or threw, or else the end. It is drawn whatever is left out.
 */
export function spaceTimeDiagram(run: Run, failure: Failure | undefined, options: DiagramOptions = {}): string {
  const { rowsMax = 48, columnsMax = 118, certainFrom } = options;
  const { rows, hidden } = collectRows(run, failure, certainFrom);
  const beside = columnsMax - MARGIN;
  const lanes = lanesWithin(beside - TEXT_COLUMNS_MIN - 1, nodesDrawn(run, rows));
  const status = new Map(lanes?.map(({ name }) => [name, '│']));
  const lines = headings(lanes ?? [], `${'ms'.padStart(9)}  `).map((line) => line.trimEnd());
  const drawn = chooseRows(rows, rowsMax);
  let leftOut = 0;
  const closeGap = () => {
    if (leftOut > 0) lines.push(`${' '.repeat(MARGIN)}⋮ ${leftOut} ${leftOut === 1 ? 'row' : 'rows'} left out`);
    leftOut = 0;
  };
  for (const row of rows) {
    const isDrawn = drawn.has(row);
    if (isDrawn) closeGap();
    else leftOut++;
    const cells = lanes === undefined ? '' : drawLanes(row, lanes, status);
    for (const [name, mark] of row.marks) status.set(name, AFTER_MARK[mark] ?? status.get(name) ?? '│');
    if (!isDrawn) continue;
    const shown =
      lanes === undefined ? [listed(row, beside)] : pictured(row, cells, { lanes, status, columns: beside });
    const [first = '', ...more] = shown;
    const line = `${millis(row.time)}  ${first}`.trimEnd();
    lines.push(isCulprit(row) ? `★${line.slice(1)}` : line, ...more.map((one) => `${' '.repeat(MARGIN)}${one}`));
  }
  closeGap();
  const counts = [...hidden].sort(([, one], [, other]) => other - one).map(([what, count]) => `${what} ×${count}`);
  if (counts.length > 0) {
    const text = `not drawn: ${counts.join(', ')}`;
    lines.push(' '.repeat(MARGIN) + wrap(text, { columns: beside, indent: MARGIN }));
  }
  return lines.join('\n');
}

/** How a node's line goes on below a mark: not at all where it has crashed, dotted where it is paused. */
const AFTER_MARK: Readonly<Record<string, string>> = { '✝': ' ', '↑': '│', '▶': '│', '‖': '┊' };

/** What a message keeps of its words beside a note; where there is less, the note is below. */
const NOTED_COLUMNS_MIN = 12;

/** Words of more lines than this are cut; those of a message, of which there may be many, are cut to one. */
const LINES_MAX = 3;

/** The lanes, and the words beside them, with the lanes as they go on beside further lines. */
function pictured(
  { text, note, arrow }: Row,
  cells: string,
  {
    lanes,
    status,
    columns,
  }: { readonly lanes: readonly Lane[]; readonly status: ReadonlyMap<NodeId, string>; readonly columns: number },
): readonly string[] {
  const last = lanes.at(-1);
  const textColumns = columns - (last === undefined ? 0 : last.at + last.width) - 1;
  const goesOn = lanes.map(({ name, width }) => (status.get(name) ?? '│').padEnd(width)).join('');
  if (arrow !== undefined) {
    if (textColumns - note.length >= NOTED_COLUMNS_MIN)
      return [`${cells} ${cut(text, textColumns - note.length)}${note}`];
    return [`${cells} ${cut(text, textColumns)}`, `${goesOn} ${cut(note.trim(), textColumns)}`];
  }
  const words = wrap(text, { columns: textColumns, indent: 0 }).split('\n');
  const rest = words.slice(LINES_MAX - 1).join(' ');
  const shown = rest === '' ? words : [...words.slice(0, LINES_MAX - 1), rest];
  return shown.map((line, place) => `${place === 0 ? cells : goesOn} ${cut(line, textColumns)}`.trimEnd());
}

/** The words alone, with what an arrow would say, on as many lines as they need. */
function listed({ text, note, arrow }: Row, columns: number): string {
  const route = arrow === undefined ? '' : `${arrow.from} → ${arrow.to}: `;
  return wrap(`${route}${text}${note}`, { columns, indent: MARGIN })
    .split('\n')
    .map((line, index) => cut(line, columns + (index === 0 ? 0 : MARGIN)))
    .join('\n');
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
