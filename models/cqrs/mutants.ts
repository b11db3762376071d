/** The shop with one rule broken: CS-06 is named as in BUGZOO, the others are our own, from what goes wrong in practice. */
import type { Mutant } from '../../framework/index.js';
import { REBUILT_SEARCH, REBUILT_TABLE } from './invariants.js';
import type { Part, Rules } from './rules.js';
import { pageSize } from './timing.js';

const ONCE = 'no acknowledged command is lost, and each takes effect once';
const TABLE = 'after healing, the table equals the fold of the log';
const SEARCH = 'after healing, the search index equals the fold of the log';
const CACHE = 'after healing, the cache holds only what the table holds';
const OWN_WRITES = 'clients read their own writes, where they ask for them';
const PAGED = 'a list shows no order twice, and none is missing that was there all the time';

export const mutants: Readonly<Record<string, Mutant<Rules>>> = {
  'CS-06': {
    breaks: 'A row that was read before a deletion is set in the cache after it: tokens of leases are not looked at.',
    overrides: { mayFill: () => true },
    caughtBy: CACHE,
    smallestSchedule: 2,
  },
  'invalidates-before-commit': {
    breaks: 'The cache is told to forget a row before its change is committed, and filled again with what was there.',
    overrides: { invalidateThrough: ({ received }) => received },
    caughtBy: CACHE,
  },
  'invalidates-once': {
    breaks: 'The cache is told once to forget a row, and nobody asks whether it was told: the message may be lost.',
    overrides: { awaitsInvalidation: () => false },
    caughtBy: CACHE,
  },
  'serves-any-cached': {
    breaks: 'A query that presents a position is answered from the cache, however old the row in it.',
    overrides: { mayServeCached: () => true },
    caughtBy: OWN_WRITES,
  },
  'answers-without-waiting': {
    breaks: 'The table answers queries that present a position that it has not reached.',
    overrides: { hasReached: () => true },
    caughtBy: OWN_WRITES,
  },
  'decides-on-old-state': {
    breaks: 'A decision is appended though the order has changed since it was loaded: no expected version is checked.',
    overrides: { mayAppend: () => true },
    caughtBy: ONCE,
  },
  'forgets-commands': {
    breaks: 'Which commands were answered is kept in memory only: a retry after a crash is done again.',
    overrides: { commit: (transaction) => [{ ...transaction, answered: null }] },
    caughtBy: ONCE,
  },
  'dual-write': {
    breaks:
      'Events and outbox are written one after the other, not in one transaction: a crash between loses the latter.',
    overrides: {
      commit: ({ answered, events, outbox }) => [
        { answered, events, outbox: [] },
        { answered: null, events: [], outbox },
      ],
    },
    caughtBy: TABLE,
  },
  'publishes-before-commit': {
    breaks:
      'The relay is shown the outbox of transactions that are not on disk yet, and may be rolled back by a crash.',
    overrides: { publishThrough: ({ appended }) => appended },
    caughtBy: TABLE,
  },
  'marks-before-acknowledgement': {
    breaks: 'The relay marks a batch as published when it has sent it: if it crashes then, the batch may be lost.',
    overrides: { mayMark: () => true },
    caughtBy: TABLE,
  },
  'ignores-item-failures': {
    breaks: 'A bulk request that was answered counts as done, though some of its items were rejected.',
    overrides: { isSettled: () => true },
    caughtBy: SEARCH,
  },
  'answers-before-translog': {
    breaks: 'A bulk request is answered before its documents are in the log on disk (translog durability `async`).',
    overrides: { mayAnswerBulk: () => true },
    caughtBy: SEARCH,
  },
  'applies-again': {
    breaks: 'The table applies whatever is published: what the relay publishes again, at least once, counts twice.',
    overrides: { isNew: () => true },
    caughtBy: TABLE,
  },
  'counts-outside-the-transaction': {
    breaks: 'The counters of a customer and the position are two writes: what is replayed after a crash counts twice.',
    overrides: {
      apply: (): readonly (readonly Part[])[] => [['counters'], ['row', 'position']],
    },
    caughtBy: TABLE,
  },
  'unversioned-documents': {
    breaks: 'The search index takes documents as they come: an older one takes the place of a newer one.',
    overrides: { supersedes: () => true },
    caughtBy: SEARCH,
  },
  'swaps-too-early': {
    breaks: 'A rebuilt table takes over when it has what the old one had when the rebuild began.',
    overrides: { isRebuilt: ({ rebuilt, receivedAtStart }) => rebuilt >= receivedAtStart },
    caughtBy: REBUILT_TABLE,
  },
  'rebuild-misses-meanwhile': {
    breaks:
      'What is indexed while a new index is built goes to the old one alone, and is missed if the log was read before.',
    overrides: { indexesWritten: () => ['live'] },
    caughtBy: REBUILT_SEARCH,
  },
  'offset-pagination': {
    breaks: 'A page begins after so many orders, not after the last one shown: a new order moves all others down.',
    overrides: { page: (orders, { shown }) => orders.slice(shown, shown + pageSize) },
    caughtBy: PAGED,
  },
};
