/**
 * A run as a space-time diagram in text: one column for each node, time running down, one row for each message, operation
 * and fault, and the words beside it. What belongs to no operation and no fault (heartbeats) is counted, not drawn.
 */
import type { Fault } from '../faults/fault.js';
import type { Failure } from '../simulation/judge.js';
import type { Run } from '../simulation/simulate.js';
import type { TraceEvent } from '../simulation/trace.js';
import { describeFault, describeMessage, operationWords, describeValue, millis } from './describe.js';

interface Row {
  readonly time: number;
  readonly text: string;
  /** What is drawn in the lanes of some nodes, by name; the others show whether they are up. */
  readonly marks: ReadonlyMap<string, string>;
  readonly arrow: { readonly from: string; readonly to: string; readonly arrives: boolean } | undefined;
  readonly culprit: boolean;
}

export interface DiagramOptions {
  /** The most rows. Beyond it the middle is left out, and the diagram says so. Default 48. */
  readonly rowsMax?: number;
}

/** A kind of message that timers send at least this often is background, unless an operation or a fault caused it. */
const CHATTER_COUNT = 6;

/** Draws `run`, which must have been recorded with its trace. The operations that show the failure are marked ★. */
export function spaceTimeDiagram(run: Run, failure: Failure | undefined, options: DiagramOptions = {}): string {
  const trace = run.trace ?? [];
  const culprits = culpritInvocations(run, failure);
  const { rows, hidden } = collectRows(run, culprits);
  const lanes = lanesOf(trace, rows);
  const width = Math.max(5, ...lanes.map((name) => name.length + 2));
  const rowsMax = options.rowsMax ?? 48;
  const lines = [`${'ms'.padStart(9)}  ${lanes.map((name) => name.padEnd(width)).join('')}`.trimEnd()];
  const drawn = choose(rows, rowsMax);
  const status = new Map(lanes.map((name) => [name, '│']));
  for (const row of rows) {
    if (drawn.has(row)) lines.push(`${row.culprit ? '★' : ' '}${draw(row, lanes, width, status).slice(1)}`);
    for (const [name, mark] of row.marks) {
      if (mark === '✝') status.set(name, ' ');
      else if (mark === '↑' || mark === '▶') status.set(name, '│');
      else if (mark === '‖') status.set(name, '┊');
    }
  }
  if (drawn.size < rows.length) lines.push(`${' '.repeat(11)}(${rows.length - drawn.size} rows in between left out)`);
  const counts = [...hidden].sort(([, one], [, other]) => other - one).map(([kind, count]) => `${kind} ×${count}`);
  if (counts.length > 0) lines.push(`${' '.repeat(11)}not drawn, being background: ${counts.join(', ')}`);
  return lines.join('\n');
}

/** The (process, time) of the invocations that show the failure, as keys. */
function culpritInvocations(run: Run, failure: Failure | undefined): ReadonlySet<string> {
  const keys = new Set<string>();
  for (const index of failure?.operations ?? []) {
    const entry = run.history[index];
    if (entry !== undefined) keys.add(`${entry.process}@${entry.time}`);
  }
  return keys;
}

