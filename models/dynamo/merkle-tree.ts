/**
 * Hash trees (§4.7): a node has one for the keys that it shares with another. Two nodes compare hashes from the root down,
 * and only where they differ, so that what is equal costs one hash.
 */
import { hashText } from './ring.js';
import { summary, type StoredObject } from './versions.js';

/** The bits of a key's hash, the highest first, as far as the leaf: `` is the root, `01` a node below it. */
export type Path = string;

export const DEPTH = 3;

const leafOf = (key: string): Path => (hashText(key) >>> (32 - DEPTH)).toString(2).padStart(DEPTH, '0');

export type HashedObjects = readonly (readonly [key: string, object: StoredObject])[];

export const below = (objects: HashedObjects, path: Path): HashedObjects =>
  objects.filter(([key]) => leafOf(key).startsWith(path));

/** The hash of all that lies below `path`. */
export function hashAt(objects: HashedObjects, path: Path): number {
  const leaves = new Map<Path, string[]>();
  for (const [key, object] of objects) {
    const leaf = leafOf(key);
    if (!leaf.startsWith(path)) continue;
    const texts = leaves.get(leaf) ?? [];
    texts.push(`${key}=${summary(object)}`);
    leaves.set(leaf, texts);
  }
  const hashOf = (here: Path): number => {
    if (here.length === DEPTH) return hashText((leaves.get(here) ?? []).sort().join('\n'));
    return hashText(`${hashOf(`${here}0`)} ${hashOf(`${here}1`)}`);
  };
  return hashOf(path);
}
