/**
 * The search index, after Elasticsearch: documents with external versions, bulk requests whose items are worked on side by
 * side, succeed and fail one by one, and a refresh before what was indexed can be found. An item is answered for when it
 * is in the log on disk (the translog).
 */
import { protocol } from '../../framework/index.js';
import type { Document, Message } from './messages.js';
import { RELAY } from './nodes.js';
import type { Rules } from './rules.js';
import { askForPage, beginRebuild, indexPage, onLogPage, onRebuilt, onSwapped } from './search-rebuild.js';
import {
  index,
  indexingTime,
  translogOf,
  type Bulk,
  type Documents,
  type SearchContext,
  type SearchState,
  type SearchTimer,
} from './search-state.js';
import { queueMax, refreshMicros } from './timing.js';

export function searchIndex(rules: Rules) {
  const refreshLater = (state: SearchState, ctx: SearchContext) => {
    if (state.refreshDue) return;
    state.refreshDue = true;
    ctx.setTimer('refresh', refreshMicros);
  };

  /** Into the index that serves and, if there is one, into the one that is being built. */
  const write = (state: SearchState, document: Document, ctx: SearchContext): boolean => {
    let isNewer = false;
    for (const which of rules.indexesWritten()) {
      const target = which === 'live' ? state : state.building;
      if (target === null || !index(target.documents, document, rules)) continue;
      ctx.disk.append(translogOf(target.generation), document);
      if (which === 'live') isNewer = true;
    }
    if (isNewer) refreshLater(state, ctx);
    else state.outdated++;
    return isNewer;
  };

  const answer = (state: SearchState, id: string, ctx: SearchContext) => {
    const bulk = state.bulks[id];
    if (bulk === undefined) return;
    Reflect.deleteProperty(state.bulks, id);
    const results = bulk.results.map((result) => result ?? 'rejected');
    ctx.send(RELAY, { kind: 'bulked', id, results });
  };

  /** An item is answered for when it is on disk, and with the whole request. */
  const answerWhenDone = (state: SearchState, { results }: Bulk, id: string, ctx: SearchContext) => {
    if (results.includes(null)) return;
    if (rules.mayAnswerBulk({ areOnDisk: false })) answer(state, id, ctx);
    ctx.disk.sync('bulk', id);
  };

  return protocol<SearchState, Message, SearchTimer>({
    init: () => freshState(1, {}),
    recover(ctx) {
      const generation = ctx.disk.get<number>('generation') ?? 1;
      const documents: Documents = {};
      for (const document of ctx.disk.read<Document>(translogOf(generation))) documents[document.order] = document;
      return freshState(generation, documents);
    },
    on: {
      bulk(state, { id, documents }, _from, ctx) {
        if (state.bulks[id] !== undefined) return;
        const bulk: Bulk = { documents, results: [] };
        let free = queueMax - inProgress(state);
        state.bulks[id] = bulk;
        for (const place of documents.keys()) {
          // The queue is full: these items are turned away, the others are not.
          const isRejected = free-- <= 0;
          bulk.results[place] = isRejected ? 'rejected' : null;
          if (isRejected) state.rejected++;
          else ctx.setTimer('item', indexingTime(ctx), `${place}/${id}`);
        }
        answerWhenDone(state, bulk, id, ctx);
      },
      find(state, { id, word }, from, ctx) {
        const hits = Object.values(state.searchable)
          .filter(({ items }) => items.some((item) => item.split(' ').includes(word)))
          .map(({ order, version }) => ({ order, version }))
          .sort((one, other) => (one.order < other.order ? -1 : 1));
        ctx.send(from, { kind: 'found', id, hits });
      },
      rebuild(state, { id }, from, ctx) {
        beginRebuild(state, { id, from }, ctx);
      },
      logPage(state, page, _from, ctx) {
        onLogPage(state, page, ctx);
      },
    },
    timers: {
      item(state, ctx, key) {
        const at = key.indexOf('/');
        const [place, id] = [Number(key.slice(0, at)), key.slice(at + 1)];
        const bulk = state.bulks[id];
        const document = bulk?.documents[place];
        if (bulk === undefined || document === undefined) return;
        bulk.results[place] = write(state, document, ctx) ? 'indexed' : 'conflict';
        answerWhenDone(state, bulk, id, ctx);
      },
      bulk(state, ctx, id) {
        answer(state, id, ctx);
      },
      refresh(state) {
        state.refreshDue = false;
        state.searchable = { ...state.documents };
      },
      rebuild: askForPage,
      rebuilt: onRebuilt,
      page(state, ctx) {
        indexPage(state, rules, ctx);
      },
      swapped(state, ctx) {
        onSwapped(state, ctx);
      },
    },
  });
}

/** How many items are being worked on. */
const inProgress = ({ bulks }: SearchState): number =>
  Object.values(bulks).reduce((sum, { results }) => sum + results.filter((result) => result === null).length, 0);

const freshState = (generation: number, documents: Documents): SearchState => ({
  generation,
  documents,
  searchable: { ...documents },
  refreshDue: false,
  bulks: {},
  building: null,
  replaced: null,
  outdated: 0,
  rejected: 0,
  rebuilds: 0,
});