function collectRows(
  { trace = [], outcome }: Run,
  culprits: ReadonlySet<string>,
): { rows: Row[]; hidden: ReadonlyMap<string, number> } {
  const rows: Row[] = [];
  const hidden = new Map<string, number>();
  const sentAt = new Map<string, number>();
  const chatter = chatterKinds(trace);
  const culpritProcesses = new Set<number>();
  const causes = causesOf(trace);
  const leadsToEnd = 'where' in outcome ? stepsThatLeadTo(outcome.where.step, trace) : new Set<number>();
  let finalReads = false;
  const hide = (kind: string) => hidden.set(kind, (hidden.get(kind) ?? 0) + 1);
  const row = (
    event: TraceEvent,
    text: string,
    marks: readonly (readonly [string, string])[],
    rest: Partial<Row> = {},
  ) => {
    rows.push({ time: event.time, text, marks: new Map(marks), arrow: undefined, culprit: false, ...rest });
  };
  for (const event of trace) {
    switch (event.kind) {
      case 'send':
        sentAt.set(`${event.from}>${event.to}#${event.nth}`, event.time);
        break;
      case 'deliver':
      case 'lost': {
        const to = event.kind === 'deliver' ? event.node : event.to;
        const name = `${event.from}>${to}#${event.nth}`;
        const message = event.kind === 'deliver' ? event.message : causes.messages.get(name);
        if (message === undefined || event.from === to) break;
        const rooted = causes.byOperation.has(name) || leadsToEnd.has(event.step);
        if ((!rooted && chatter.has(message.kind)) || (finalReads && !culpritProcesses.size)) {
          hide(message.kind);
          break;
        }
        const sent = sentAt.get(name) ?? event.time;
        const late = event.time - sent >= 5_000 ? `, sent at ${millis(sent).trim()}` : '';
        const text = `${describeMessage(message)}${event.kind === 'lost' ? ` — lost: ${event.reason}` : ''}${late}`;
        row(event, text, [], { arrow: { from: event.from, to, arrives: event.kind === 'deliver' } });
        break;
      }
      case 'invoke': {
        const culprit = culprits.has(`${event.process}@${event.time}`);
        if (culprit) culpritProcesses.add(event.process);
        if (finalReads && !culprit) break;
        row(
          event,
          `${event.node} (process ${event.process}): ${operationWords(event.operation)}`,
          [[event.node, '┬']],
          {
            culprit,
          },
        );
        break;
      }
      case 'complete': {
        const culprit = culpritProcesses.delete(event.process);
        if (finalReads && !culprit) break;
        const { completion } = event;
        const outcome =
          completion.type === 'ok'
            ? `ok ${describeValue(completion.result)}`
            : `${completion.type}: ${completion.reason}`;
        row(event, `${event.node} (process ${event.process}): ${outcome}`, [[event.node, '┴']], { culprit });
        break;
      }
      case 'fault-begins':
        row(event, `⚡ ${describeFault(event.fault)}`, faultMarks(event.fault, true));
        break;
      case 'fault-ends':
        row(event, endOf(event.fault), faultMarks(event.fault, false));
        break;
      case 'phase':
        if (event.phase === 'final reads') finalReads = true;
        if (event.phase === 'end' && 'where' in outcome) {
          const { node, doing } = outcome.where;
          const text = `✗ ${node ?? 'the run'} fails ${doing}`;
          row(event, text, node === undefined ? [] : [[node, '✗']], { culprit: true });
          break;
        }
        row(event, event.phase === 'heal' ? '— everything heals —' : `— ${event.phase} —`, []);
        break;
      case 'timer':
      case 'synced':
      case 'state':
        break;
    }
  }
  return { rows, hidden };
}

/** How many steps before the one that fails are drawn in any case. */
const STEPS_BEFORE_END_MAX = 6;

/** The step that fails and those that led to it: each was caused by the one before. */
function stepsThatLeadTo(last: number, trace: readonly TraceEvent[]): ReadonlySet<number> {
  const causes = new Map(trace.flatMap((event) => ('cause' in event ? [[event.step, event.cause] as const] : [])));
  const steps = new Set<number>();
  for (
    let step: number | undefined = last;
    step !== undefined && steps.size < STEPS_BEFORE_END_MAX;
    step = causes.get(step)
  )
    steps.add(step);
  return steps;
}

/** Operations' consequences are drawn as far as so many timers away: a retransmission, but not the hundredth. */
const TIMERS_MAX = 2;

