/**
 * The objects as operations see them (M. Shapiro et al., "Conflict-free replicated data types", SSS 2011, §3.2): where an update
 * is taken it is turned into an effect, and every replica applies the effect once, after those of all updates that it
 * follows. So effects of concurrent updates must commute, and only those. Nothing that is removed need be remembered.
 */
import type { Dot } from '../causality/causal-context.js';
import type { Member, Taken, Update, Value, View } from './messages.js';
import type { OperationRules } from './rules.js';
import { placeOf, type Visible } from './sequence.js';
import { isLater, type Stamp } from './stamp.js';

export type Effect = { readonly dot: Dot; readonly stamp: Stamp } & (
  | { readonly kind: 'visit' }
  | { readonly kind: 'count'; readonly amount: number }
  | { readonly kind: 'assign'; readonly value: Value }
  /** `instead`: the dots of what was there, and is there no longer. */
  | { readonly kind: 'write'; readonly value: Value; readonly instead: readonly Dot[] }
  | { readonly kind: 'add' | 'remove'; readonly member: Member; readonly instead: readonly Dot[] }
  | { readonly kind: 'insert'; readonly value: Value; readonly behind: Dot | null }
  | { readonly kind: 'delete'; readonly target: Dot | null }
);

/** An element of the sequence. Deleted ones stay: others may be inserted behind them. */
interface Cell extends Visible {
  readonly stamp: Stamp;
  deleted: boolean;
}

export interface Objects {
  /** The time of the latest stamp known. */
  latest: number;
  visits: number;
  count: number;
  assigned: { readonly value: Value; readonly stamp: Stamp } | null;
  written: Record<Dot, Value>;
  members: Record<Member, Dot[]>;
  sequence: Cell[];
}

export const noObjects = (): Objects => ({
  latest: 0,
  visits: 0,
  count: 0,
  assigned: null,
  written: {},
  members: {},
  sequence: [],
});

const visible = ({ sequence }: Objects): Visible[] => sequence.filter(({ deleted }) => !deleted);

/** What `update` does to `objects`, which are not changed, and will do everywhere. */
export function effectOf(
  objects: Objects,
  update: Update,
  name: { readonly dot: Dot; readonly stamp: Stamp },
): { readonly effect: Effect; readonly neighbours: Pick<Taken, 'left' | 'right' | 'target'> } {
  const effect = (one: Effect, neighbours: Pick<Taken, 'left' | 'right' | 'target'> = {}) => ({
    effect: one,
    neighbours,
  });
  switch (update.kind) {
    case 'visit':
      return effect({ ...name, kind: 'visit' });
    case 'count':
      return effect({ ...name, kind: 'count', amount: update.amount });
    case 'assign':
      return effect({ ...name, kind: 'assign', value: update.value });
    case 'write':
      return effect({ ...name, kind: 'write', value: update.value, instead: Object.keys(objects.written) });
    case 'add':
    case 'remove': {
      const { kind, member } = update;
      return effect({ ...name, kind, member, instead: [...(objects.members[member] ?? [])] });
    }
    case 'insert': {
      const { left, right } = placeOf(visible(objects), update);
      const neighbours = { ...(left && { left: left.value }), ...(right && { right: right.value }) };
      return effect({ ...name, kind: 'insert', value: update.value, behind: left?.dot ?? null }, neighbours);
    }
    case 'delete': {
      const { right } = placeOf(visible(objects), update);
      return effect({ ...name, kind: 'delete', target: right?.dot ?? null }, right && { target: right.value });
    }
  }
}

export function apply(objects: Objects, effect: Effect, rules: OperationRules): void {
  const { dot, stamp } = effect;
  objects.latest = Math.max(objects.latest, stamp.time);
  switch (effect.kind) {
    case 'visit':
      objects.visits++;
      return;
    case 'count':
      objects.count += effect.amount;
      return;
    case 'assign':
      if (objects.assigned === null || isLater(stamp, objects.assigned.stamp))
        objects.assigned = { value: effect.value, stamp: { ...stamp } };
      return;
    case 'write':
      for (const old of effect.instead) Reflect.deleteProperty(objects.written, old);
      objects.written[dot] = effect.value;
      return;
    case 'add':
    case 'remove': {
      const { member, instead } = effect;
      const left = (objects.members[member] ?? []).filter((one) => !instead.includes(one));
      if (effect.kind === 'add') left.push(dot);
      if (left.length > 0) objects.members[member] = left;
      else Reflect.deleteProperty(objects.members, member);
      return;
    }
    case 'insert': {
      const { behind, value } = effect;
      const { sequence } = objects;
      let place = behind === null ? 0 : sequence.findIndex((cell) => cell.dot === behind) + 1;
      // Those that were inserted at the same place later, and what was inserted behind them, come first.
      for (
        let other = sequence[place];
        other !== undefined && rules.goesBehind(stamp, other.stamp);
        other = sequence[place]
      )
        place++;
      sequence.splice(place, 0, { dot, value, stamp: { ...stamp }, deleted: false });
      return;
    }
    case 'delete': {
      const cell = objects.sequence.find((one) => one.dot === effect.target);
      if (cell !== undefined) cell.deleted = true;
    }
  }
}

export const viewOfObjects = (objects: Objects): View => ({
  visits: objects.visits,
  count: objects.count,
  assigned: objects.assigned?.value ?? null,
  written: Object.values(objects.written).sort((one, other) => one - other),
  members: Object.keys(objects.members).sort(),
  sequence: visible(objects).map(({ value }) => value),
});
