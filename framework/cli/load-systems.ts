/** The systems that the command line runs: those of a module named by the user, or the bundled models. */
import type { System } from '../simulation/system.js';
import { loadExports } from './load-module.js';
import { unknownName } from './unknown-name.js';
import { UsageError } from './usage-error.js';

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

/** The systems among what a module exports, singly or in arrays, in the order of its exports. */
export function systemsAmong(exports: readonly unknown[]): readonly System[] {
  const systems = new Map<string, System>();
  for (const exported of exports.flatMap((one): unknown[] => [one].flat()))
    if (isSystem(exported)) systems.set(exported.name, exported);
  return [...systems.values()];
}

/** All systems that the module at `path` exports. */
export async function loadSystems(path: string | undefined): Promise<readonly System[]> {
  const systems = systemsAmong((await loadExports(path, '--systems')).map(([, exported]) => exported));
  if (systems.length === 0)
    throw new UsageError(`${path ?? 'the bundled models'} exports no system; export what system({ … }) returns`);
  return systems;
}

const namesOf = (systems: readonly System[]): string[] => systems.map(({ name }) => name);

/** The systems called `names`, in that order, each once; all of them if no name is given. */
export function selectSystems(systems: readonly System[], names: readonly string[]): readonly System[] {
  if (names.length === 0) return systems;
  return [...new Set(names)].map((name) => {
    const found = systems.find((one) => one.name === name);
    if (found === undefined) throw new UsageError(unknownName('system', name, namesOf(systems), 'faultline list'));
    return found;
  });
}
