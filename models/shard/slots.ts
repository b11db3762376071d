/**
 * The slots of a group as a state machine: commands in, the same state at every member out. What a group tells others
 * is read from here only, so it is never more than what the group has agreed on.
 */
import type { Command, Item, Operation, Phase, Request, Session, Value } from './commands.js';
import { initialOwner, SLOTS, type GroupName } from './configuration.js';
import type { Rules } from './rules.js';

/** A migration at its source. */
export interface Moving {
  readonly to: GroupName;
  /** The keys whose present values the target is not known to have: the log of changes, at first all keys. */
  remaining: string[];
  /** The keys of which it has had a value. */
  copied: string[];
}

export interface Slot {
  phase: Phase;
  /** In which the group owns it, has owned it, or will own it. */
  epoch: number;
  items: Record<string, Item>;
  sessions: Record<string, Session>;
  updates: number;
  moving: Moving | null;
}

/** What came of an `execute`; null of other commands, and of a duplicate of a request that was answered long ago. */
export type Effect = { readonly kind: 'answer'; readonly result: unknown } | { readonly kind: 'moved' } | null;

export const initialSlots = (group: GroupName): Slot[] =>
  SLOTS.map((slot) => ({
    phase: initialOwner(slot) === group ? 'serving' : 'absent',
    epoch: initialOwner(slot) === group ? 1 : 0,
    items: {},
    sessions: {},
    updates: 0,
    moving: null,
  }));

/** Does `command` if it is still the time for it. */
export function apply(slots: Slot[], command: Command, rules: Rules): Effect {
  if (command.kind === 'execute') {
    const slot = slots[command.request.slot];
    return slot === undefined ? null : execute(slot, command.request, rules);
  }
  const slot = slots[command.slot];
  if (slot === undefined) return null;
  if (command.kind === 'install' || command.kind === 'activate') receive(slot, command);
  else if (command.epoch === slot.epoch + 1) give(slot, command);
  return null;
}

function execute(slot: Slot, { session, n, epoch: asked, operation }: Request, rules: Rules): Effect {
  const { phase, epoch, sessions } = slot;
  if (!rules.serves({ phase, epoch, asked })) return { kind: 'moved' };
  const known = sessions[session];
  if (known !== undefined && n < known.n) return null;
  if (known?.n === n) return { kind: 'answer', result: known.result };
  const before = slot.items[operation.key]?.value ?? null;
  const { value, result } = outcomeOf(operation, before);
  if (value !== undefined) write(slot, operation.key, value, rules);
  sessions[session] = { n, result };
  return { kind: 'answer', result };
}

function write(slot: Slot, key: string, value: Value, rules: Rules): void {
  const { moving } = slot;
  slot.updates++;
  slot.items[key] = { key, value, version: slot.updates };
  if (moving === null || moving.remaining.includes(key)) return;
  if (rules.recordsChange({ alreadyCopied: moving.copied.includes(key) })) moving.remaining.push(key);
}

/** The new value, if there is one, and what the client is told. */
function outcomeOf(operation: Operation, before: Value): { readonly value?: Value; readonly result: Value } {
  switch (operation.kind) {
    case 'get':
      return { result: before };
    case 'put':
      return { value: operation.value, result: null };
    case 'append':
      return { value: `${before ?? ''}${operation.value}`, result: null };
    case 'cas':
      return before === operation.from ? { value: operation.to, result: true } : { result: false };
  }
}

/** The source's part. */
function give(slot: Slot, command: Exclude<Command, { kind: 'execute' | 'install' | 'activate' }>): void {
  const { moving, phase } = slot;
  switch (command.kind) {
    case 'begin':
      if (phase !== 'serving' || moving !== null) return;
      slot.moving = { to: command.to, remaining: Object.keys(slot.items).sort(), copied: [] };
      return;
    case 'copied':
      if (moving === null) return;
      if (!moving.copied.includes(command.key)) moving.copied.push(command.key);
      // It may have been written since it was sent.
      if (slot.items[command.key]?.version !== command.version) return;
      moving.remaining = moving.remaining.filter((key) => key !== command.key);
      return;
    case 'freeze':
      if (phase === 'serving' && moving !== null) slot.phase = 'frozen';
      return;
    case 'release':
      if (phase !== 'frozen') return;
      slot.phase = 'released';
      slot.items = {};
      slot.sessions = {};
      slot.moving = null;
  }
}

/** Whether copies for `epoch` are still wanted: they may begin a migration, and are late once it is over. */
export const awaits = ({ phase, epoch: own }: Slot, epoch: number): boolean =>
  phase === 'receiving' ? own <= epoch : phase !== 'serving' && own < epoch;

/** The target's part. Copies may be repeated and overtake each other: the highest version of a key counts. */
function receive(slot: Slot, command: Extract<Command, { kind: 'install' | 'activate' }>): void {
  const { epoch } = command;
  if (!awaits(slot, epoch)) return;
  if (slot.epoch < epoch)
    // A source that is frozen still has not heard that its slot had arrived, which has come back meanwhile.
    Object.assign(slot, { phase: 'receiving', epoch, items: {}, sessions: {}, updates: 0, moving: null });
  for (const item of command.kind === 'install' ? [command.item] : command.rest)
    if (item.version > (slot.items[item.key]?.version ?? 0)) slot.items[item.key] = item;
  if (command.kind === 'install') return;
  slot.phase = 'serving';
  slot.sessions = { ...command.sessions };
  slot.updates = command.updates;
}
