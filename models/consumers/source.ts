/**
 * The source: a database and its connector in one node. It runs transactions, commits them to its disk, and publishes the
 * log of commits to the partitioned log, at least once: after a crash it begins again where it noted last that all was
 * acknowledged. If a topic was created anew, its whole log is published to it again.
 */
import { protocol, type Context, type Role } from '../../framework/index.js';
import {
  enqueue,
  freshProducer,
  initialTopics,
  onDescribed,
  onProduced,
  resend,
  sendQueued,
  type Produced,
  type Producer,
} from '../partitioned-log/index.js';
import { START, type Position } from './changes.js';
import { recordsOf } from './emission.js';
import type { Value } from './envelope.js';
import type { Message, RowChange } from './messages.js';
import { BROKER, LOG, TOPIC_OF, type Table } from './nodes.js';
import { CHECKPOINT_MICROS, METADATA_MICROS, PRODUCE_RETRY_MICROS, WORK_MICROS } from './timing.js';
import { applyCommitted, makeChange, mustWait, type Committed, type Tables, type Transaction } from './transactions.js';

interface Waiting {
  readonly request: string;
  readonly client: string;
  readonly n: number;
  readonly changes: readonly RowChange[];
}

/** How far the topic of a table has been published: all of the first `transactions` is acknowledged. */
interface Published {
  readonly topicId: number;
  readonly transactions: number;
}

export interface SourceState {
  readonly tables: Tables;
  readonly versions: Record<string, Position>;
  /** In the order of commits. */
  readonly log: Committed[];
  readonly committed: Record<string, true>;
  lastLsn: number;
  lastCommitLsn: number;
  lastTxId: number;
  open: Transaction[];
  waiting: Waiting[];
  /** On their way to the disk. */
  committing: Committed[];
  readonly producer: Producer<Value>;
  /** Of each record that is not acknowledged: its number, its topic, and the transaction that it belongs to. */
  unacknowledged: { readonly token: number; readonly topic: string; readonly transaction: number }[];
  lastToken: number;
}

type Timer = 'work' | 'committed' | 'produceRetry' | 'checkpoint' | 'metadata' | 'booted' | 'noted';
type Ctx = Context<Message, Timer>;

const PRODUCING = { broker: LOG, batchRecordsMax: 16, retryMicros: PRODUCE_RETRY_MICROS };
const TABLES: readonly Table[] = ['orders', 'customers'];
const COMMITS_LOG = 'commits';
const LIVES = 'lives';

const publishedKey = (topic: string): string => `published ${topic}`;

/** The state of a life of the source; nothing is published before the disk has it that this life began. */
function start(ctx: Ctx): SourceState {
  const life = (ctx.disk.get<number>(LIVES) ?? 0) + 1;
  ctx.disk.set(LIVES, life);
  ctx.disk.sync('booted');
  const topics = initialTopics(BROKER)
    .filter(({ topic }) => TABLES.some((table) => TOPIC_OF[table] === topic))
    .map((one) => ({ ...one, topicId: ctx.disk.get<Published>(publishedKey(one.topic))?.topicId ?? one.topicId }));
  const state: SourceState = {
    tables: { orders: {}, customers: {} },
    versions: {},
    log: [],
    committed: {},
    lastLsn: 0,
    lastCommitLsn: 0,
    lastTxId: 0,
    open: [],
    waiting: [],
    committing: [],
    producer: freshProducer<Value>({ producerId: 'source', epoch: life }, topics),
    unacknowledged: [],
    lastToken: 0,
  };
  for (const one of ctx.disk.read<Committed>(COMMITS_LOG)) take(state, one);
  return state;
}

function take(state: SourceState, committed: Committed): void {
  state.log.push(committed);
  state.committed[committed.request] = true;
  state.lastLsn = Math.max(state.lastLsn, committed.commitLsn);
  state.lastCommitLsn = committed.commitLsn;
  state.lastTxId = Math.max(state.lastTxId, committed.txId);
  applyCommitted(state.tables, state.versions, committed);
}

/** Queues the records of the transactions from number `from` on for the topic of `table`. */
function publish(state: SourceState, table: Table, from: number, ctx: Ctx): void {
  const topic = TOPIC_OF[table];
  for (const [offset, committed] of state.log.slice(from).entries())
    for (const emitted of recordsOf(committed, Math.floor(ctx.now() / 1_000))) {
      if (emitted.table !== table) continue;
      state.lastToken++;
      state.unacknowledged.push({ token: state.lastToken, topic, transaction: from + offset });
      enqueue(state.producer, topic, emitted.record, state.lastToken);
    }
  sendQueued(state.producer, ctx, PRODUCING);
}

/** An answer of the log. If a topic is another one, all that was ever committed is published to it. */
function onAnswer(state: SourceState, produced: Produced, ctx: Ctx): void {
  if (produced.kind === 'acknowledged' && produced.tokens.length > 0) {
    const tokens = new Set(produced.tokens);
    state.unacknowledged = state.unacknowledged.filter(({ token }) => !tokens.has(token));
  }
  if (produced.kind === 'topicRecreated') {
    state.unacknowledged = state.unacknowledged.filter(({ topic }) => topic !== produced.topic);
    for (const table of TABLES) if (TOPIC_OF[table] === produced.topic) publish(state, table, 0, ctx);
  }
  sendQueued(state.producer, ctx, PRODUCING);
}

