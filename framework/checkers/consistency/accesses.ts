/**
 * A history of reads and writes in which no value is written twice to one key ("differentiated"), so that every read tells
 * which write it saw. On these the consistency models weaker than linearizability can be decided in polynomial time
 * (A. Bouajjani, C. Enea, R. Guerraoui, J. Hamza, "On verifying causal consistency", POPL 2017).
 */
import type { AnyOperation, History } from '../../history/entry.js';
import { operationsOf, type RecordedOperation } from '../../history/operations.js';
import { describeOperation, describeRecorded } from '../../history/vocabulary.js';
import { formatTime } from '../../kernel/time.js';
import { StateTable } from '../linearizability/state-table.js';
import type { Spec } from '../spec.js';
import type { Violation } from '../verdict.js';

/** The source of a read that returned what was there at the beginning. */
export const INITIAL = -1;
const NOBODY = -2;

export interface Access {
  readonly recorded: RecordedOperation;
  /** The process, as a place in `sessions`. */
  readonly session: number;
  /** A place in `keys`. */
  readonly key: number;
  readonly isWrite: boolean;
  /** Of a read: the write that it saw, a place in `accesses`, or INITIAL. */
  readonly source: number;
}

export interface Accesses {
  /** Completed reads, writes that completed, and writes of unknown outcome that somebody saw, as they were invoked. */
  readonly accesses: readonly Access[];
  /** Of each process the places of its accesses, in its order. */
  readonly sessions: readonly (readonly number[])[];
  readonly keys: readonly string[];
  /** The writes of each key. */
  readonly writes: readonly (readonly number[])[];
}

export type ReadAccesses =
  | { readonly kind: 'accesses'; readonly accesses: Accesses }
  /** A read that no order explains. */
  | { readonly kind: 'violation'; readonly violation: Violation }
  /** The history is not of this kind. */
  | { readonly kind: 'undecided'; readonly reason: string };

interface Write {
  readonly recorded: RecordedOperation;
  /** Its place among the accesses, once it is known that it happened. */
  id: number;
}

/** The accesses of `history` by `spec.asRegister`. O(n). Throws when the history is not well-formed. */
export function accessesOf<State, O extends AnyOperation>(history: History<O>, spec: Spec<State, O>): ReadAccesses {
  const recordedOperations = operationsOf(history);
  const values = new StateTable<unknown>();
  const initial = values.intern(spec.initial ?? null);
  const places = new Map<string, number>();
  const keys: string[] = [];
  /** By key and value. */
  const written: Map<number, Write>[] = [];
  const read: { readonly recorded: RecordedOperation; readonly key: number; readonly value: number }[] = [];
  for (const recorded of recordedOperations) {
    const { operation, outcome } = recorded;
    const access = spec.asRegister?.(operation);
    if (access === undefined)
      return { kind: 'undecided', reason: `${name(recorded)} is neither a plain read nor a plain write` };
    const keyName = spec.partition?.(operation) ?? '';
    const key = places.get(keyName) ?? keys.length;
    if (key === keys.length) {
      places.set(keyName, key);
      keys.push(keyName);
      written.push(new Map());
    }
    if (access.kind === 'read') {
      if (outcome.kind === 'ok') read.push({ recorded, key, value: values.intern(outcome.result ?? null) });
      continue;
    }
    const value = values.intern(access.value ?? null);
    const other = written[key]?.get(value);
    if (value === initial)
      return { kind: 'undecided', reason: `${name(recorded)} writes what was there at the beginning` };
    if (other !== undefined)
      return { kind: 'undecided', reason: `${name(other.recorded)} and ${name(recorded)} write the same` };
    written[key]?.set(value, { recorded, id: NOBODY });
  }
  const seen = new Set<Write>();
  for (const { recorded, key, value } of read) {
    if (value === initial) continue;
    const write = written[key]?.get(value);
    if (write === undefined || write.recorded.outcome.kind === 'fail')
      return { kind: 'violation', violation: outOfThinAir(recorded, write?.recorded) };
    seen.add(write);
  }
  return { kind: 'accesses', accesses: arrange(written, read, { keys, seen, initial }) };
}

function arrange(
  written: readonly Map<number, Write>[],
  read: readonly { readonly recorded: RecordedOperation; readonly key: number; readonly value: number }[],
  known: { readonly keys: readonly string[]; readonly seen: ReadonlySet<Write>; readonly initial: number },
): Accesses {
  const { keys, seen, initial } = known;
  const writes = written.flatMap((ofKey, key) =>
    [...ofKey.values()]
      .filter((write) => write.recorded.outcome.kind === 'ok' || seen.has(write))
      .map((write) => ({ recorded: write.recorded, key, write, value: NOBODY })),
  );
  const reads = read.map((one) => ({ ...one, write: undefined }));
  const all = [...writes, ...reads].sort((one, other) => one.recorded.index - other.recorded.index);
  for (const [id, { write }] of all.entries()) if (write !== undefined) write.id = id;
  const numbers = new Map<number, number>();
  const sessions: number[][] = [];
  const ofKeys: number[][] = keys.map(() => []);
  const accesses = all.map(({ recorded, key, write, value }, id): Access => {
    const session = numbers.get(recorded.process) ?? sessions.length;
    if (session === sessions.length) {
      numbers.set(recorded.process, session);
      sessions.push([]);
    }
    sessions[session]?.push(id);
    if (write !== undefined) ofKeys[key]?.push(id);
    const source = write !== undefined || value === initial ? INITIAL : (written[key]?.get(value)?.id ?? INITIAL);
    return { recorded, session, key, isWrite: write !== undefined, source };
  });
  return { accesses, sessions, keys, writes: ofKeys };
}

function outOfThinAir(recorded: RecordedOperation, failed: RecordedOperation | undefined): Violation {
  const from =
    failed === undefined ? 'what nobody wrote' : `what only ${name(failed)} wrote, which was reported as failed`;
  return {
    rule: failed === undefined ? 'read of what nobody wrote' : 'read of a failed write',
    explanation: `${describeRecorded(recorded)} returned ${from}.`,
    operations: [...(failed === undefined ? [] : [failed.index]), recorded.index],
  };
}

const name = ({ operation, process, invokedAt }: RecordedOperation): string =>
  `${describeOperation(operation)} (process ${process}, ${formatTime(invokedAt)})`;
