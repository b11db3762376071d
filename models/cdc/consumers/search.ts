/**
 * Search: two indexers share the partitions of orders, and write documents to an index that refuses what is not newer
 * than what it has (external versions, as Elasticsearch has them). Idempotent: a document is what its latest change in the
 * source made it, in whatever order, by whomever and how often changes come.
 */
import { protocol, type Role } from '../../../framework/index.js';
import type { FetchedBatch } from '../../partitioned-log/index.js';
import { acknowledge, acknowledgeWhenStored, nothingOwed, type Acknowledging } from './acknowledgements.js';
import { changeOf, isLater } from './changes.js';
import type { Value } from './envelope.js';
import { groupWorker, type WorkerState } from './group-worker.js';
import type { Document, Message } from './messages.js';
import { INDEX, TOPIC_OF } from './nodes.js';
import { rowOf, type Rules } from './rules.js';

export function documentsOf(
  batches: readonly Pick<FetchedBatch<Value>, 'records'>[],
  { documentVersion }: Pick<Rules, 'documentVersion'>,
): Document[] {
  return batches.flatMap(({ records }) =>
    records.flatMap((record) => {
      const change = changeOf(record);
      // A tombstone says what the deletion before it said, and orders are not compacted.
      if (change?.kind !== 'change') return [];
      return [{ key: change.key, row: rowOf(change.row), version: documentVersion(change, record.offset) }];
    }),
  );
}

export const indexer = (rules: Rules): Role<WorkerState, Message> =>
  groupWorker(
    {
      topic: TOPIC_OF.orders,
      group: 'search',
      sink: INDEX,
      toWrite(batches, { id }) {
        const documents = documentsOf(batches, rules);
        return documents.length === 0 ? null : { kind: 'index', id, documents };
      },
    },
    rules,
  );

export interface SearchIndex {
  /** By key; a deletion is remembered with its version, so that nothing older comes back. */
  readonly documents: Record<string, Document>;
  /** What happened in this life. */
  readonly counts: { refused: number; displaced: number };
}

/** Takes in a document, if it is newer than what is there; tells what is to be written. */
export function takeDocument(
  index: SearchIndex,
  document: Document,
  { displaces }: Pick<Rules, 'displaces'>,
): Document[] {
  const known = index.documents[document.key];
  if (known !== undefined && !isLater(document.version, known.version)) {
    index.counts.refused++;
    return [];
  }
  const written = [document];
  // A code is unique in the source: of two documents that have it, the older one is a row whose key was changed.
  const code = document.row?.code;
  if (code !== undefined)
    for (const other of Object.values(index.documents)) {
      if (other.row?.code !== code || other.key === document.key) continue;
      const [older, newer] = displaces(document, other) ? [other, document] : [document, other];
      if (!displaces(newer, older)) continue;
      index.counts.displaced++;
      written.push({ ...older, row: null });
    }
  for (const one of written) index.documents[one.key] = one;
  return written;
}

const DOCUMENTS_LOG = 'documents';

type IndexState = SearchIndex & Acknowledging;

export function searchIndex(rules: Rules): Role<IndexState, Message> {
  const fresh = (): IndexState => ({ documents: {}, counts: { refused: 0, displaced: 0 }, ...nothingOwed() });
  return protocol<IndexState, Message, 'stored'>({
    init: fresh,
    recover(ctx) {
      const state = fresh();
      for (const documents of ctx.disk.read<Document[]>(DOCUMENTS_LOG))
        for (const document of documents) state.documents[document.key] = document;
      return state;
    },
    on: {
      index(state, { id, documents }, from, ctx) {
        const written = documents.flatMap((document) => takeDocument(state, document, rules));
        if (written.length > 0) ctx.disk.append(DOCUMENTS_LOG, written);
        acknowledgeWhenStored(state, from, id, ctx);
      },
    },
    timers: {
      stored(state, ctx, n) {
        acknowledge(state, n, 'indexed', ctx);
      },
    },
  });
}

export type { IndexState };
