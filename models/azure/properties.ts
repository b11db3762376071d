/** What the stream layer promises to partition servers, judged when a run is over. */
import { operationsOf, type CheckResult, type Property, type Seen } from '../../framework/index.js';
import {
  acknowledgedOf,
  isBefore,
  keyOf,
  loadsOf,
  repeatedIn,
  say,
  type AzureInspection,
  type HeldReplica,
  type Recorded,
} from './evidence.js';
import type { Found, Operation } from './messages.js';

type Claim = Property<Operation, AzureInspection>;

const invalid = (rule: string, explanation: string, operations: readonly number[], seen: Seen): CheckResult => ({
  verdict: 'invalid',
  violation: { rule, explanation, operations },
  seen,
});

export const durable: Claim = {
  name: 'an acknowledged append is in its stream, in order',
  check(run) {
    const acknowledged = acknowledgedOf(run);
    const loads = loadsOf(run);
    const final = loads.filter(({ recorded }) => recorded.index >= run.finalReadsFrom);
    const seen = {
      acknowledged: acknowledged.length,
      loads: loads.length - final.length,
      loadsThatSealed: loads.filter(({ sealed }) => sealed).length,
      repeated: final.reduce((sum, load) => sum + repeatedIn(load), 0),
    };
    for (const [place, append] of acknowledged.entries()) {
      const { recorded, value, stream, extent, offset } = append;
      for (const load of loads) {
        if (load.stream !== stream || !isBefore(recorded, load.recorded)) continue;
        const found = load.records.find((one) => keyOf(one) === keyOf(append));
        if (found?.value !== value)
          return invalid(
            'acknowledged append lost',
            `${value} was acknowledged at ${say(append)}, where a load of ${stream} after that shows ${found?.value ?? 'nothing'}.`,
            [recorded.index, load.recorded.index],
            seen,
          );
      }
      const later = acknowledged.slice(place + 1).find((other) => {
        const isInOrder = other.extent > extent || (other.extent === extent && other.offset > offset);
        return other.stream === stream && isBefore(recorded, other.recorded) && !isInOrder;
      });
      if (later !== undefined)
        return invalid(
          'appends out of order',
          `${value} was acknowledged at ${say(append)}, and ${later.value}, appended to ${stream} after that, at ${say(later)}.`,
          [recorded.index, later.recorded.index],
          seen,
        );
    }
    if (acknowledged.length > 0 && final.length > 0) return { verdict: 'valid', seen };
    return { verdict: 'unknown', reason: 'nothing was acknowledged, or no stream loaded in the end', seen };
  },
};

export const stable: Claim = {
  name: 'what was acknowledged or read at a position stays there',
  check(run) {
    const loads = loadsOf(run);
    const values = new Map<string, { readonly value: number; readonly recorded: Recorded }>();
    let reads = 0;
    const seen = (): Seen => ({ positions: values.size, reads });
    const note = (found: Found, recorded: Recorded): CheckResult | undefined => {
      const known = values.get(keyOf(found));
      if (known === undefined) values.set(keyOf(found), { value: found.value, recorded });
      else if (known.value !== found.value)
        return invalid(
          'position changed',
          `At ${say(found)} were both ${known.value} and ${found.value}.`,
          [known.recorded.index, recorded.index],
          seen(),
        );
      return undefined;
    };
    for (const append of acknowledgedOf(run)) {
      const breach = note(append, append.recorded);
      if (breach !== undefined) return breach;
    }
    for (const recorded of operationsOf(run.history)) {
      const { operation, outcome } = recorded;
      if (operation.kind !== 'read' || outcome.kind !== 'ok' || outcome.result === null) continue;
      reads++;
      const breach = note(outcome.result as Found, recorded);
      if (breach !== undefined) return breach;
    }
    for (const load of loads)
      for (const found of load.records) {
        const breach = note(found, load.recorded);
        if (breach !== undefined) return breach;
      }
    for (const load of loads)
      for (const later of loads) {
        if (later.stream !== load.stream || !isBefore(load.recorded, later.recorded)) continue;
        const shown = new Set(later.records.map(keyOf));
        const gone = load.records.find((one) => !shown.has(keyOf(one)));
        if (gone !== undefined)
          return invalid(
            'loaded record gone',
            `A load of ${load.stream} showed ${gone.value} at ${say(gone)}; a later one has nothing there.`,
            [load.recorded.index, later.recorded.index],
            seen(),
          );
      }
    if (values.size > 0 && loads.length + reads > 0) return { verdict: 'valid', seen: seen() };
    return { verdict: 'unknown', reason: 'nothing was written and read', seen: seen() };
  },
};

