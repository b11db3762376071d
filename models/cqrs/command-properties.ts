/** What is promised of commands: they are not lost, take effect once, and whoever sends one is answered. */
import {
  checkAnswered,
  checkDurability,
  checkGapless,
  checkLinearizability,
  type CheckResult,
  type Entry,
  type History,
} from '../../framework/index.js';
import { logsIn, type ShopProperty } from './evidence.js';
import { isCommand, type Command, type CommandAnswer, type Operation, type Recorded } from './messages.js';
import { commandsIn, orderSpec } from './oracle.js';
import { answerMicrosMax } from './timing.js';

/** The commands of a history alone, with each of their answers changed. */
function commandsOf(
  history: History<Operation>,
  change: (entry: Extract<Entry<Operation>, { readonly type: 'ok' }>) => Entry<Operation>,
): History<Command> {
  const open = new Map<number, boolean>();
  return history.flatMap((entry): Entry<Command>[] => {
    if (entry.type === 'invoke') open.set(entry.process, isCommand(entry.operation));
    if (open.get(entry.process) !== true) return [];
    return [(entry.type === 'ok' ? change(entry) : entry) as Entry<Command>];
  });
}

/** A refused command changed nothing, and never will: for durability it has failed. */
const refusalsAsFailures = (history: History<Operation>): History<Operation> => {
  const open = new Map<number, Operation>();
  return history.map((entry) => {
    if (entry.type === 'invoke') open.set(entry.process, entry.operation);
    const operation = open.get(entry.process);
    if (entry.type !== 'ok' || operation === undefined || !isCommand(operation)) return entry;
    if (!('refused' in (entry.result as CommandAnswer))) return entry;
    return { type: 'fail', process: entry.process, time: entry.time, reason: 'refused' };
  });
};

const durable: ShopProperty = {
  name: 'no acknowledged command is lost, and each takes effect once',
  check({ history, probesFrom, finalReadsFrom }): CheckResult {
    for (const { index, result } of logsIn(history)) {
      const gap = gapIn(result);
      if (gap?.verdict === 'invalid') return { ...gap, violation: { ...gap.violation, operations: [index] } };
    }
    return checkDurability(refusalsAsFailures(history), {
      writeId: (operation) => (isCommand(operation) ? String(operation.n) : undefined),
      survivors: (operation, result) =>
        operation.kind === 'log' ? commandsIn(result as Recorded[]).map(String) : undefined,
      probesFrom,
      finalReadsFrom,
      duplicates: 'forbidden',
    });
  },
};

/** Positions of the log, and versions of each order, are 1, 2, 3, … */
function gapIn(log: readonly Recorded[]): CheckResult | undefined {
  if (log.length === 0) return undefined;
  const versions = new Map<string, number[]>();
  for (const { order, version } of log) versions.set(order, [...(versions.get(order) ?? []), version - 1]);
  const results = [
    checkGapless(
      log.map(({ position }) => position - 1),
      { of: 'the log' },
    ),
    ...[...versions].map(([order, all]) => checkGapless(all, { of: `order ${order}` })),
  ];
  return results.find(({ verdict }) => verdict === 'invalid');
}

const linearizable: ShopProperty = {
  name: 'commands on an order are linearizable',
  check({ history }): CheckResult {
    const given = commandsOf(history, (entry) => {
      const answer = entry.result as CommandAnswer;
      // Lost races say nothing of the order.
      if ('refused' in answer && answer.refused === 'too many conflicts')
        return { type: 'fail', process: entry.process, time: entry.time, reason: answer.refused };
      return { ...entry, result: 'refused' in answer ? { refused: answer.refused } : { version: answer.version } };
    });
    return checkLinearizability(given, orderSpec);
  },
};

/** Judged from what was begun under faults, and was still asked for when these had ended, as well as from probes. */
const answered: ShopProperty = {
  name: 'whoever goes on asking after healing is answered',
  check: ({ history, probesFrom, plan: { healAt } }) =>
    checkAnswered({ history, probesFrom, healAt }, { withinMicros: answerMicrosMax }),
};

export const commands: readonly ShopProperty[] = [durable, linearizable, answered];
