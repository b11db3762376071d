/**
 * The source: a database and its connector in one node. It runs transactions, commits them to its disk, and publishes the
 * log of commits to the partitioned log (publication.ts).
 */
import { protocol, type Context, type Role } from '../../framework/index.js';
import { onDescribed, onProduced, resend } from '../partitioned-log/index.js';
import { START, type Position } from './changes.js';
import type { Message, RowChange } from './messages.js';
import { LOG, TOPIC_OF } from './nodes.js';
import {
  checkpoint,
  freshPublication,
  onAnswer,
  PRODUCING,
  publish,
  publishFromCheckpoint,
  TABLES,
  type Publication,
  type PublicationTimer,
} from './publication.js';
import { CHECKPOINT_MICROS, METADATA_MICROS, WORK_MICROS } from './timing.js';
import { applyCommitted, makeChange, mustWait, type Committed, type Tables, type Transaction } from './transactions.js';

interface Waiting {
  readonly request: string;
  readonly client: string;
  readonly n: number;
  readonly changes: readonly RowChange[];
}

export interface SourceState extends Publication {
  readonly tables: Tables;
  readonly versions: Record<string, Position>;
  readonly committed: Record<string, true>;
  lastLsn: number;
  lastCommitLsn: number;
  lastTxId: number;
  open: Transaction[];
  waiting: Waiting[];
  /** On their way to the disk. */
  committing: Committed[];
}

type Timer = PublicationTimer | 'work' | 'committed' | 'metadata' | 'booted';
type Ctx = Context<Message, Timer>;

const COMMITS_LOG = 'commits';
const LIVES = 'lives';

/** The state of a life of the source; nothing is published before the disk has it that this life began. */
function start(ctx: Ctx): SourceState {
  const life = (ctx.disk.get<number>(LIVES) ?? 0) + 1;
  ctx.disk.set(LIVES, life);
  ctx.disk.sync('booted');
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
    ...freshPublication(life, ctx),
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
      publishFromCheckpoint(state, ctx);
      ctx.setTimer('checkpoint', CHECKPOINT_MICROS);
      ctx.setTimer('metadata', METADATA_MICROS);
    },
  },
});