/** Which messages follow from an operation, through messages, disk syncs and a few timers; and every message by name. */
function causesOf(trace: readonly TraceEvent[]) {
  const byOperation = new Set<string>();
  const messages = new Map<string, Extract<TraceEvent, { kind: 'send' }>['message']>();
  /** For each step that follows from an operation: how many timers lie between. */
  const timersSince = new Map<number, number>();
  for (const event of trace) {
    switch (event.kind) {
      case 'invoke':
        timersSince.set(event.step, 0);
        break;
      case 'deliver':
      case 'synced':
      case 'timer': {
        const before = timersSince.get(event.cause);
        const timers = (before ?? TIMERS_MAX) + (event.kind === 'timer' ? 1 : 0);
        if (before !== undefined && timers <= TIMERS_MAX) timersSince.set(event.step, timers);
        break;
      }
      case 'send': {
        const name = `${event.from}>${event.to}#${event.nth}`;
        messages.set(name, event.message);
        if (timersSince.has(event.step)) byOperation.add(name);
        break;
      }
      default:
    }
  }
  return { byOperation, messages };
}

function chatterKinds(trace: readonly TraceEvent[]): ReadonlySet<string> {
  const counts = new Map<string, number>();
  for (const event of trace)
    if (event.kind === 'send') counts.set(event.message.kind, (counts.get(event.message.kind) ?? 0) + 1);
  return new Set([...counts].filter(([, count]) => count >= CHATTER_COUNT).map(([kind]) => kind));
}

function faultMarks(fault: Fault, begins: boolean): [string, string][] {
  switch (fault.kind) {
    case 'crash':
      return [[fault.node, begins ? '✝' : '↑']];
    case 'pause':
      return [[fault.node, begins ? '‖' : '▶']];
    case 'partition':
      return [...fault.from, ...fault.to].map((name) => [name, begins ? '✂' : '┼']);
    case 'clock':
      return [[fault.node, '◷']];
  }
}

function endOf(fault: Fault): string {
  switch (fault.kind) {
    case 'crash':
      return `${fault.node} restarts`;
    case 'pause':
      return `${fault.node} goes on`;
    case 'partition':
      return `partition ${fault.from.join(' ')} ✂ ${fault.to.join(' ')} ends`;
    case 'clock':
      return `the clock of ${fault.node} runs true again`;
  }
}

/** Clients that appear, then servers, each in the order of their first appearance by name. */
function lanesOf(trace: readonly TraceEvent[], rows: readonly Row[]): string[] {
  const names = new Set<string>();
  for (const { marks, arrow } of rows) {
    for (const name of marks.keys()) names.add(name);
    if (arrow !== undefined) names.add(arrow.from).add(arrow.to);
  }
  for (const event of trace) if (event.kind === 'send' && !/^c\d+$/.test(event.from)) names.add(event.from);
  const isClient = (name: string) => /^c\d+$/.test(name);
  const byName = (one: string, other: string) => (one < other ? -1 : one > other ? 1 : 0);
  return [...[...names].filter(isClient).sort(byName), ...[...names].filter((name) => !isClient(name)).sort(byName)];
}

/** The rows to draw: all of them, or those nearest to operations, faults and the end. */
function choose(rows: readonly Row[], rowsMax: number): ReadonlySet<Row> {
  if (rows.length <= rowsMax) return new Set(rows);
  const important = rows.filter(({ culprit, arrow }) => culprit || arrow === undefined).slice(-rowsMax);
  const chosen = new Set(important);
  for (const row of rows.toReversed()) {
    if (chosen.size >= rowsMax) break;
    chosen.add(row);
  }
  return chosen;
}

function draw(
  { time, text, marks, arrow }: Row,
  lanes: readonly string[],
  width: number,
  status: ReadonlyMap<string, string>,
): string {
  const cells = lanes.map((name) => (marks.get(name) ?? status.get(name) ?? '│').padEnd(width)).join('');
  const drawn =
    arrow === undefined
      ? cells
      : drawArrow(cells, lanes.indexOf(arrow.from) * width, lanes.indexOf(arrow.to) * width, arrow.arrives);
  return `${millis(time)}  ${drawn} ${text}`.trimEnd();
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
