/** `faultline open`: writes the explorer's page of a saved finding, and shows it where there is a desktop. */
import { spawn } from 'node:child_process';
import { relative } from 'node:path';
import type { Finding } from '../explore/finding.js';
import type { System } from '../simulation/system.js';
import { replayCommand } from './command-line.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { pageIn, writeExplorerPage } from './explorer-page.js';
import { FINDINGS_FOLDER } from './folders.js';
import { systemOf } from './replay.js';
import { UsageError } from './usage-error.js';

export function openFinding(options: {
  readonly path: string;
  readonly finding: Finding;
  readonly systems: readonly System[];
  readonly systemsModule: string | undefined;
  /** Where the page is written. Default: among the findings, wherever this one is kept. */
  readonly out: string | undefined;
  readonly browser: boolean;
}): ExitCode {
  const { path, finding, systems, systemsModule, out, browser } = options;
  const system = systemOf(systems, finding, path);
  const target = out ?? pageIn(FINDINGS_FOLDER, path);
  try {
    writeExplorerPage(system, finding, { target, replayCommand: replayCommand(path, systemsModule) });
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(`${path} does not fit its system: ${error.message}`);
    throw error;
  }
  process.stdout.write(`${relative('.', target)}\n`);
  if (browser && hasDesktop()) showInBrowser(target);
  return EXIT.clean;
}

/** A person at a terminal, on a machine that can show a window. */
function hasDesktop(): boolean {
  const { DISPLAY, WAYLAND_DISPLAY, CI } = process.env;
  if (!process.stdout.isTTY || CI !== undefined) return false;
  return process.platform !== 'linux' || DISPLAY !== undefined || WAYLAND_DISPLAY !== undefined;
}

const OPENERS: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  darwin: ['open'],
  win32: ['cmd', '/c', 'start', ''],
};

function showInBrowser(path: string): void {
  const [command = 'xdg-open', ...words] = OPENERS[process.platform] ?? [];
  const child = spawn(command, [...words, path], { stdio: 'ignore', detached: true });
  // The path is printed: without an opener it can still be opened by hand.
  child.on('error', () => undefined);
  child.unref();
}
