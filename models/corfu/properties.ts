/** What the log promises: what is acknowledged is at its position, alone and for ever. */
import {
  checkLinearizability,
  operationsOf,
  type CheckResult,
  type Property,
  type Seen,
  type Spec,
} from '../../framework/index.js';
import {
  appendsOf,
  decidedOf,
  nameOf,
  positionHistory,
  say,
  sightingsOf,
  type Inspection,
  type PositionOperation,
  type Run,
} from './evidence.js';
import type { Found, Operation, Page, Scanned } from './messages.js';

type Claim = Property<Operation, Inspection>;

const invalid = (rule: string, explanation: string, operations: readonly number[], seen: Seen): CheckResult => ({
  verdict: 'invalid',
  violation: { rule, explanation, operations },
  seen,
});

/** What the last scan has found. */
function finalPages({ history, finalReadsFrom }: Run): readonly Page[] | undefined {
  const scan = operationsOf(history).findLast(
    ({ operation, outcome, index }) => operation.kind === 'scan' && outcome.kind === 'ok' && index >= finalReadsFrom,
  );
  return scan?.outcome.kind === 'ok' ? (scan.outcome.result as Scanned).pages : undefined;
}

export const durable: Claim = {
  name: 'an acknowledged append is at its position, alone and for ever',
  check(run) {
    const pages = finalPages(run);
    const appends = appendsOf(run);
    const acknowledged = appends.filter(
      ({ position, recorded }) => position !== undefined && recorded.index < run.probesFrom,
    ).length;
    const count = (kind: Page['kind']): number => (pages ?? []).filter((page) => page.kind === kind).length;
    const seen = { acknowledged, records: count('data'), junk: count('junk'), trimmed: count('trimmed') };
    const trims = new Set<number>();
    for (const { operation, outcome } of operationsOf(run.history))
      if (operation.kind === 'trim' && outcome.kind !== 'fail') trims.add(operation.position);
    const owners = new Map<number, number>();
    for (const { position, nonce, recorded, value } of appends) {
      if (position === undefined) continue;
      const what = `Process ${recorded.process}'s append of ${JSON.stringify(value)} (${nonce})`;
      const other = owners.get(position);
      if (other !== undefined)
        return invalid(
          'position given twice',
          `${what} was acknowledged at ${position}, where another one was.`,
          [other, recorded.index],
          seen,
        );
      owners.set(position, recorded.index);
      if (pages === undefined) continue;
      const page = pages[position] ?? null;
      if (nameOf(page) !== nonce && !(page?.kind === 'trimmed' && trims.has(position)))
        return invalid(
          'acknowledged append lost',
          `${what} was acknowledged at ${position}; in the end that is ${say(page)}.`,
          [recorded.index],
          seen,
        );
    }
    const places = new Map<string, number>();
    for (const [position, page] of (pages ?? []).entries()) {
      if (page.kind !== 'data') continue;
      const before = places.get(page.nonce);
      const owner = appends.find(({ nonce }) => nonce === page.nonce);
      if (owner === undefined || before !== undefined)
        return invalid(
          owner === undefined ? 'record that nobody appended' : 'append at two positions',
          `${say(page)} is at ${position}${before === undefined ? ', and nobody appended it' : ` and at ${before}`}.`,
          owner === undefined ? [] : [owner.recorded.index],
          seen,
        );
      places.set(page.nonce, position);
    }
    if (pages === undefined) return { verdict: 'unknown', reason: 'the log was not scanned in the end', seen };
    if (acknowledged > 0) return { verdict: 'valid', seen };
    return { verdict: 'unknown', reason: 'nothing was acknowledged', seen };
  },
};

export const singleValue: Claim = {
  name: 'a position never has two values',
  check(run) {
    const sightings = sightingsOf(run);
    let copied = 0;
    const values = new Map<number, { readonly page: Page; readonly index: number }>();
    const note = (position: number, page: Page | null, index: number): CheckResult | undefined => {
      if (page === null || page.kind === 'trimmed') return undefined;
      const known = values.get(position);
      if (known === undefined) values.set(position, { page, index });
      else if (nameOf(known.page) !== nameOf(page))
        return invalid(
          'two values',
          `Position ${position} was ${say(known.page)}, and was ${say(page)}.`,
          [known.index, index],
          { positions: values.size },
        );
      return undefined;
    };
    for (const { position, nonce, value, recorded } of appendsOf(run)) {
      if (position === undefined) continue;
      const breach = note(position, { kind: 'data', value, nonce }, recorded.index);
      if (breach !== undefined) return breach;
    }
    for (const { position, page, recorded } of sightings) {
      const breach = note(position, page, recorded.index);
      if (breach !== undefined) return breach;
      if (
        (recorded.operation.kind === 'read' || recorded.operation.kind === 'follow') &&
        recorded.outcome.kind === 'ok'
      )
        copied += (recorded.outcome.result as Found).copied > 0 ? 1 : 0;
    }
    const seen = { positions: values.size, sightings: sightings.length, copied };
    if (values.size > 0 && sightings.length > 0) return { verdict: 'valid', seen };
    return { verdict: 'unknown', reason: 'nothing was written and read', seen };
  },
};