function begin(state: SourceState, { request, client, n, changes }: Waiting, ctx: Ctx): void {
  state.lastTxId++;
  state.open.push({ txId: state.lastTxId, request, client, n, changes, made: 0, rows: [] });
  work(state, String(state.lastTxId), ctx);
}

/** The next change of a transaction, or its commit. */
function work(state: SourceState, txId: string, ctx: Ctx): void {
  const transaction = state.open.find((one) => String(one.txId) === txId);
  if (transaction === undefined) return;
  state.lastLsn++;
  if (transaction.made < transaction.changes.length) {
    makeChange(state.tables, transaction, state.lastLsn);
    ctx.setTimer('work', ctx.random.between(WORK_MICROS.min, WORK_MICROS.max), txId);
    return;
  }
  const committed: Committed = {
    txId: transaction.txId,
    request: transaction.request,
    rows: transaction.rows,
    commitLsn: state.lastLsn,
    lastCommitLsn: (state.committing.at(-1) ?? { commitLsn: state.lastCommitLsn }).commitLsn,
    committedMs: Math.floor(ctx.now() / 1_000),
  };
  state.committing.push(committed);
  ctx.disk.append(COMMITS_LOG, committed);
  ctx.disk.sync('committed', txId);
}

function onCommitted(state: SourceState, txId: string, ctx: Ctx): void {
  const committed = state.committing.find((one) => String(one.txId) === txId);
  const transaction = state.open.find((one) => String(one.txId) === txId);
  if (committed === undefined || transaction === undefined) return;
  state.committing = state.committing.filter((one) => one.txId !== committed.txId);
  state.open = state.open.filter((one) => one.txId !== committed.txId);
  take(state, committed);
  ctx.send(transaction.client, { kind: 'transacted', id: committed.request });
  for (const table of TABLES) publish(state, table, state.log.length - 1, ctx);
  const next = state.waiting.find(({ changes }) => !mustWait(state.open, changes));
  if (next === undefined) return;
  state.waiting = state.waiting.filter(({ request }) => request !== next.request);
  begin(state, next, ctx);
}

/** Notes how far each topic has been published, if that is further than before. */
function checkpoint(state: SourceState, ctx: Ctx): void {
  ctx.setTimer('checkpoint', CHECKPOINT_MICROS);
  let isNew = false;
  for (const table of TABLES) {
    const topic = TOPIC_OF[table];
    const open = state.unacknowledged.find((one) => one.topic === topic)?.transaction;
    const transactions = open ?? state.log.length;
    const topicId = state.producer.topics[topic]?.topicId ?? 0;
    const known = ctx.disk.get<Published>(publishedKey(topic));
    if (known?.topicId === topicId && known.transactions === transactions) continue;
    isNew = true;
    ctx.disk.set(publishedKey(topic), { topicId, transactions } satisfies Published);
  }
  if (isNew) ctx.disk.sync('noted');
}

export const source: Role<SourceState, Message> = protocol<SourceState, Message, Timer>({
  init: start,
  recover: start,
  on: {
    transact(state, { id, n, changes }, from, ctx) {
      if (state.committed[id] === true) {
        ctx.send(from, { kind: 'transacted', id });
        return;
      }
      if ([...state.open, ...state.waiting].some(({ request }) => request === id)) return;
      const one = { request: id, client: from, n, changes };
      if (mustWait(state.open, changes)) state.waiting.push(one);
      else begin(state, one, ctx);
    },
    readRow(state, { table, key }, from, ctx) {
      const row = state.tables[table][key] ?? null;
      ctx.send(from, { kind: 'rowRead', key, row, version: state.versions[`${table}/${key}`] ?? START });
    },
    produced: (state, message, _from, ctx) => {
      onAnswer(state, onProduced(state.producer, message), ctx);
    },
    topicDescribed: (state, message, _from, ctx) => {
      onAnswer(state, onDescribed(state.producer, message), ctx);
    },
  },
  timers: {
    work: (state, ctx, txId) => {
      work(state, txId, ctx);
    },
    committed: (state, ctx, txId) => {
      onCommitted(state, txId, ctx);
    },
    produceRetry: (state, ctx) => {
      resend(state.producer, ctx, PRODUCING);
    },
    checkpoint,
    noted: () => undefined,
    metadata(_state, ctx) {
      ctx.setTimer('metadata', METADATA_MICROS);
      ctx.send(LOG, { kind: 'describeTopic', id: 'metadata', topic: TOPIC_OF.customers });
    },
    booted(state, ctx) {
      for (const table of TABLES) {
        const published = ctx.disk.get<Published>(publishedKey(TOPIC_OF[table]));
        publish(state, table, published?.transactions ?? 0, ctx);
      }
      ctx.setTimer('checkpoint', CHECKPOINT_MICROS);
      ctx.setTimer('metadata', METADATA_MICROS);
    },
  },
});
