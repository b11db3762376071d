/**
 * The operations, step by step: append, read, fill, trim, tail and scan (§3.1). Whatever is written is written in chain order,
 * so that whatever the last unit has, all have; what a reader finds at the head only, it completes first.
 */
import type { NodeId } from '../../framework/index.js';
import { ask, type ClientSetting, type ClientState, type Round, type Task, type UserContext } from './client-state.js';
import type { Appended, Found, Page, Scanned } from './messages.js';
import { replicasOf } from './projection.js';
import { PATIENCE_MICROS } from './timing.js';

const JUNK: Page = { kind: 'junk' };
const TRIMMED: Page = { kind: 'trimmed' };

export function begin(state: ClientState, ctx: UserContext, setting: ClientSetting): void {
  const { task } = state;
  if (task === null) return;
  const { operation } = task;
  switch (operation.kind) {
    case 'append':
      ask(state, { kind: 'position' }, ctx, setting);
      return;
    case 'read':
      ask(state, { kind: 'look', position: operation.position }, ctx, setting);
      return;
    case 'follow':
      ask(state, { kind: 'look', position: state.next }, ctx, setting);
      return;
    case 'fill':
    case 'trim':
    case 'tail':
    case 'scan':
      ask(state, { kind: 'tail' }, ctx, setting);
  }
}

/**
 * After a reconfiguration. A position counts for the epoch in which it was given. An append that was interrupted looks what
 * became of its page, and makes sure that nothing comes of it later, before it takes another position.
 */
export function resume(state: ClientState, ctx: UserContext, setting: ClientSetting): void {
  const { task } = state;
  if (task === null) return;
  task.scan = null;
  if (task.position === null) begin(state, ctx, setting);
  else ask(state, { kind: 'look', position: task.position }, ctx, setting);
}

/** All answers of a round are there. */
export function advance(state: ClientState, ctx: UserContext, setting: ClientSetting): void {
  const { round, task } = state;
  if (round === null || task === null) return;
  const { step } = round;
  switch (step.kind) {
    case 'position':
      task.position = tailOf(round);
      write(
        state,
        { position: task.position, page: mine(task), order: replicasOf(state.projection), at: 0 },
        ctx,
        setting,
      );
      return;
    case 'tail':
      afterTail(state, tailOf(round), ctx, setting);
      return;
    case 'look':
      afterLook(state, round, step.position, ctx, setting);
      return;
    case 'write': {
      const [answer] = round.answers;
      if (answer?.message.kind === 'stored') afterWrite(state, step, answer.message.page, ctx, setting);
      return;
    }
    case 'fetch':
      if (task.scan === null) return;
      task.scan.pages = agreed(round, task.scan.tail);
      scanOn(state, ctx, setting);
      return;
    case 'layout':
    case 'seal':
    case 'propose':
  }
}

/** The sequencer's word if there is one: positions that it gave may not be written yet. */
function tailOf({ answers }: Round): number {
  const lengths = answers.map(({ message }) => (message.kind === 'longest' ? message.length : 0));
  const given = answers.map(({ message }) => (message.kind === 'position' ? message.position : null));
  return given.find((one) => one !== null) ?? Math.max(0, ...lengths);
}

/** What all have alike below `tail`; null where they do not. */
function agreed({ answers }: Round, tail: number): (Page | null)[] {
  const logs = answers.map(({ message }) => (message.kind === 'pages' ? message.pages : []));
  return Array.from({ length: tail }, (_, position) => {
    const [first = null, ...others] = logs.map((pages) => pages[position] ?? null);
    return others.every((page) => page?.kind === first?.kind) ? first : null;
  });
}

const mine = ({ operation, nonce }: Task): Page =>
  operation.kind === 'append' ? { kind: 'data', value: operation.value, nonce } : JUNK;

function afterTail(state: ClientState, tail: number, ctx: UserContext, setting: ClientSetting): void {
  const { task } = state;
  if (task === null) return;
  const { operation } = task;
  switch (operation.kind) {
    case 'append':
    case 'read':
    case 'follow':
      return;
    case 'tail':
      state.next = Math.max(state.next, tail);
      finish(state, tail, ctx);
      return;
    case 'scan':
      task.scan = { tail, pages: [] };
      ask(state, { kind: 'fetch' }, ctx, setting);
      return;
    case 'fill':
    case 'trim':
      if (operation.position >= tail) {
        end(state, ctx);
        ctx.fail(`position ${operation.position} is not below the tail, ${tail}`);
      } else if (operation.kind === 'fill') ask(state, { kind: 'look', position: operation.position }, ctx, setting);
      else
        write(
          state,
          { position: operation.position, page: TRIMMED, order: replicasOf(state.projection), at: 0 },
          ctx,
          setting,
        );
  }
}

