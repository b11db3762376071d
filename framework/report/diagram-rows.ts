/** The rows of a space-time diagram: what of a run is drawn at all, in which words, and what gives way if it is too much. */
import { describeFault, faultType, nodesOf, type Fault } from '../faults/fault.js';
import type { AnyOperation } from '../history/entry.js';
import type { Failure } from '../simulation/judge.js';
import type { Outcome, Run } from '../simulation/simulate.js';
import type { TraceEvent } from '../simulation/trace.js';
import type { NodeId } from '../world/protocol.js';
import { causesOf, chatterKinds, messageKey, operationKey, stepsThatLeadTo } from './causes.js';
import { completionWords, describeMessage, millis, operationWords } from './describe.js';

/** Where not all rows can be drawn, those of a higher rank give way. */
const RANK = { failure: 0, fault: 1, operation: 2, consequence: 3, other: 4, afterwards: 5 } as const;

export interface Row {
  /** The place in the trace of the event that it shows. */
  readonly at: number;
  readonly time: number;
  readonly rank: (typeof RANK)[keyof typeof RANK];
  readonly text: string;
  /** What follows the text, and is there even where the text must be cut. */
  readonly note: string;
  /** What is drawn in the lanes of some nodes, by name; the others show whether they are up. */
  readonly marks: ReadonlyMap<NodeId, string>;
  readonly arrow: { readonly from: NodeId; readonly to: NodeId; readonly arrives: boolean } | undefined;
}

/** Whether `row` shows the failure: it is starred. */
export const isCulprit = ({ rank }: Row): boolean => rank === RANK.failure;

export interface Rows {
  readonly rows: readonly Row[];
  /** How many messages of each kind, and how many questions after healing, are not drawn. */
  readonly hidden: ReadonlyMap<string, number>;
  /** The same one by one, with the place of each in the trace. */
  readonly hiddenAt: readonly { readonly at: number; readonly what: string }[];
}

type Phase = 'faults' | Extract<TraceEvent, { kind: 'phase' }>['phase'];

/**
 * What of `run` is drawn. Left out is background (heartbeats and their like), unless it led to the failing step; and what
 * was asked after healing, unless `failure` names it. There is always a row that shows the failure, and one for the step
 * from which on it is certain, if that is known and not the beginning. What arrives in a `significant` step is no background.
 */
export function collectRows(
  run: Run,
  failure: Failure | undefined,
  certainFrom?: number,
  significant: ReadonlySet<number> = new Set(),
): Rows {
  const { trace = [], outcome } = run;
  const culprits = culpritOperations(run, failure);
  const causes = causesOf(trace);
  const chatter = chatterKinds(causes.messages.values());
  const leadingToEnd = stepsThatLeadTo(failingSteps(run, culprits), trace);
  const rows: Row[] = [];
  const hidden = new Map<string, number>();
  const hiddenAt: { at: number; what: string }[] = [];
  /** The operation that each process has open. */
  const open = new Map<number, { readonly key: string; readonly operation: AnyOperation }>();
  /** What was asked after healing and is not drawn. */
  const beside = new Set<string>();
  let phase: Phase = 'faults';
  let at = -1;
  const hide = (what: string) => {
    hidden.set(what, (hidden.get(what) ?? 0) + 1);
    hiddenAt.push({ at, what });
  };
  const row = ({ time }: TraceEvent, text: string, rank: Row['rank'], rest: Partial<Row> = {}) => {
    rows.push({ at, time, rank, text, note: '', marks: new Map(), arrow: undefined, ...rest });
  };
  /** Whether what was asked in this phase is drawn only if the failure names it. */
  const isQuiet = () => phase === 'final reads' || (phase === 'probes' && culprits.size > 0);
  const isBackground = (step: number, kind: string, operation: string | undefined) => {
    if (leadingToEnd.has(step) || significant.has(step)) return false;
    if (operation !== undefined) return beside.has(operation);
    return chatter.has(kind) || (isQuiet() && ![...open.values()].some(({ key }) => culprits.has(key)));
  };
  let lastTime = 0;
  let isCertain = certainFrom === undefined || certainFrom === 0;
  for (const event of trace) {
    at++;
    if (!isCertain && event.step > (certainFrom ?? 0)) {
      row({ ...event, time: lastTime }, '◆ from here on the failure is certain', RANK.fault);
      isCertain = true;
    }
    lastTime = event.time;
    switch (event.kind) {
      case 'deliver':
      case 'lost': {
        const { from, nth } = event;
        const to = event.kind === 'deliver' ? event.node : event.to;
        const name = messageKey(from, to, nth);
        const sent = causes.messages.get(name);
        if (sent === undefined || from === to) break;
        const operation = causes.operationOf.get(name);
        if (isBackground(event.step, sent.message.kind, operation)) {
          hide(sent.message.kind);
          break;
        }
        const lost = event.kind === 'lost' ? ` — lost: ${event.reason}` : '';
        const late = event.time - sent.time >= LATE_MICROS ? `, sent at ${millis(sent.time).trim()}` : '';
        const rank = phase === 'probes' ? RANK.afterwards : operation === undefined ? RANK.other : RANK.consequence;
        row(event, describeMessage(sent.message), leadingToEnd.has(event.step) ? RANK.consequence : rank, {
          note: `${lost}${late}`,
          arrow: { from, to, arrives: event.kind === 'deliver' },
        });
        break;
      }
      case 'invoke': {
        const key = operationKey(event);
        open.set(event.process, { key, operation: event.operation });
        if (isQuiet() && !culprits.has(key)) {
          beside.add(key);
          hide(phase === 'probes' ? 'probe' : 'final read');
          break;
        }
        const text = `${event.node} (process ${event.process}): ${operationWords(event.operation)}`;
        row(event, text, operationRank(phase, culprits.has(key)), { marks: new Map([[event.node, '┬']]) });
        break;
      }
      case 'complete': {
        const asked = open.get(event.process);
        open.delete(event.process);
        if (asked === undefined || beside.has(asked.key)) break;
        const { key } = asked;
        const told = completionWords(event.completion, asked.operation);
        const text = `${event.node} (process ${event.process}): ${told}`;
        row(event, text, operationRank(phase, culprits.has(key)), { marks: new Map([[event.node, '┴']]) });
        break;
      }
      case 'fault-begins':
        row(event, `⚡ ${describeFault(event.fault)}`, RANK.fault, { marks: faultMarks(event.fault, true) });
        break;
      case 'fault-ends':
        row(event, faultType(event.fault.kind).describeEnd(event.fault), RANK.fault, {
          marks: faultMarks(event.fault, false),
        });
        break;
      case 'phase':
        phase = event.phase;
        if (phase === 'end') row(event, ...lastWords(outcome, rows.some(isCulprit) ? undefined : failure));
        else row(event, phase === 'heal' ? '— everything heals —' : `— ${phase} —`, RANK.fault);
        break;
      case 'timer':
      case 'synced':
      case 'state':
      case 'disk':
      case 'send':
      case 'down':
      case 'up':
      case 'role':
        break;
    }
  }
  return { rows, hidden, hiddenAt };
}

