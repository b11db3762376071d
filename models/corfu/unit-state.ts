/** What a storage unit knows, and how it keeps it: nothing is told before it is on disk. */
import type { Context, NodeId } from '../../framework/index.js';
import type { Message, Page } from './messages.js';
import type { Projection, Sealed } from './projection.js';
import type { Rules } from './rules.js';

/** A reconfiguration by which a unit wants to come in, or to have a sequencer again. */
export interface Attempt {
  readonly epoch: number;
  readonly joining: { readonly unit: NodeId; readonly into: 'chain' | 'repair' } | null;
  readonly sealed: Sealed;
}

export interface UnitState {
  /** Requests of older epochs are refused. */
  epoch: number;
  /** How often it was sealed. */
  seals: number;
  /** Whether it has all that was acknowledged without it: false from when it empties itself until it was copied to. */
  copied: boolean;
  /** By position; all of it is on disk. */
  pages: (Page | null)[];
  /** Written, and not on disk yet. */
  pending: { readonly position: number; readonly page: Page; readonly sync: number }[];
  /** Answers that wait for what was written to be on disk. */
  owed: { readonly to: NodeId; readonly message: Message; readonly sync: number }[];
  syncs: number;
  /** From which position on it has yet to be copied to. */
  copyFrom: number;
  /** The number of the sync after which it is copied, while that is under way. */
  copying: number | null;
  /** The newest projection that it has heard of; null after a restart. */
  projection: Projection | null;
  attempt: Attempt | null;
}

export type Timer = 'poll' | 'synced';
export type UnitContext = Context<Message, Timer>;

export interface UnitSetting {
  readonly sequencers: readonly NodeId[];
  readonly rules: Rules;
}

interface Record {
  readonly epoch: number;
  readonly seals: number;
  readonly copied: boolean;
}

const PAGES = 'pages';
const UNIT = 'unit';

export function restored(ctx: UnitContext): UnitState {
  const { epoch, seals, copied } = ctx.disk.get<Record>(UNIT) ?? { epoch: 1, seals: 0, copied: true };
  const pages: (Page | null)[] = [];
  for (const { position, page } of ctx.disk.read<{ readonly position: number; readonly page: Page }>(PAGES))
    put(pages, position, page);
  return {
    epoch,
    seals,
    copied,
    pages,
    pending: [],
    owed: [],
    syncs: 0,
    copyFrom: 0,
    copying: null,
    projection: null,
    attempt: null,
  };
}

/** Write-once, but for trimming. */
function put(pages: (Page | null)[], position: number, page: Page): void {
  while (pages.length <= position) pages.push(null);
  const present = pages[position] ?? null;
  if (present === null || page.kind === 'trimmed') pages[position] = page;
}

export const pageAt = (unit: UnitState, position: number): Page | null => unit.pages[position] ?? null;

/** What is at `position`, or will be. */
const takenAt = (unit: UnitState, position: number): Page | null =>
  unit.pending.findLast((one) => one.position === position)?.page ?? pageAt(unit, position);

/** Takes `page` unless there is one. Returns the page that is there then. */
export function takePage(unit: UnitState, position: number, page: Page, ctx: UnitContext): Page {
  const present = takenAt(unit, position);
  if (present !== null && (page.kind !== 'trimmed' || present.kind === 'trimmed')) return present;
  ctx.disk.append(PAGES, { position, page });
  unit.pending.push({ position, page, sync: unit.syncs + 1 });
  sync(unit, ctx);
  return page;
}

export const isPending = (unit: UnitState, position: number): boolean =>
  unit.pending.some((one) => one.position === position);

function sync(unit: UnitState, ctx: UnitContext): void {
  unit.syncs++;
  ctx.disk.sync('synced', String(unit.syncs));
}

export function saveRecord(unit: UnitState, ctx: UnitContext): void {
  const { epoch, seals, copied } = unit;
  ctx.disk.set(UNIT, { epoch, seals, copied } satisfies Record);
  sync(unit, ctx);
}

/** Sends `message` when all that was written so far is on disk. */
export function owe(unit: UnitState, to: NodeId, message: Message): void {
  unit.owed.push({ to, message, sync: unit.syncs });
}

/** Whoever was outside may hold pages that nobody else has, of chains that are gone: it begins again with nothing. */
export function empty(unit: UnitState, ctx: UnitContext): void {
  unit.copied = false;
  unit.copyFrom = 0;
  unit.copying = null;
  saveRecord(unit, ctx);
  ctx.disk.truncate(PAGES, 0);
  unit.pages = [];
  unit.pending = [];
  unit.owed = [];
}

/** The position after the last one that is taken. */
export const lengthOf = ({ pages }: UnitState): number => pages.length;

/** Everything up to sync number `done` is on disk. */
export function settle(unit: UnitState, done: number, ctx: UnitContext): void {
  for (const { position, page, sync: number } of unit.pending) if (number <= done) put(unit.pages, position, page);
  unit.pending = unit.pending.filter((one) => one.sync > done);
  for (const { to, message, sync: number } of unit.owed)
    if (number <= done) ctx.send(to, message.kind === 'sealed' ? { ...message, tail: lengthOf(unit) } : message);
  unit.owed = unit.owed.filter((one) => one.sync > done);
  if (unit.copying === null || unit.copying > done) return;
  unit.copying = null;
  unit.copied = true;
  saveRecord(unit, ctx);
}

/** What a unit holds in the end. */
export interface UnitInspection {
  readonly kind: 'unit';
  readonly epoch: number;
  readonly seals: number;
  readonly pages: readonly (Page | null)[];
}

export const inspectUnit = ({ epoch, seals, pages }: UnitState): UnitInspection => ({
  kind: 'unit',
  epoch,
  seals,
  pages,
});
