/** The lanes of a space-time diagram: a column for each node, as wide as there is room for. */
import type { Run } from '../simulation/simulate.js';
import type { NodeId } from '../world/protocol.js';
import type { Row } from './diagram-rows.js';
import { nodeOrder } from './node-order.js';

/** A node's column: its name, and where its line is drawn, counted from the first lane's. */
export interface Lane {
  readonly name: NodeId;
  readonly at: number;
  readonly width: number;
}

/** Where there is room: enough for an arrow that breaks off half-way. */
const WIDTH = 7;
const WIDTH_MIN = 4;

/** The nodes to draw: clients that appear, then servers that appear or send anything. */
export function nodesDrawn(run: Run, rows: readonly Row[]): NodeId[] {
  const names = new Set<NodeId>();
  for (const { marks, arrow } of rows) {
    for (const name of marks.keys()) names.add(name);
    if (arrow !== undefined) names.add(arrow.from).add(arrow.to);
  }
  for (const event of run.trace ?? [])
    if (event.kind === 'send' && run.servers.includes(event.from)) names.add(event.from);
  return nodeOrder(run).filter((name) => names.has(name));
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
