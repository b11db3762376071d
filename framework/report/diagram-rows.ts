/** The rows of a space-time diagram: what of a run is drawn at all, in which words, and what gives way if it is too much. */
import { describeFault, faultType, nodesOf, type Fault } from '../faults/fault.js';
import type { AnyOperation } from '../history/entry.js';
import type { Failure } from '../simulation/judge.js';
import type { Outcome, Run } from '../simulation/simulate.js';
import type { TraceEvent } from '../simulation/trace.js';
import type { NodeId } from '../world/protocol.js';
import { causalPast, type CausalPast } from './causal-past.js';
import { causesOf, chatterKinds, messageKey, operationKey, stepsThatLeadTo, type Causes } from './causes.js';
import { completionWords, describeMessage, messageName, millis, operationWords, timerWords } from './describe.js';
import { culpritOperations, endsOf, failingSteps } from './failure-ends.js';

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
  /** What the plan calls the message whose fate it decides, if that is what it shows. */
  readonly decided: string | undefined;
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
  /** What led to what in the run, and to its failure. */
  readonly causes: Causes;
  readonly past: CausalPast;
}

type Phase = 'faults' | Extract<TraceEvent, { kind: 'phase' }>['phase'];

/**
 * What of `run` is drawn. Left out is background (heartbeats and their like), unless it led to the failing step; and what
 * was asked after healing, unless `failure` names it. There is always a row that shows the failure, and one for the step
 * from which on it is certain, if that is known and not the beginning. What arrives in a `significant` step is no background.
 * A timer is drawn where it led to the failure by what it sent or completed, and where it made it certain.
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
  const leadingToEnd = stepsThatLeadTo(failingSteps(run, failure), trace);
  const ends = endsOf(run, failure);
  const past = causalPast(trace, causes, ends);
  const usual = usualDelay(trace, causes);
  const decided = new Set(run.plan.fates.map(({ from, to, nth }) => messageKey(from, to, nth)));
  const rows: Row[] = [];
  /** Timers that are drawn if anything that they led to is, and the steps that led to what is drawn. */
  const timers = new Map<Row, number>();
  const drawnFrom = new Set<number>(certainFrom === undefined ? [] : [certainFrom]);
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
    rows.push({ at, time, rank, text, note: '', decided: undefined, marks: new Map(), arrow: undefined, ...rest });
  };
  /** Whether what was asked in this phase is drawn only if the failure names it. */
  const isQuiet = () => phase === 'final reads' || (phase === 'probes' && culprits.size > 0);
  const isBackground = (step: number, kind: string, operation: string | undefined) => {
    if (leadingToEnd.has(step) || significant.has(step) || step === certainFrom) return false;
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
        const late = isLate(event.time - sent.time, usual) ? `, sent at ${millis(sent.time).trim()}` : '';
        const called = decided.has(name) ? messageName(event) : undefined;
        drawnFrom.add(sent.step);
        const rank = phase === 'probes' ? RANK.afterwards : operation === undefined ? RANK.other : RANK.consequence;
        const led = leadingToEnd.has(event.step) ? RANK.consequence : rank;
        row(event, describeMessage(sent.message), event.step === certainFrom ? RANK.fault : led, {
          note: `${called === undefined ? '' : ` (${called})`}${lost}${late}`,
          decided: called,
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
        drawnFrom.add(event.step);
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
        if (event.step !== certainFrom && (event.kind === 'synced' || ends.length === 0 || !past.has(event))) break;
        row(event, `${event.node}: ${timerWords(event)}`, event.step === certainFrom ? RANK.fault : RANK.consequence, {
          marks: new Map([[event.node, '◷']]),
        });
        timers.set(rows.at(-1) as Row, event.step);
        break;
      case 'state':
      case 'disk':
      case 'send':
      case 'down':
      case 'up':
      case 'role':
        break;
    }
  }
  return {
    rows: rows.filter((one) => drawnFrom.has(timers.get(one) ?? Infinity) || !timers.has(one)),
    hidden,
    hiddenAt,
    causes,
    past,
  };
}

/** Where there is no usual delay, a message that took this long was sent well before the rows around its arrival. */
const LATE_MICROS = 5_000;

const isLate = (delay: number, usual: number | undefined): boolean =>
  usual === undefined ? delay >= LATE_MICROS : delay !== usual && delay > 0;

/** How long most messages of the run took; undefined if no delay is that of more than half of them. */
function usualDelay(trace: readonly TraceEvent[], { messages }: Causes): number | undefined {
  const counts = new Map<number, number>();
  let all = 0;
  for (const event of trace) {
    if (event.kind !== 'deliver' || event.from === event.node) continue;
    const sent = messages.get(messageKey(event.from, event.node, event.nth));
    if (sent === undefined) continue;
    all++;
    counts.set(event.time - sent.time, (counts.get(event.time - sent.time) ?? 0) + 1);
  }
  return [...counts].find(([, count]) => 2 * count > all)?.[0];
}

const operationRank = (phase: Phase, culprit: boolean): Row['rank'] =>
  culprit ? RANK.failure : phase === 'probes' ? RANK.afterwards : RANK.operation;

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
