/**
 * The state machine (§2): a key-value store, and for each session the last update that took effect (§8). The same commands
 * in the same order make the same store, so it is not on disk: a restarted server builds it anew from the log.
 */
import type { Command, Update, Value } from './messages.js';
import type { Rules } from './rules.js';

export interface Machine {
  readonly store: Record<string, Value>;
  readonly sessions: Record<string, number>;
  /** The updates that took effect, in order. */
  readonly executed: Update[];
  /** How many committed commands had taken effect before. */
  repeated: number;
}

export const emptyMachine = (): Machine => ({ store: {}, sessions: {}, executed: [], repeated: 0 });

/** Whether this update, or a later one of its session, has taken effect. */
export const isExecuted = ({ sessions }: Machine, session: string, serial: number): boolean =>
  serial <= (sessions[session] ?? 0);

/** Executes a committed command, unless it was executed before: a client that asks again may be in the log twice. */
export function apply(machine: Machine, { session, serial, update }: Command, rules: Rules): void {
  const lastOfSession = machine.sessions[session] ?? 0;
  if (!rules.executes({ serial, lastOfSession })) {
    machine.repeated++;
    return;
  }
  machine.sessions[session] = Math.max(serial, lastOfSession);
  machine.executed.push(update);
  const { key, value } = update;
  machine.store[key] = update.kind === 'put' ? value : `${machine.store[key] ?? ''}${value}`;
}