/** One position: written once by whoever is first, and trimmed for good. */
const positionSpec: Spec<string, PositionOperation> = {
  name: 'position of a log',
  initial: 'unwritten',
  step(state, operation) {
    switch (operation.kind) {
      case 'write':
        return state === 'unwritten' ? { state: operation.page, result: 'written' } : { state, result: 'lost' };
      case 'fill':
        return { state: state === 'unwritten' ? 'junk' : state, result: 'filled' };
      case 'trim':
        return { state: 'trimmed', result: 'trimmed' };
      case 'read':
        return { state, result: state };
    }
  },
  partition: ({ position }) => `position ${position}`,
  readOnly: ({ kind }) => kind === 'read',
};

export const linearizable: Claim = {
  name: 'reads of a position are linearizable',
  check: (run) => checkLinearizability(positionHistory(run), positionSpec),
};

export const inOrder: Claim = {
  name: 'positions follow real time, and the tail is past them',
  check(run) {
    const acknowledged = appendsOf(run).flatMap(({ position, recorded }) =>
      position === undefined ? [] : [{ position, recorded }],
    );
    const tails = operationsOf(run.history).flatMap((recorded) =>
      recorded.operation.kind === 'tail' && recorded.outcome.kind === 'ok'
        ? [{ position: recorded.outcome.result as number, recorded }]
        : [],
    );
    const seen = { appends: acknowledged.length, tails: tails.length };
    for (const { position, recorded } of [...acknowledged, ...tails])
      for (const before of acknowledged) {
        if (before.recorded.returnIndex === null || before.recorded.returnIndex > recorded.index) continue;
        if (before.position < position) continue;
        return invalid(
          recorded.operation.kind === 'tail' ? 'tail too low' : 'positions out of order',
          `An append had position ${before.position}; process ${recorded.process}'s ${recorded.operation.kind} after it ` +
            `returned ${position}.`,
          [before.recorded.index, recorded.index],
          seen,
        );
      }
    if (acknowledged.length > 0) return { verdict: 'valid', seen };
    return { verdict: 'unknown', reason: 'nothing was acknowledged', seen };
  },
};

export const whole: Claim = {
  name: 'after healing, all units are in the chain, and agree',
  check(run) {
    const decided = decidedOf(run);
    const last = decided.at(-1);
    const pages = finalPages(run);
    const units = [...run.replicas].flatMap(([unit, one]) => (one.kind === 'unit' ? [{ unit, ...one }] : []));
    const changes = decided.map((one, place) => ({ one, before: decided[place - 1] ?? one }));
    const seen = {
      reconfigurations: decided.length - 1,
      removed: changes.filter(({ one, before }) => before.chain.some((unit) => !one.chain.includes(unit))).length,
      repaired: changes.filter(({ one, before }) => one.chain.some((unit) => !before.chain.includes(unit))).length,
      sequencers: changes.filter(({ one, before }) => one.sequencer?.node !== before.sequencer?.node).length,
      withoutSequencer: decided.filter(({ sequencer }) => sequencer === null).length,
      seals: units.reduce((sum, { seals }) => sum + seals, 0),
    };
    if (last === undefined || pages === undefined)
      return { verdict: 'unknown', reason: 'the log was not scanned in the end', seen };
    if (last.chain.length < units.length || last.sequencer === null)
      return invalid(
        'not whole',
        `${units.length} units are up, but the chain is ${last.chain.join(', ')}, and the sequencer ` +
          `${last.sequencer?.node ?? 'nobody'}.`,
        [],
        seen,
      );
    for (const [position, page] of pages.entries())
      for (const one of units)
        if (nameOf(one.pages[position] ?? null) !== nameOf(page))
          return invalid(
            'units differ',
            `Position ${position} is ${say(page)}, but ${one.unit} has ${say(one.pages[position] ?? null)}.`,
            [],
            seen,
          );
    return { verdict: 'valid', seen };
  },
};

export const corfuProperties: readonly Claim[] = [durable, singleValue, linearizable, inOrder, whole];
