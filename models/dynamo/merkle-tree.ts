/**
 * Hash trees (§4.7): a node has one for the keys that it shares with another. Two nodes compare hashes from the root down,
 * and only where they differ, so that what is equal costs one hash.
 */
import { hashText } from './ring.js';
import { summary, type StoredObject } from './versions.js';

/** The bits of a key's hash, the highest first, as far as the leaf: `` is the root, `01` a node below it. */
export type Path = string;

export const DEPTH = 3;

const leafOf = (key: string): Path => hashText(key).toString(2).padStart(32, '0').slice(0, DEPTH);

export type HashedObjects = readonly (readonly [key: string, object: StoredObject])[];

export const below = (objects: HashedObjects, path: Path): HashedObjects =>
  objects.filter(([key]) => leafOf(key).startsWith(path));

/** The hash of all that lies below `path`. */
export function hashAt(objects: HashedObjects, path: Path): number {
  const here = below(objects, path);
  if (here.length === 0) return 0;
  if (path.length < DEPTH) return hashText(`${hashAt(here, `${path}0`)} ${hashAt(here, `${path}1`)}`);
  const texts = here.map(([key, object]) => `${key}=${summary(object)}`);
  return hashText(texts.sort().join('\n'));
}
