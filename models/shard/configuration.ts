/**
 * What the configuration service decides: who owns which slot, in which epoch, and who is in which group. Every decision
 * is a new configuration with a higher number; whoever has an older one is told, so orders may be lost and overtaken.
 */
import type { NodeId } from '../../framework/index.js';

/** The groups and their servers: pairs of a primary and a backup. */
export const GROUPS = { a: ['a1', 'a2'], b: ['b1', 'b2'] } as const satisfies Record<string, readonly [NodeId, NodeId]>;
export type GroupName = keyof typeof GROUPS;
export const GROUP_NAMES = ['a', 'b'] as const satisfies readonly GroupName[];
export const SERVERS: readonly NodeId[] = GROUP_NAMES.flatMap((group) => GROUPS[group]);

export const groupOf = (server: NodeId): GroupName =>
  GROUP_NAMES.find((group) => GROUPS[group].some((member) => member === server)) ?? 'a';

/** Keys belong to slots, and slots are what moves. */
export const SLOTS = [0, 1, 2] as const;

export function slotOf(key: string): number {
  let sum = 0;
  for (let place = 0; place < key.length; place++) sum += key.charCodeAt(place);
  return sum % SLOTS.length;
}

/** Who owns a slot. The epoch rises by one with each owner. */
export interface Assignment {
  readonly owner: GroupName;
  readonly epoch: number;
  /** To whom it is being moved; that group will own it in epoch + 1. */
  readonly target: GroupName | null;
}

/** Who is in a group. */
export interface View {
  /** The number of the configuration in which this view began: it fences what was meant for an earlier one. */
  readonly epoch: number;
  readonly primary: NodeId;
  /** In sync: it has all that was ever answered. */
  readonly backup: NodeId | null;
  /** Is being sent the log, in order to become the backup. */
  readonly joining: NodeId | null;
  /** The number of the configuration in which the backup, or whoever joins, was told to begin anew. */
  readonly link: number;
}

export interface Configuration {
  readonly number: number;
  readonly views: Readonly<Record<GroupName, View>>;
  readonly slots: readonly Assignment[];
}

const viewOf = ([primary, backup]: readonly [NodeId, NodeId]): View => ({
  epoch: 1,
  primary,
  backup,
  joining: null,
  link: 1,
});

/** In which everybody boots: the slots are dealt out in turn. */
export const INITIAL: Configuration = {
  number: 1,
  views: { a: viewOf(GROUPS.a), b: viewOf(GROUPS.b) },
  slots: SLOTS.map((slot) => ({ owner: initialOwner(slot), epoch: 1, target: null })),
};

export function initialOwner(slot: number): GroupName {
  return GROUP_NAMES[slot % GROUP_NAMES.length] ?? 'a';
}

/** `primary of a: slots 0 2`: what `server` is, as far as one knows who has this configuration. */
export function describePlace({ views, slots }: Configuration, server: NodeId): string {
  const group = groupOf(server);
  const { primary, backup, joining } = views[group];
  if (server === backup) return `backup of ${group}`;
  if (server === joining) return `joins ${group}`;
  if (server !== primary) return `not in ${group}`;
  const owned = SLOTS.filter((slot) => slots[slot]?.owner === group);
  return `primary of ${group}: ${owned.length === 0 ? 'no slots' : `slots ${owned.join(' ')}`}`;
}
