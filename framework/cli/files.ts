/** Files, written whole or not at all: to a temporary name beside the target, synced, then renamed over it. */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { UsageError } from './usage-error.js';

/** Throws a `UsageError` if `path` cannot be written; nothing is left of it then. */
export function writeFileAtomically(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    const file = openSync(temporary, 'w');
    try {
      writeSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`cannot write ${path}: ${reason}; name another file`);
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** Writes all of `files`, or, if one of them cannot be written, none: what was there is there again. */
export function writeAllOrNothing(files: readonly { readonly path: string; readonly text: string }[]): void {
  const undo: (() => void)[] = [];
  try {
    for (const { path, text } of files) {
      const before = readFileIfAny(path);
      const folder = mkdirSync(dirname(path), { recursive: true });
      if (folder !== undefined)
        undo.push(() => {
          rmSync(folder, { recursive: true });
        });
      undo.push(() => {
        if (before === undefined) rmSync(path, { force: true });
        else writeFileAtomically(path, before);
      });
      writeFileAtomically(path, text);
    }
  } catch (error) {
    for (const step of undo.reverse()) step();
    throw new UsageError(`nothing was written: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The text of a file that the user named. */
export function readUserFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`cannot read ${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The text of a file of our own, if it exists. */
export const readFileIfAny = (path: string): string | undefined =>
  existsSync(path) ? readFileSync(path, 'utf8') : undefined;

/** Throws a `UsageError`, which ends with `remedy`, unless `path` is a folder. */
export function requireFolder(path: string, remedy: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw new UsageError(`there is no folder '${path}'; ${remedy}`);
}

/** Makes `folder` and tries to write there, before any work is done whose results could not be kept. */
export function requireWritable(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    const probe = join(folder, `.${process.pid}.probe`);
    writeFileSync(probe, '');
    rmSync(probe);
  } catch (error) {
    throw new UsageError(`cannot write to ${folder}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