/** A message that took this long was sent well before the rows around its arrival. */
const LATE_MICROS = 5_000;

const operationRank = (phase: Phase, culprit: boolean): Row['rank'] =>
  culprit ? RANK.failure : phase === 'probes' ? RANK.afterwards : RANK.operation;

/** The steps in which the failure shows: the one that broke something, or those that answered the operations it names. */
export function failingSteps({ outcome, trace = [] }: Run, culprits: ReadonlySet<string>): readonly number[] {
  if ('where' in outcome) return [outcome.where.step];
  const open = new Map<number, string>();
  const steps: number[] = [];
  for (const event of trace) {
    if (event.kind === 'invoke') open.set(event.process, operationKey(event));
    else if (event.kind === 'complete' && culprits.has(open.get(event.process) ?? '')) steps.push(event.step);
  }
  return steps;
}

/** The invocations that `failure` names, as keys. */
export function culpritOperations(run: Run, failure: Failure | undefined): ReadonlySet<string> {
  const keys = new Set<string>();
  for (const index of failure?.operations ?? []) {
    const entry = run.history[index];
    if (entry !== undefined) keys.add(operationKey(entry));
  }
  return keys;
}

/** The last row: the step that failed, or the end, where `unshown` was found if no row before shows it. */
function lastWords(
  outcome: Outcome,
  unshown: Failure | undefined,
): [text: string, rank: Row['rank'], rest?: Partial<Row>] {
  if ('where' in outcome) {
    const { node, doing } = outcome.where;
    const how = outcome.kind === 'broken-invariant' ? `breaks '${outcome.invariant}'` : `fails (${outcome.reason})`;
    const marks = new Map(node === undefined ? [] : [[node, '✗']]);
    return [`✗ ${node ?? 'the run'} ${how}, ${doing}`, RANK.failure, { marks }];
  }
  if (unshown === undefined) return ['— end —', RANK.fault];
  return [`— end — ✗ ${unshown.signature.slice(unshown.promise.length + 2)}`, RANK.failure];
}

function faultMarks(fault: Fault, begins: boolean): ReadonlyMap<NodeId, string> {
  const [begin, end] = faultType(fault.kind).marks;
  return new Map(nodesOf(fault).map((name) => [name, begins ? begin : end]));
}

/** The rows to draw: all of them, or those that matter most, and of equal ones those nearest to the failure. */
export function chooseRows(rows: readonly Row[], rowsMax: number): ReadonlySet<Row> {
  if (rows.length <= rowsMax) return new Set(rows);
  const culprits = [...rows.entries()].filter(([, row]) => isCulprit(row)).map(([index]) => index);
  const anchors = culprits.length === 0 ? [rows.length - 1] : culprits;
  const ranked = rows.map((row, index) => ({
    row,
    distance: Math.min(...anchors.map((anchor) => Math.abs(anchor - index))),
  }));
  // Of several culprits the last one tells most.
  ranked.reverse().sort((one, other) => one.row.rank - other.row.rank || one.distance - other.distance);
  return new Set(ranked.slice(0, rowsMax).map(({ row }) => row));
}
