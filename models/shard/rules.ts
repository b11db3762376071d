/** The decisions on which safety rests, apart from the handlers so that a mutant can break one of them and no other. */
import type { Phase } from './commands.js';

export interface Rules {
  /** Whether a group does what a client asks for, whose map names `asked` as the slot's epoch. */
  serves(slot: { readonly phase: Phase; readonly epoch: number; readonly asked: number }): boolean;

  /** Whether a key that is written while its slot is being moved has to be sent (again). */
  recordsChange(key: { readonly alreadyCopied: boolean }): boolean;

  /** Whether the answers to earlier requests go with the slot, so that its new owner recognises their retries. */
  handsOverSessions(): boolean;

  /** Whether a primary may take a command for done: its backup has it too. */
  isDone(command: { readonly onOwnDisk: boolean; readonly atBackup: boolean }): boolean;
}

export const rules: Rules = {
  serves: ({ phase, epoch, asked }) => phase === 'serving' && epoch === asked,
  recordsChange: () => true,
  handsOverSessions: () => true,
  isDone: ({ onOwnDisk, atBackup }) => onOwnDisk && atBackup,
};
