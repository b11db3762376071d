/**
 * The applied state: what the first records of the log, which no failover can take back, have made. It keeps every version
 * of a key, as a multi-version store does (etcd's mvcc), and the last request of every client, so that a retry is
 * recognised when the record itself is not in the log any more. Stores are never changed: applying makes a new one.
 */
import { epochsOf } from './log.js';
import type { LogRecord, Store, Version } from './messages.js';

export const EMPTY_STORE: Store = { applied: 0, epochs: [], keys: [], sessions: [] };

/** The store after `records` too, which are those that follow what is applied. */
export function applyTo(store: Store, records: readonly LogRecord[]): Store {
  const keys = store.keys.map(({ key, versions }) => ({ key, versions: [...versions] }));
  const sessions = store.sessions.map((session) => ({ ...session }));
  for (const [place, { id, key, value, term }] of records.entries()) {
    const index = store.applied + place;
    const version: Version = { id, value, term, index };
    const known = keys.find((one) => one.key === key);
    if (known === undefined) keys.push({ key, versions: [version] });
    else known.versions.push(version);
    const { client, request } = requestOf(id);
    const session = sessions.find((one) => one.client === client);
    if (session === undefined) sessions.push({ client, request, term, index });
    else Object.assign(session, { request, term, index });
  }
  return { applied: store.applied + records.length, epochs: epochsOf(records, store), keys, sessions };
}

/** A request's id is `<client>.<number>`: a client numbers its requests, and has one at a time. */
export function requestOf(id: string): { readonly client: string; readonly request: number } {
  const dot = id.lastIndexOf('.');
  return { client: id.slice(0, dot), request: Number(id.slice(dot + 1)) };
}

/** The records that it was made of, in their order. */
export function recordsOf({ keys }: Store): LogRecord[] {
  const versions = keys.flatMap(({ key, versions }) => versions.map((version) => ({ key, ...version })));
  versions.sort((one, other) => one.index - other.index);
  return versions.map(({ id, key, value, term }) => ({ id, key, value, term }));
}

/** The value of `key` after the first `length` records; null if none of them wrote it. */
export function versionOf({ keys }: Store, length: number, key: string): number | null {
  const versions = keys.find((one) => one.key === key)?.versions ?? [];
  return versions.findLast(({ index }) => index < length)?.value ?? null;
}
