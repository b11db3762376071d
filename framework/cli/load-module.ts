/** Modules of the user's, in JavaScript or TypeScript, and the models that come with faultline. */
import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { UsageError } from './usage-error.js';

/** Computed, since the framework itself must not know the models. */
export const BUNDLED_MODELS = new URL('../../models/index.js', import.meta.url);

/** What the module at `path` exports, by name; the bundled models if there is no path. `option` named it. */
export async function loadExports(
  path: string | undefined,
  option: string,
): Promise<readonly (readonly [name: string, exported: unknown])[]> {
  try {
    const module: unknown = await importModule(path, option);
    return typeof module === 'object' && module !== null ? Object.entries(module) : [];
  } catch (error) {
    if (error instanceof UsageError || path === undefined) throw error;
    throw new UsageError(`${path} cannot be loaded: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function importModule(path: string | undefined, option: string): Promise<unknown> {
  if (path === undefined) return import(BUNDLED_MODELS.href);
  const file = resolve(path);
  if (!existsSync(file)) throw new UsageError(`${option}: there is no file ${file}`);
  if (statSync(file).isDirectory()) throw new UsageError(`${option}: ${file} is a folder; name a module in it`);
  if (/\.[cm]?tsx?$/.test(file)) {
    const { tsImport } = await import('tsx/esm/api');
    return tsImport(pathToFileURL(file).href, import.meta.url) as Promise<unknown>;
  }
  return import(pathToFileURL(file).href);
}
