/** When the configuration service moves a slot by itself: the hot one, from the group with more updates to the other. */
import { GROUP_NAMES, SLOTS, type Configuration, type GroupName } from './configuration.js';

/** By how many updates since the last comparison the loads must differ. */
const DIFFERENCE_MIN = 3;

/** The move that evens the loads out best, or null if none is worth it, or one is under way. */
export function balance(
  { slots }: Pick<Configuration, 'slots'>,
  { updates, compared }: { readonly updates: readonly number[]; readonly compared: readonly number[] },
): { readonly slot: number; readonly to: GroupName } | null {
  if (slots.some(({ target }) => target !== null)) return null;
  const loadOf = (slot: number): number => Math.max(0, (updates[slot] ?? 0) - (compared[slot] ?? 0));
  const ownedBy = (group: GroupName): readonly number[] => SLOTS.filter((slot) => slots[slot]?.owner === group);
  const groups = GROUP_NAMES.map((group) => ({
    group,
    load: ownedBy(group).reduce((sum, slot) => sum + loadOf(slot), 0),
  })).sort((one, other) => other.load - one.load);
  const [hottest, coldest] = [groups[0], groups.at(-1)];
  if (hottest === undefined || coldest === undefined) return null;
  const difference = hottest.load - coldest.load;
  if (difference < DIFFERENCE_MIN) return null;
  const moves = ownedBy(hottest.group)
    .map((slot) => ({ slot, left: Math.abs(difference - 2 * loadOf(slot)) }))
    .filter(({ left }) => left < difference)
    .sort((one, other) => one.left - other.left);
  return moves[0] === undefined ? null : { slot: moves[0].slot, to: coldest.group };
}
