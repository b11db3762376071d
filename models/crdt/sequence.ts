/**
 * The replicated growable array as a state (H.-G. Roh et al., "Replicated abstract data types", JPDC 71(3), 2011; as a tree
 * of insertions: H. Attiya et al., "Specification and complexity of collaborative text editing", PODC 2016). Each element
 * hangs under the one that it was inserted behind; of those at the same place the latest comes first. Deleted ones stay as
 * tombstones, because others may hang under them.
 */
import type { Dot } from '../causality/causal-context.js';
import type { Update, Value } from './messages.js';
import { latestFirst, type Stamp } from './stamp.js';

export interface Element {
  readonly value: Value;
  /** The element that it was inserted behind; null at the beginning. */
  readonly behind: Dot | null;
  readonly stamp: Stamp;
}

export interface Sequence {
  elements: Record<Dot, Element>;
  deleted: Record<Dot, true>;
}

/** An element that can be seen. */
export interface Visible {
  readonly dot: Dot;
  readonly value: Value;
}

export function joinSequence(sequence: Sequence, other: Sequence): void {
  for (const [dot, element] of Object.entries(other.elements)) sequence.elements[dot] ??= { ...element };
  for (const dot of Object.keys(other.deleted)) sequence.deleted[dot] = true;
}

/** What can be seen, in order. */
export function visible({ elements, deleted }: Sequence): Visible[] {
  const children = new Map<Dot | null, Dot[]>();
  for (const [dot, { behind }] of Object.entries(elements)) {
    const siblings = children.get(behind);
    if (siblings === undefined) children.set(behind, [dot]);
    else siblings.push(dot);
  }
  const inOrder: Visible[] = [];
  const visit = (dot: Dot): void => {
    const element = elements[dot];
    if (element === undefined) return;
    if (deleted[dot] !== true) inOrder.push({ dot, value: element.value });
    below(dot);
  };
  const below = (dot: Dot | null): void => {
    const stampOf = (one: Dot): Stamp => elements[one]?.stamp ?? { time: 0, actor: '' };
    for (const child of (children.get(dot) ?? []).sort((one, other) => latestFirst(stampOf(one), stampOf(other))))
      visit(child);
  };
  below(null);
  return inOrder;
}

/** Where an edit strikes, among the elements that can be seen. */
export interface Place {
  readonly left: Visible | undefined;
  readonly right: Visible | undefined;
}

/** Left and right of an insertion; right is what a deletion deletes. */
export function placeOf(seen: readonly Visible[], { position }: Extract<Update, { readonly position: number }>): Place {
  const at = Math.min(position, seen.length);
  return { left: at === 0 ? undefined : seen[at - 1], right: seen[at] };
}
