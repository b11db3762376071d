/** Files, written whole or not at all: to a temporary name beside the target, synced, then renamed over it. */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { UsageError } from './usage-error.js';

/** Throws a `UsageError` if `path` cannot be written; nothing is left of it then. */
export function writeFileAtomically(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.tmp`;
  const made = new MadeFolders();
  try {
    made.add(dirname(path));
    const file = openSync(temporary, 'w');
    try {
      writeSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    if (existsSync(temporary)) rmSync(temporary);
    made.undo();
    throw new UsageError(`cannot write ${path}: ${reasonOf(error)}; name another file`);
  }
}

/** Writes all of `files`, or, if one of them cannot be written, none: what was there is there again. */
export function writeAllOrNothing(files: readonly { readonly path: string; readonly text: string }[]): void {
  const undo: (() => void)[] = [];
  try {
    for (const { path, text } of files) {
      const before = readFileIfAny(path);
      const made = new MadeFolders();
      undo.push(() => {
        made.undo();
      });
      made.add(dirname(path));
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

/** What `-` stands for. Read as a stream, wherever there is no such file. */
export const STANDARD_INPUT = '/dev/stdin';

/** The text of a file that the user named. `remedy` says where there are such files. */
export function readUserFile(path: string, remedy: string): string {
  try {
    return readFileSync(path === STANDARD_INPUT ? 0 : path, 'utf8');
  } catch (error) {
    throw new UsageError(`cannot read ${path}: ${reasonOf(error)}; ${remedy}`);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder, not a file',
  ENOTDIR: 'there is a file where its path needs a folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  ENAMETOOLONG: 'its name is too long',
};

/** What went wrong with a file, in words. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return REASONS[(error as NodeJS.ErrnoException).code ?? ''] ?? error.message;
}

/** Folders made on the way to something, which go again if nothing comes of it. */
class MadeFolders {
  /** Outer before inner. */
  private readonly made: string[] = [];

  /**
   * Makes `folder` and those around it that are missing, one by one: where a file system refuses without saying why (/proc),
   * Node's own `recursive` tries for ever.
   */
  add(folder: string): void {
    const missing: string[] = [];
    for (let path = resolve(folder); !existsSync(path); path = dirname(path)) missing.unshift(path);
    for (const path of missing)
      try {
        mkdirSync(path);
        this.made.push(path);
      } catch (error) {
        // Somebody else was faster.
        if (isFolder(path)) continue;
        throw new UsageError(`no folder can be made in ${dirname(path)} (${(error as NodeJS.ErrnoException).code})`);
      }
    if (!isFolder(folder)) throw new UsageError(`${folder} is a file, not a folder`);
  }

  /** Removes those that are still empty. */
  undo(): void {
    for (const path of this.made.splice(0).reverse())
      try {
        rmdirSync(path);
      } catch {
        return;
      }
  }
}

/** Makes `folder` and those around it that are missing. Throws a `UsageError` if that cannot be. */
export function makeFolder(folder: string): void {
  new MadeFolders().add(folder);
}

const isFolder = (path: string): boolean => existsSync(path) && statSync(path).isDirectory();

/** The text of a file of our own, if it exists. */
export const readFileIfAny = (path: string): string | undefined =>
  existsSync(path) ? readFileSync(path, 'utf8') : undefined;

/** Throws a `UsageError`, which ends with `remedy`, unless `path` is a folder. */
export function requireFolder(path: string, remedy: string): void {
  if (!isFolder(path)) throw new UsageError(`there is no folder '${path}'; ${remedy}`);
}

/**
 * Makes `folders` and tries to write there, before any work is done whose results could not be kept. If one of them cannot
 * be written to, none is made.
 */
export function requireWritable(folders: readonly string[]): void {
  const made = new MadeFolders();
  for (const folder of folders)
    try {
      made.add(folder);
      const probe = join(folder, `.${process.pid}.probe`);
      writeFileSync(probe, '');
      rmSync(probe);
    } catch (error) {
      made.undo();
      throw new UsageError(`cannot write to ${folder}: ${reasonOf(error)}; name another folder`);
    }
}