/** The last unit of the chain has what was acknowledged; what only the head has is completed, for whoever wrote it. */
function afterLook(state: ClientState, round: Round, position: number, ctx: UserContext, setting: ClientSetting): void {
  const replicas = replicasOf(state.projection);
  const at = (unit: NodeId | undefined): Page | null | undefined => {
    const message = round.answers.find(({ from }) => from === unit)?.message;
    return message?.kind === 'looked' ? message.page : undefined;
  };
  const head = at(replicas[0]) ?? null;
  const page = head?.kind === 'trimmed' ? head : (at(state.projection.chain.at(-1)) ?? head);
  const lacking = replicas.findIndex((unit) => lacks(at(unit), page));
  if (page === null || lacking < 0) resolved(state, position, page, ctx, setting);
  else write(state, { position, page, order: replicas, at: lacking }, ctx, setting);
}

/** Whether a unit that has answered `present` is to be written `page`. */
const lacks = (present: Page | null | undefined, page: Page | null): boolean =>
  page !== null &&
  (present === null || (page.kind === 'trimmed' && present !== undefined && present.kind !== 'trimmed'));

interface Writing {
  readonly position: number;
  readonly page: Page;
  readonly order: readonly NodeId[];
  readonly at: number;
}

function write(state: ClientState, writing: Writing, ctx: UserContext, setting: ClientSetting): void {
  ask(state, { kind: 'write', ...writing }, ctx, setting);
}

/** A unit has `found` at the position now. Whoever is first at the head decides what the page is. */
function afterWrite(state: ClientState, writing: Writing, found: Page, ctx: UserContext, setting: ClientSetting): void {
  const { task } = state;
  if (task === null) return;
  const { position, page, order, at } = writing;
  if (at > 0 && page.kind === 'data') task.copied++;
  if (at === 0 && !isSame(page, found, setting)) {
    // Somebody was here before: an append has lost the position, anything else sees what is there.
    if (page.kind === 'data') lost(state, found, ctx, setting);
    else ask(state, { kind: 'look', position }, ctx, setting);
  } else if (at + 1 < order.length) write(state, { ...writing, at: at + 1 }, ctx, setting);
  else resolved(state, position, page, ctx, setting);
}

const isSame = (page: Page, found: Page, { rules }: ClientSetting): boolean =>
  page.kind === 'data' ? rules.isMine({ mine: page, found }) : page.kind === found.kind;

/** The position of an append is taken: it takes another one, unless its own page may be the one that was trimmed there. */
function lost(state: ClientState, found: Page | null, ctx: UserContext, setting: ClientSetting): void {
  if (found?.kind === 'trimmed') {
    end(state, ctx);
    ctx.info('the position was trimmed, whatever was there');
    return;
  }
  if (state.task !== null) state.task.position = null;
  begin(state, ctx, setting);
}

/** All replicas have `page` at `position`, or, if it is null, nobody has anything. */
function resolved(
  state: ClientState,
  position: number,
  page: Page | null,
  ctx: UserContext,
  setting: ClientSetting,
): void {
  const { task } = state;
  if (task === null) return;
  const { operation, scan, copied } = task;
  if (page === null && operation.kind !== 'read' && operation.kind !== 'follow') {
    const order = setting.rules.fillOrder(replicasOf(state.projection));
    write(state, { position, page: JUNK, order, at: 0 }, ctx, setting);
    return;
  }
  if (page !== null) state.next = Math.max(state.next, position + 1);
  switch (operation.kind) {
    case 'append':
      if (page !== null && setting.rules.isMine({ mine: mine(task), found: page }))
        finish(state, { position } satisfies Appended, ctx);
      else lost(state, page, ctx, setting);
      return;
    case 'read':
    case 'follow':
    case 'fill':
    case 'trim':
      finish(state, { position, page, copied } satisfies Found, ctx);
      return;
    case 'scan':
      if (scan !== null) scan.pages[position] = page;
      scanOn(state, ctx, setting);
      return;
    case 'tail':
  }
}

/** The next position at which some replica has nothing. */
function scanOn(state: ClientState, ctx: UserContext, setting: ClientSetting): void {
  const { task } = state;
  if (task === null || task.scan === null) return;
  const { pages } = task.scan;
  const missing = pages.indexOf(null);
  // It may find many holes, one after the other: as long as it gets on, it does not give up.
  ctx.setTimer('deadline', PATIENCE_MICROS);
  if (missing >= 0) ask(state, { kind: 'look', position: missing }, ctx, setting);
  else finish(state, { pages: pages.flatMap((page) => page ?? []) } satisfies Scanned, ctx);
}

function end(state: ClientState, ctx: UserContext): void {
  state.task = null;
  state.round = null;
  ctx.cancelTimer('retry');
  ctx.cancelTimer('deadline');
}

function finish(state: ClientState, result: unknown, ctx: UserContext): void {
  end(state, ctx);
  ctx.ok(result);
}
