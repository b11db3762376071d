/**
 * What each object looks like when a set of updates has been seen: its specification, by what each update follows and not
 * by how replicas compute it (S. Burckhardt, A. Gotsman, H. Yang, M. Zawirski, "Replicated data types: specification,
 * verification, optimality", POPL 2014).
 */
import { hasSeen } from '../causality/causal-context.js';
import type { Taken, Update, Value } from './messages.js';

type Kind = Update['kind'];

/** The updates of `kind`, with what is special to it. */
export type TakenOf<K extends Kind> = Taken & { readonly update: Extract<Update, { readonly kind: K }> };

export const only = <K extends Kind>(updates: readonly Taken[], kind: K): readonly TakenOf<K>[] =>
  updates.filter((one): one is TakenOf<K> => one.update.kind === kind);

/** Whether `later` was taken by a replica that had seen `earlier`. */
export const followsOn = (later: Taken, earlier: Taken): boolean => hasSeen(later.follows, earlier.dot);

/** Those that no other of them follows: the last, or several concurrent ones. */
export const maximal = <T extends Taken>(updates: readonly T[]): readonly T[] =>
  updates.filter((one) => !updates.some((other) => followsOn(other, one)));

export const visits = (updates: readonly Taken[]): number => only(updates, 'visit').length;

export const count = (updates: readonly Taken[]): number =>
  only(updates, 'count').reduce((sum, { update }) => sum + update.amount, 0);

/** The values of concurrent last writes, in ascending order. */
export const written = (updates: readonly Taken[]): readonly Value[] =>
  maximal(only(updates, 'write'))
    .map(({ update }) => update.value)
    .sort((one, other) => one - other);

/** Values of which a last-writer-wins register may show any: nothing follows their assignment. */
export const assignable = (updates: readonly Taken[]): readonly Value[] =>
  maximal(only(updates, 'assign')).map(({ update }) => update.value);

/** Members that were added, and not removed by anybody who had seen that: a concurrent addition wins. */
export function members(updates: readonly Taken[]): readonly string[] {
  const removals = only(updates, 'remove');
  const added = only(updates, 'add').filter(
    (addition) =>
      !removals.some((removal) => removal.update.member === addition.update.member && followsOn(removal, addition)),
  );
  return [...new Set(added.map(({ update }) => update.member))].sort();
}

/** The elements of the sequence, in no order: inserted and not deleted. */
export function elements(updates: readonly Taken[]): readonly Value[] {
  const deleted = new Set(only(updates, 'delete').map(({ target }) => target));
  return only(updates, 'insert')
    .map(({ update }) => update.value)
    .filter((value) => !deleted.has(value));
}

/**
 * A cycle among elements, if orders contradict each other: in one list the first stands before the second, in another …
 * (the strong list specification: H. Attiya et al., "Specification and complexity of collaborative text editing", PODC 2016).
 */
export function contradiction(lists: Iterable<readonly Value[]>): readonly Value[] | undefined {
  const next = new Map<Value, Set<Value>>();
  for (const list of lists)
    for (const [index, value] of list.entries()) {
      const after = list[index + 1];
      if (after === undefined) continue;
      const known = next.get(value);
      if (known === undefined) next.set(value, new Set([after]));
      else known.add(after);
    }
  const finished = new Set<Value>();
  const path: Value[] = [];
  const visit = (value: Value): readonly Value[] | undefined => {
    if (finished.has(value)) return undefined;
    const place = path.indexOf(value);
    if (place >= 0) return path.slice(place);
    path.push(value);
    for (const after of next.get(value) ?? []) {
      const cycle = visit(after);
      if (cycle !== undefined) return cycle;
    }
    path.pop();
    finished.add(value);
    return undefined;
  };
  for (const value of next.keys()) {
    const cycle = visit(value);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}
