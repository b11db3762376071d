/**
 * The line at which a system or a promise is declared, for annotations: where its name stands in the sources of the systems'
 * module. Looked for only when something is to be annotated; nothing is recorded while systems are made or run.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SourceSite } from '../report/campaign-report.js';
import { BUNDLED_MODELS } from './load-module.js';

/**
 * The site of a promise of a system. Where its name is put together of parts, that of the system; where that one's is,
 * too, the beginning of the module; null if there is no such file.
 */
export type FindSite = (system: string, promise: string | undefined) => SourceSite | null;

interface Source {
  readonly path: string;
  readonly lines: readonly string[];
  readonly imports: readonly string[];
}

/** A module that imports more than this is not read to the end. */
const FILES_MAX = 2_000;
const FRAMEWORK = fileURLToPath(new URL('..', import.meta.url));
/** Relative imports only: a system is not declared in a package. */
const IMPORT = /\b(?:from|import)\s*\(?\s*['"](\.[^'"\n]+)['"]/g;

/** Sites as paths from the repository's root: the working folder, unless CI names it. */
export function declarationSites(systemsModule: string | undefined): FindSite {
  const root = process.env.GITHUB_WORKSPACE ?? process.env.CI_PROJECT_DIR ?? '.';
  const entry = existing(systemsModule === undefined ? fileURLToPath(BUNDLED_MODELS) : resolve(systemsModule));
  const sources = new Map<string, Source>();
  const reachable = (from: string | undefined): Source[] => (from === undefined ? [] : walk(from, sources));
  const told = (site: SourceSite | undefined): SourceSite | null =>
    site === undefined ? null : { ...site, file: relative(resolve(root), site.file).split(sep).join('/') };
  return (system, promise) => {
    const all = reachable(entry);
    const home = find(all, system, /\bname\s*[:=]/);
    const beginning = entry === undefined ? undefined : { file: entry, line: 1 };
    if (promise === undefined) return told(home ?? beginning);
    // Two systems may make the same promise, each in its own files.
    return told(find(reachable(home?.file), promise) ?? find(all, promise) ?? home ?? beginning);
  };
}

/** What can be reached by imports, the nearest first. */
function walk(from: string, known: Map<string, Source>): Source[] {
  const found = new Map<string, Source>();
  const waiting = [from];
  for (let path = waiting.shift(); path !== undefined && found.size < FILES_MAX; path = waiting.shift()) {
    if (found.has(path) || path.startsWith(FRAMEWORK)) continue;
    const source = known.get(path) ?? read(path);
    known.set(path, source);
    found.set(path, source);
    waiting.push(...source.imports);
  }
  return [...found.values()];
}

function read(path: string): Source {
  const text = readFileSync(path, 'utf8');
  const imports = [...text.matchAll(IMPORT)].flatMap(([, one = '']) => existing(resolve(dirname(path), one)) ?? []);
  return { path, lines: text.split('\n'), imports };
}

/** The file that an import means: TypeScript's may be named as the JavaScript that is made of it. */
function existing(path: string): string | undefined {
  const stem = path.replace(/\.([cm]?)jsx?$/, '.$1');
  const typescript = stem === path ? [`${path}.ts`, `${path}/index.ts`] : [`${stem}ts`, `${stem}tsx`];
  return [path, ...typescript].find((one) => existsSync(one) && statSync(one).isFile());
}

/** The first line on which `name` stands in quotes, of those that match `where`. */
function find(sources: readonly Source[], name: string, where = /^/): SourceSite | undefined {
  const quoted = ["'", '"', '`'].flatMap((quote) => [
    `${quote}${name}${quote}`,
    `${quote}${name.replaceAll(quote, `\\${quote}`)}${quote}`,
  ]);
  for (const { path, lines } of sources) {
    const index = lines.findIndex(
      (line) => where.test(line) && !NAMED_ONLY.test(line) && quoted.some((one) => line.includes(one)),
    );
    if (index >= 0) return { file: path, line: index + 1 };
  }
  return undefined;
}

/** A mutant names the promise that it breaks, and comments name anything. */
const NAMED_ONLY = /\bcaughtBy\b|^\s*(\/\/|\*|\/\*)/;
