/**
 * An object and its versions (§2.3). The committed one is clean and kept alone; newer ones are dirty, until the tail's word
 * comes. A version carries all that a replica must know of it, the clients' sessions too, so that versions may arrive in
 * any order, and each counts for those before it.
 */
import type { NodeId } from '../../framework/index.js';
import type { RequestId } from './messages.js';

/** The last update of a process to an object: a retry of it is recognised at every replica that has the version. */
export interface Session extends RequestId {
  readonly client: NodeId;
  /** The version that the update made. */
  readonly version: number;
}

export interface Version {
  /** 1 for the first. */
  readonly version: number;
  readonly value: string;
  /** The configuration in which a head accepted it. */
  readonly acceptedIn: number;
  /** One for each process that has updated the object so far. */
  readonly sessions: readonly Session[];
}

export interface CraqObject {
  readonly key: string;
  /** The committed version, as far as is known here; 0 if none. */
  clean: number;
  /** The configuration in which the tail committed it. */
  committedIn: number;
  /** In rising order. The first is the clean one, if there is one. */
  versions: Version[];
}

/** The tail's word that a version is committed. */
export interface Commit {
  readonly key: string;
  readonly version: number;
  readonly committedIn: number;
}

export const emptyObject = (key: string): CraqObject => ({ key, clean: 0, committedIn: 0, versions: [] });

export const latestOf = ({ versions }: CraqObject): Version | undefined => versions[versions.length - 1];

export const versionOf = ({ versions }: CraqObject, version: number): Version | undefined =>
  versions.find((one) => one.version === version);

export const isDirty = (object: CraqObject): boolean => (latestOf(object)?.version ?? 0) > object.clean;

export const dirtyVersions = ({ versions, clean }: CraqObject): Version[] =>
  versions.filter(({ version }) => version > clean);

export const commitOf = ({ key, clean, committedIn }: CraqObject): Commit => ({ key, version: clean, committedIn });

/** Takes a version in, unless the object has it or a newer clean one. */
export function store(object: CraqObject, version: Version): void {
  if (version.version <= object.clean || versionOf(object, version.version) !== undefined) return;
  const place = object.versions.findIndex((one) => one.version > version.version);
  object.versions.splice(place < 0 ? object.versions.length : place, 0, version);
}

/** A version is committed: it is clean, and those before it are gone. False if that is no news, or it is not here. */
export function markClean(object: CraqObject, { version, committedIn }: Commit): boolean {
  if (version <= object.clean || versionOf(object, version) === undefined) return false;
  object.clean = version;
  object.committedIn = committedIn;
  object.versions = object.versions.filter((one) => one.version >= version);
  return true;
}
