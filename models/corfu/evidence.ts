/** What a run shows of the log: who appended what where, and what anybody has ever seen at a position. */
import { operationsOf, type Entry, type Observed, type RecordedOperation } from '../../framework/index.js';
import type { AuxiliaryState } from './auxiliary.js';
import type { Appended, Found, Operation, Page, Scanned } from './messages.js';
import type { Projection } from './projection.js';
import type { UnitInspection } from './unit-state.js';

export type Inspection = UnitInspection | { readonly kind: 'auxiliary'; readonly decided: readonly Projection[] };

export const inspectAuxiliary = ({ decided }: AuxiliaryState): Inspection => ({ kind: 'auxiliary', decided });

export type Run = Observed<Operation, Inspection>;
export type Recorded = RecordedOperation<Operation>;

export interface KnownAppend {
  readonly recorded: Recorded;
  readonly value: string | number;
  readonly nonce: string;
  /** Undefined if it was not acknowledged. */
  readonly position: number | undefined;
}

export interface Sighting {
  readonly recorded: Recorded;
  readonly position: number;
  /** Null if nothing was there. */
  readonly page: Page | null;
}

export function appendsOf({ history }: Pick<Run, 'history'>): readonly KnownAppend[] {
  const counts = new Map<number, number>();
  const appends: KnownAppend[] = [];
  for (const recorded of operationsOf(history)) {
    const { process, operation, outcome } = recorded;
    const count = (counts.get(process) ?? 0) + 1;
    counts.set(process, count);
    if (operation.kind !== 'append') continue;
    const position = outcome.kind === 'ok' ? (outcome.result as Appended).position : undefined;
    appends.push({ recorded, value: operation.value, nonce: `r${process}.${count}`, position });
  }
  return appends;
}

/** What reads, fills and scans have shown. */
export function sightingsOf({ history }: Pick<Run, 'history'>): readonly Sighting[] {
  return operationsOf(history).flatMap((recorded): Sighting[] => {
    const { operation, outcome } = recorded;
    if (outcome.kind !== 'ok') return [];
    switch (operation.kind) {
      case 'read':
      case 'follow':
      case 'fill':
      case 'trim': {
        const { position, page } = outcome.result as Found;
        return [{ recorded, position, page }];
      }
      case 'scan':
        return (outcome.result as Scanned).pages.map((page, position) => ({ recorded, position, page }));
      case 'append':
      case 'tail':
        return [];
    }
  });
}

/** `r3.1`, `junk`, `trimmed`, or `unwritten`. */
export const nameOf = (page: Page | null): string =>
  page === null ? 'unwritten' : page.kind === 'data' ? page.nonce : page.kind;

export const say = (page: Page | null): string =>
  page?.kind === 'data' ? `${JSON.stringify(page.value)} (${page.nonce})` : nameOf(page);

/** All projections, oldest first. */
export function decidedOf({ replicas }: Run): readonly Projection[] {
  for (const one of replicas.values()) if (one.kind === 'auxiliary') return one.decided;
  return [];
}

/** What only positions know: the operations as each of them sees them. */
export type PositionOperation =
  | { readonly kind: 'write'; readonly position: number; readonly page: string }
  | { readonly kind: 'fill'; readonly position: number }
  | { readonly kind: 'trim'; readonly position: number }
  | { readonly kind: 'read'; readonly position: number };

/**
 * The history of the positions. An append whose outcome is unknown is one of the position at which its page was seen; a fill
 * may be anybody's (appends and scans fill what they find), and at any time.
 */
export function positionHistory(run: Pick<Run, 'history'>): readonly Entry<PositionOperation>[] {
  const sightings = sightingsOf(run);
  const seenAt = new Map<string, number>();
  const junk = new Set<number>();
  for (const { page, position } of sightings) {
    if (page?.kind === 'data') seenAt.set(page.nonce, position);
    if (page?.kind === 'junk') junk.add(position);
  }
  type Event = { readonly at: number; readonly entry: Entry<PositionOperation> };
  const events: Event[] = [];
  let process = 0;
  const add = (operation: PositionOperation, recorded: Recorded, result: string | undefined): void => {
    const { index, returnIndex, invokedAt, returnedAt } = recorded;
    events.push({ at: index, entry: { type: 'invoke', process, time: invokedAt, operation } });
    if (returnIndex !== null && returnedAt !== null && result !== undefined)
      events.push({ at: returnIndex, entry: { type: 'ok', process, time: returnedAt, result } });
    process++;
  };
  const all = operationsOf(run.history);
  const [first] = all;
  if (first !== undefined)
    for (const position of [...junk].sort((one, other) => one - other))
      add({ kind: 'fill', position }, first, undefined);
  for (const { recorded, nonce, position } of appendsOf(run)) {
    const place = position ?? seenAt.get(nonce);
    if (place === undefined) continue;
    add({ kind: 'write', position: place, page: nonce }, recorded, position === undefined ? undefined : 'written');
  }
  for (const recorded of all) {
    const { operation, outcome } = recorded;
    if (operation.kind === 'trim' && outcome.kind !== 'fail')
      add({ kind: 'trim', position: operation.position }, recorded, outcome.kind === 'ok' ? 'trimmed' : undefined);
  }
  for (const { recorded, position, page } of sightings)
    if (recorded.operation.kind !== 'trim') add({ kind: 'read', position }, recorded, nameOf(page));
  return events.sort((one, other) => one.at - other.at).map(({ entry }) => entry);
}
