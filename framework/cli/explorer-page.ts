/** The explorer as a file: the page that `npm run build:explorer` makes, with a recording in it. */
import { existsSync, readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { recordingOf, type Recording, type RecordingOptions } from '../recording/recording.js';
import type { Finding } from '../explore/finding.js';
import type { System } from '../simulation/system.js';
import { writeFileAtomically } from './files.js';
import { UsageError } from './usage-error.js';

/** What stands where the recording goes. */
const PLACE = '<!-- recording -->';

/** From the sources, and from within `dist/` itself. */
const FOLDERS = ['../../dist/', '../../'];

/** A page as it was built, without data. Throws a `UsageError` that says how to build it if it is not there. */
export function builtPage(name: 'explorer' | 'panel'): string {
  const paths = FOLDERS.map((folder) => fileURLToPath(new URL(`${folder}${name}.html`, import.meta.url)));
  const path = paths.find((one) => existsSync(one));
  if (path === undefined)
    throw new UsageError(`the page of the ${name} has not been built: run npm run build:explorer in the checkout`);
  return readFileSync(path, 'utf8');
}

/** The explorer's page without data. */
export const explorerTemplate = (): string => builtPage('explorer');

/**
 * The text of a page that shows `source`: a recording, which is put into the page, or the address of one as JSON, which the
 * page fetches from where it came from itself. The page needs nothing else. `template`: see `explorerTemplate`.
 */
export function explorerPage(source: Recording | { readonly url: string }, template: string): string {
  if (!template.includes(PLACE)) throw new Error('this is no page of the explorer: it has no place for a recording');
  // Nothing of the data can end its element: base64 has no markup, and neither has an address once it is escaped.
  const element =
    'url' in source
      ? `<script type="text/plain" id="recording" data-url="${encodeURI(source.url).replaceAll('"', '%22')}"></script>`
      : `<script type="text/plain" id="recording">${packed(source)}</script>`;
  return template.replace(PLACE, () => element);
}

/** Base64 of gzip of JSON. Numbers that JSON lacks are told by name. */
function packed(recording: Recording): string {
  const text = JSON.stringify(recording, (_, value: unknown) =>
    typeof value === 'number' && !Number.isFinite(value) ? String(value) : value,
  );
  return gzipSync(text).toString('base64');
}

/**
 * Records `finding`, which is kept in `path`, and writes the explorer's page to `target`; returns `target`. Throws a
 * `RangeError` if its plan does not fit the system.
 */
export function writeExplorerPage(
  system: System,
  finding: Finding,
  options: RecordingOptions & { readonly target: string },
): string {
  const { target, ...rest } = options;
  writeFileAtomically(target, explorerPage(recordingOf(system, finding, rest), explorerTemplate()));
  return target;
}

/** `x.html` for `x.json`: the page beside its finding. */
export const pageBeside = (path: string): string => `${path.replace(/\.json$/, '')}.html`;

/** The same in `folder`, that of findings: pages of kept findings do not go among the sources. */
export const pageIn = (folder: string, path: string): string => join(folder, basename(pageBeside(path)));

/**
 * Writes the page of `finding` to `target`; a line for the report says where it is. What keeps it from being written (a page
 * that was not built, a disk that is full) must not end a campaign: then the line says that.
 */
export function savePage(
  system: System,
  finding: Finding,
  options: RecordingOptions & { readonly target: string },
): string {
  try {
    const target = writeExplorerPage(system, finding, options);
    return `  explorer   ${relative('.', target)}`;
  } catch (error) {
    return `  explorer   not written: ${error instanceof Error ? error.message : String(error)}`;
  }
}