export const nothingElse: Claim = {
  name: 'a load shows only what was appended to its stream',
  check(run) {
    const appends = operationsOf(run.history).flatMap(({ operation, index, outcome }) =>
      operation.kind === 'append' ? [{ value: operation.value, index, refused: outcome.kind === 'fail' }] : [],
    );
    const streams = new Map<number, string>();
    let records = 0;
    for (const { recorded, stream, records: found } of loadsOf(run))
      for (const { value } of found) {
        records++;
        const append = appends.find((one) => one.value === value);
        const other = streams.get(value) ?? stream;
        streams.set(value, other);
        const isNew = append === undefined || append.refused || append.index > (recorded.returnIndex ?? append.index);
        if (!isNew && other === stream) continue;
        return invalid(
          'record from nowhere',
          `A load of ${stream} shows ${value}, ${isNew ? 'which had not been appended' : `which is in ${other}`}.`,
          [recorded.index],
          { records },
        );
      }
    if (records > 0) return { verdict: 'valid', seen: { records } };
    return { verdict: 'unknown', reason: 'no load showed anything', seen: { records } };
  },
};

const sayReplica = (replica: HeldReplica | undefined): string => {
  if (replica === undefined) return 'nothing';
  const { sealed, blocks } = replica;
  return `${sealed ? `sealed at ${blocks.length}` : 'open'}: ${blocks.map(({ request }) => request).join(' ')}`;
};

/** The last extent of each stream was checked by the final loads: it is sealed, or its replicas agree. */
export const whole: Claim = {
  name: 'after healing, the replicas of every extent are the same',
  check({ replicas }) {
    const manager = [...replicas.values()].find((one) => one.role === 'manager');
    if (manager?.role !== 'manager') return { verdict: 'unknown', reason: 'there is no stream manager', seen: {} };
    const sealed = manager.extents.filter(({ length }) => length !== null);
    const nodes = [...replicas.values()].flatMap((one) => (one.role === 'node' ? [one.counts] : []));
    const seen = {
      allocated: manager.allocated,
      abandoned: manager.abandoned,
      seals: sealed.length,
      sealedWithoutSome: sealed.filter(({ answers }) => answers < 3).length,
      truncated: nodes.reduce((sum, { truncated }) => sum + truncated, 0),
      copied: nodes.reduce((sum, { copied }) => sum + copied, 0),
    };
    for (const { extent, replicas: names, length } of manager.extents) {
      const expected = length === null ? 'open' : `sealed at ${length}`;
      const held = names.map((name) => {
        const node = replicas.get(name);
        return node?.role === 'node' ? sayReplica(node.extents.find((one) => one.extent === extent)) : 'nothing';
      });
      if (held.some((one) => one !== held[0] || !one.startsWith(`${expected}: `)))
        return invalid(
          'replicas differ',
          `Extent ${extent} is ${expected}; ${names.map((name, at) => `${name} has ${held[at] ?? 'nothing'}`).join(', ')}.`,
          [],
          seen,
        );
    }
    return manager.extents.length > 0
      ? { verdict: 'valid', seen }
      : { verdict: 'unknown', reason: 'there are no extents', seen };
  },
};

export const azureProperties: readonly Claim[] = [durable, stable, nothingElse, whole];
