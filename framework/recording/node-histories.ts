/** What each node held at every moment of a run: its state, in memory, and its disk, as it reads it and as a crash leaves it. */
import { applyPatches, enablePatches, type Objectish, type Patch } from 'immer';
import type { DiskChange, DiskRecord } from '../world/disk.js';
import type { NodeId } from '../world/protocol.js';
import type { RecordedEvent } from './events.js';
import { Replayed } from './replayed.js';
import { differenceOf } from './difference.js';
import type { Moment } from './timeline.js';

enablePatches();

/** `down`: its process is gone. */
export type NodeState = { readonly kind: 'up'; readonly state: unknown } | { readonly kind: 'down' };

interface Image {
  readonly logs: ReadonlyMap<string, readonly DiskRecord[]>;
  readonly values: ReadonlyMap<string, unknown>;
}

type Write = Extract<DiskChange, { kind: 'append' | 'truncate' | 'set' }>;

/** Records of both images that are the same object are the same record. */
export interface DiskState {
  /** What the node reads. */
  readonly cached: Image;
  /** What a crash leaves. */
  readonly durable: Image;
  /** Oldest first. */
  readonly unsynced: readonly Write[];
}

export interface NodeHistory {
  readonly states: Replayed<NodeState, readonly Patch[] | 'down'>;
  readonly disk: Replayed<DiskState, DiskChange>;
  /** What it is, as the cluster's `roleNames` have it; undefined where they do not say, and while it is down. */
  readonly roles: Replayed<string | undefined, string | undefined>;
}

export function nodeHistories(
  nodes: readonly NodeId[],
  events: readonly RecordedEvent[],
  moments: readonly Moment[],
): ReadonlyMap<NodeId, NodeHistory> {
  const histories = new Map<NodeId, NodeHistory>(
    nodes.map((node) => {
      const states = new Replayed<NodeState, readonly Patch[] | 'down'>({ kind: 'down' }, changeState);
      const roles = new Replayed<string | undefined, string | undefined>(undefined, (_, role) => role);
      return [node, { states, roles, disk: emptyDisk() }];
    }),
  );
  for (const { index, from, to } of moments)
    for (let at = from; at < to; at++) {
      const event = events[at];
      if (event?.kind === 'state') histories.get(event.node)?.states.add(index, event.patches);
      else if (event?.kind === 'role') histories.get(event.node)?.roles.add(index, event.role);
      else if (event?.kind === 'down') {
        histories.get(event.node)?.states.add(index, 'down');
        histories.get(event.node)?.roles.add(index, undefined);
      } else if (event?.kind === 'disk') histories.get(event.node)?.disk.add(index, event.change);
    }
  return histories;
}

function changeState(before: NodeState, change: readonly Patch[] | 'down'): NodeState {
  if (change === 'down') return { kind: 'down' };
  // A process that starts has no state yet: its first patch replaces the whole of it.
  const state: unknown = before.kind === 'up' ? before.state : {};
  return { kind: 'up', state: applyPatches(state as Objectish, change) };
}

/** The way to a part of a state: the names and places of the parts around it, outermost first, itself last. */
export type Path = readonly string[];

/** The last moment before `moment` in which the part of a state at `path` changed, or the first one after it, if there is any. */
export function neighbourOfPart(
  states: NodeHistory['states'],
  path: Path,
  moment: number,
  direction: 'before' | 'after',
): number | undefined {
  const concerns = (change: readonly Patch[] | 'down'): boolean =>
    change === 'down' ||
    change.some((patch) => patch.path.every((name, depth) => depth >= path.length || String(name) === path[depth]));
  let found: number | undefined = moment;
  do found = states.neighbourOf(found, direction, concerns);
  while (
    // What is around it may have been replaced, and it be as it was.
    found !== undefined &&
    differenceOf(partAt(states.at(found - 1), path), partAt(states.at(found), path)).kind === 'same'
  );
  return found;
}

/** Undefined where there is no such part. */
function partAt(state: NodeState, path: Path): unknown {
  if (state.kind === 'down') return undefined;
  return path.reduce<unknown>(
    (value, name) =>
      typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined,
    state.state,
  );
}

const emptyDisk = (): Replayed<DiskState, DiskChange> => {
  const empty: Image = { logs: new Map(), values: new Map() };
  return new Replayed<DiskState, DiskChange>({ cached: empty, durable: empty, unsynced: [] }, changeDisk);
};

function changeDisk(disk: DiskState, change: DiskChange): DiskState {
  const { cached, durable, unsynced } = disk;
  switch (change.kind) {
    case 'append':
    case 'truncate':
    case 'set':
      return { ...disk, cached: written(cached, change), unsynced: [...unsynced, change] };
    case 'durable': {
      const image = unsynced.slice(0, change.writes).reduce(written, durable);
      return { ...disk, durable: image, unsynced: unsynced.slice(change.writes) };
    }
    case 'forgotten':
      return { ...disk, unsynced: unsynced.slice(change.writes) };
    case 'reloaded': {
      const image: Image = {
        logs: new Map(Object.entries(change.logs)),
        values: new Map(Object.entries(change.values)),
      };
      return { cached: image, durable: image, unsynced: [] };
    }
    case 'corrupted': {
      const { log, place, record, damaged } = change;
      const corrupt: DiskRecord = { record, ...(damaged !== undefined && { damaged }) };
      const spoilt = (image: Image): Image => ({
        ...image,
        logs: new Map(image.logs).set(log, (image.logs.get(log) ?? []).with(place, corrupt)),
      });
      return { ...disk, durable: spoilt(durable), cached: change.cached ? spoilt(cached) : cached };
    }
  }
}

/** The image after a write. An appended change is itself the record, so that both images share it. */
function written(image: Image, write: Write): Image {
  switch (write.kind) {
    case 'append':
      return { ...image, logs: new Map(image.logs).set(write.log, [...(image.logs.get(write.log) ?? []), write]) };
    case 'truncate': {
      const records = image.logs.get(write.log) ?? [];
      return { ...image, logs: new Map(image.logs).set(write.log, records.slice(0, write.length)) };
    }
    case 'set':
      return { ...image, values: new Map(image.values).set(write.key, write.value) };
  }
}
