/** The parked queue on disk: a log of events that were parked, and of those taken off it again. */
import type { Context } from '../../../framework/index.js';
import type { RecordedEvent } from '../messages.js';

export interface Parked {
  readonly event: RecordedEvent;
  /** Whether it was replayed, and is being tried again. */
  isReplayed: boolean;
}

type Line =
  { readonly kind: 'parked'; readonly event: RecordedEvent } | { readonly kind: 'taken'; readonly position: number };

type DiskOf = Pick<Context<never>, 'disk'>;

const LOG = 'parked';

export function readParked({ disk }: DiskOf): Parked[] {
  let parked: Parked[] = [];
  for (const line of disk.read<Line>(LOG))
    if (line.kind === 'taken') parked = parked.filter(({ event }) => event.position !== line.position);
    else parked.push({ event: line.event, isReplayed: false });
  return parked;
}

/** It counts once it is synced. */
export const writeParked = (event: RecordedEvent, { disk }: DiskOf): void => {
  disk.append(LOG, { kind: 'parked', event } satisfies Line);
};

/** Takes it off again. */
export const writeTaken = (position: number, { disk }: DiskOf): void => {
  disk.append(LOG, { kind: 'taken', position } satisfies Line);
};
