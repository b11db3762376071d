/**
 * The search for where to go on after a restart, in the manner of Debezium's WalPositionLocator. The stream begins at the
 * stored commit, so what comes may have been processed in part. The first of these ends the search:
 *
 * - (a) the message after the last one that was stored: from there on, in the middle of its transaction;
 * - (b) a COMMIT later than the stored one: from the BEGIN of its transaction.
 *
 * If a transaction ends without either, this is not the log that the offset came from. Then the search fails, rather than skip
 * for ever.
 */
import type { Decoded } from '../messages.js';
import type { Rules } from '../rules.js';
import type { Offset } from './offset.js';

export interface Search {
  readonly stored: Offset;
  /** The transaction under way, from its BEGIN, as long as nothing in it is known to be processed. */
  held: Decoded[];
  /** How many changes at the stored position were passed over. */
  passedOver: number;
}

export type Found =
  | { readonly kind: 'searching' }
  /** Go on with these. `inside`: the transaction goes on where the offset left it. */
  | { readonly kind: 'found'; readonly messages: readonly Decoded[]; readonly inside: boolean }
  | { readonly kind: 'failed'; readonly reason: string };

const SEARCHING: Found = { kind: 'searching' };

/** The search that `stored` needs; null if nothing of the stream has been processed yet. */
export const searchFor = (stored: Offset): Search | null =>
  stored.messageType === null ? null : { stored, held: [], passedOver: 0 };

export function look(search: Search, message: Decoded, rules: Rules): Found {
  const { stored } = search;
  if (message.op === 'BEGIN') {
    search.held = [message];
    return SEARCHING;
  }
  const isInside = search.passedOver > 0;
  if (message.op === 'COMMIT') {
    if (isInside) return { kind: 'found', messages: [message], inside: true };
    if (message.lsn > stored.lsn_commit)
      return { kind: 'found', messages: rules.resumesAtBegin() ? [...search.held, message] : [], inside: false };
    const reason =
      `the offset was stored after the commit at ${stored.lsn_commit}, but the log has a commit at ${message.lsn} there: ` +
      `it is not the log that the offset came from`;
    return { kind: 'failed', reason };
  }
  if (message.lsn === stored.lsn && rules.wasProcessed({ stored, samePositionBefore: search.passedOver })) {
    search.passedOver++;
    return SEARCHING;
  }
  if (isInside) return { kind: 'found', messages: [message], inside: true };
  search.held.push(message);
  return SEARCHING;
}
