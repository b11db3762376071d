/** The lanes of a space-time diagram: a column for each node, as wide as there is room for. */
import type { TraceEvent } from '../simulation/trace.js';
import type { NodeId } from '../world/protocol.js';
import type { Row } from './diagram-rows.js';

/** A node's column: its name, and where its line is drawn, counted from the first lane's. */
export interface Lane {
  readonly name: NodeId;
  readonly at: number;
  readonly width: number;
}

/** Where there is room: enough for an arrow that breaks off half-way. */
const WIDTH = 7;
const WIDTH_MIN = 4;

/** The nodes to draw: clients that appear, then servers, each in order of name. */
export function nodesDrawn(trace: readonly TraceEvent[], rows: readonly Row[]): NodeId[] {
  const isClient = (name: NodeId) => /^c\d+$/.test(name);
  const names = new Set<NodeId>();
  for (const { marks, arrow } of rows) {
    for (const name of marks.keys()) names.add(name);
    if (arrow !== undefined) names.add(arrow.from).add(arrow.to);
  }
  for (const event of trace) if (event.kind === 'send' && !isClient(event.from)) names.add(event.from);
  const sorted = [...names].sort((one, other) => (one < other ? -1 : one > other ? 1 : 0));
  return [...sorted.filter(isClient), ...sorted.filter((one) => !isClient(one))];
}

/** A lane for each of `names`, the widest that take no more than `columns` together; undefined if there are none. */
export function lanesWithin(columns: number, names: readonly NodeId[]): readonly Lane[] | undefined {
  const widest = Math.max(WIDTH, ...names.map(({ length }) => length + 2));
  for (let widthMax = widest; widthMax >= WIDTH_MIN; widthMax--) {
    const lanes = lanesOf(names, widthMax);
    const last = lanes.at(-1);
    if (last === undefined || last.at + last.width <= columns) return lanes;
  }
  return undefined;
}

function lanesOf(names: readonly NodeId[], widthMax: number): Lane[] {
  const lanes: Lane[] = [];
  let at = 0;
  for (const name of names) {
    // Beside the last lane are the words.
    const wanted = name === names.at(-1) ? name.length + 1 : Math.max(WIDTH, name.length + 2);
    const width = Math.min(wanted, widthMax);
    lanes.push({ name, at, width });
    at += width;
  }
  return lanes;
}

/** The names above their lanes; one that would run into the next is on a line further down. */
export function headings(lanes: readonly Lane[], before: string): string[] {
  const lines = [before];
  for (const { name, at } of lanes) {
    const column = before.length + at;
    let index = lines.findIndex((line) => line.length < column || line === before);
    if (index === -1) index = lines.length;
    lines[index] = `${(lines[index] ?? '').padEnd(column)}${name}`;
  }
  return lines;
}
