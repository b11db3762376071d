/**
 * Where the command line gets its systems from: a module named by the user, or the models that come with faultline. The
 * path is computed, since the framework itself must not know the models.
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { System } from '../simulation/system.js';
import { UsageError } from './usage-error.js';

const BUNDLED_MODELS = new URL('../../models/index.js', import.meta.url);

function isSystem(value: unknown): value is System {
  return (
    typeof value === 'object' &&
    value !== null &&
    'name' in value &&
    'cluster' in value &&
    typeof value.cluster === 'function' &&
    'workload' in value &&
    'properties' in value
  );
}

/** All systems that the module at `path` exports, singly or in arrays, in the order of its exports. */
export async function loadSystems(path: string | undefined): Promise<readonly System[]> {
  let module: unknown;
  try {
    module = await importModule(path);
  } catch (error) {
    if (error instanceof UsageError || path === undefined) throw error;
    throw new UsageError(`${path} cannot be loaded: ${error instanceof Error ? error.message : String(error)}`);
  }
  const systems = new Map<string, System>();
  if (typeof module === 'object' && module !== null)
    for (const exported of Object.values(module).flat() as unknown[])
      if (isSystem(exported)) systems.set(exported.name, exported);
  if (systems.size === 0)
    throw new UsageError(`${path ?? 'the bundled models'} exports no system; export what system({ … }) returns`);
  return [...systems.values()];
}

async function importModule(path: string | undefined): Promise<unknown> {
  if (path === undefined) return import(BUNDLED_MODELS.href);
  const file = resolve(path);
  if (!existsSync(file)) throw new UsageError(`--systems: there is no file ${file}`);
  if (/\.[cm]?tsx?$/.test(file)) {
    const { tsImport } = await import('tsx/esm/api');
    return tsImport(pathToFileURL(file).href, import.meta.url) as Promise<unknown>;
  }
  return import(pathToFileURL(file).href);
}

/** The systems called `names`, in that order; all of them if no name is given. */
export function selectSystems(systems: readonly System[], names: readonly string[]): readonly System[] {
  if (names.length === 0) return systems;
  return names.map((name) => {
    const found = systems.find((one) => one.name === name);
    if (found === undefined)
      throw new UsageError(`unknown system '${name}'; known: ${systems.map((one) => one.name).join(', ')}`);
    return found;
  });
}
