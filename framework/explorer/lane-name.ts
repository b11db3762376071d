/** The names above the lanes of the step list, as short as the lanes are narrow. */

/** A character of the names above the lanes takes about so many pixels. */
const CHARACTER = 7.6;

/** A name that fits above its lane: names differ most often in their ends, so that it is the middle that gives way. */
export function laneName(name: string, width: number): string {
  const room = Math.max(2, Math.floor((width - 2) / CHARACTER));
  if (name.length <= room) return name;
  const end = Math.min(2, room - 1);
  return `${name.slice(0, Math.max(0, room - 1 - end))}…${name.slice(-end)}`;
}
