/**
 * In watch mode: which test files run first after a change. Those that import the changed file most directly do, so that a
 * changed model's own properties come before what merely lists all models.
 */
import type { TestSpecification } from 'vitest/node';

/** A module as Vite's graph has it. */
export interface GraphModule {
  readonly file: string | null;
  readonly importers: ReadonlySet<GraphModule>;
}

/** For each file that imports one of `changed`, directly or not: through how many imports, at least. */
export function distances(changed: Iterable<GraphModule>): ReadonlyMap<string, number> {
  const far = new Map<string, number>();
  let layer = new Set(changed);
  const seen = new Set(layer);
  for (let distance = 0; layer.size > 0; distance++) {
    const next = new Set<GraphModule>();
    for (const module of layer) {
      if (module.file !== null && !far.has(module.file)) far.set(module.file, distance);
      for (const importer of module.importers)
        if (!seen.has(importer)) {
          seen.add(importer);
          next.add(importer);
        }
    }
    layer = next;
  }
  return far;
}

/** `specifications`, nearest first; equally near ones stay as they are. Those that do not import the change come last. */
export function nearestFirst<S extends Pick<TestSpecification, 'moduleId'>>(
  specifications: readonly S[],
  far: ReadonlyMap<string, number>,
): S[] {
  const distance = ({ moduleId }: S): number => far.get(moduleId) ?? Infinity;
  return [...specifications].sort((one, other) => {
    const [near, away] = [distance(one), distance(other)];
    return near === away ? 0 : near - away;
  });
}
