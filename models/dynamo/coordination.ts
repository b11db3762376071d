/**
 * A coordinator's part (§4.5, 4.6): it asks the nodes of the key's preference list, and where one does not answer the next
 * on the ring, and answers when R or W of them have. What a stand-in takes, it takes with a hint of whom it is for.
 */
import type { NodeId } from '../../framework/index.js';
import type { ClientMessage, NodeMessage } from './messages.js';
import { visible, type NodeContext, type NodeState, type Round, type Setting } from './node-state.js';
import { ROUND_MICROS, STAND_IN_MICROS } from './timing.js';
import { merged, NOTHING, sameObject, written } from './versions.js';

/** R and W: with N = 3, any two quorums of the preference list meet. */
const QUORUM = 2;

type Where = Setting & { readonly ctx: NodeContext };

export function coordinatePut(
  state: NodeState,
  { id, key, value, follows }: Extract<ClientMessage, { readonly kind: 'put' }>,
  client: NodeId,
  where: Where,
): void {
  const { ctx, rules } = where;
  // The network may double a request.
  if (state.rounds.some((round) => round.id === id)) return;
  const count = (state.counts[key] ?? 0) + 1;
  state.counts[key] = count;
  const { seen } = state.objects[key] ?? NOTHING;
  const dot = rules.dot({ node: ctx.self, life: state.life, count, seen });
  const object = written({ dot, value, at: ctx.now() }, follows);
  begin(state, { kind: 'put', client, id, key, object, written: { dot, follows } }, where);
}

export function coordinateGet(
  state: NodeState,
  { id, key }: Extract<ClientMessage, { readonly kind: 'get' }>,
  client: NodeId,
  where: Where,
): void {
  begin(state, { kind: 'get', client, id, key, answers: [], object: NOTHING }, where);
}

type Begun<R> = R extends Round ? Omit<R, 'number' | 'asked' | 'answered'> : never;

function begin(state: NodeState, begun: Begun<Round>, where: Where): void {
  state.lastRound++;
  const round: Round = { ...begun, number: state.lastRound, asked: [], answered: [] };
  state.rounds.push(round);
  for (const node of where.ring.preferenceList(round.key)) ask(round, node, null, where);
  where.ctx.setTimer('standIn', STAND_IN_MICROS, String(round.number));
  where.ctx.setTimer('forget', ROUND_MICROS, String(round.number));
}

function ask(round: Round, node: NodeId, hint: NodeId | null, { ctx }: Where): void {
  round.asked.push(node);
  const { number, key } = round;
  if (round.kind === 'get') ctx.send(node, { kind: 'fetch', round: number, key });
  else ctx.send(node, { kind: 'store', round: number, key, object: round.object, hint });
}

/** Whoever has not answered is stood in for by the next nodes of the ring. */
export function standIn(state: NodeState, key: string, where: Where): void {
  const round = state.rounds.find(({ number }) => number === Number(key));
  if (round === undefined) return;
  const silent = round.asked.filter((node) => !round.answered.includes(node));
  const others = where.ring.inOrder(round.key).filter((node) => !round.asked.includes(node));
  for (const [index, node] of others.slice(0, silent.length).entries()) ask(round, node, silent[index] ?? null, where);
}

/** An answer has arrived, or is known to be there. */
export function noteAnswer(
  state: NodeState,
  message: Extract<NodeMessage, { readonly kind: 'stored' | 'fetched' }>,
  from: NodeId,
  where: Where,
): void {
  const round = state.rounds.find(({ number }) => number === message.round);
  if (round === undefined || round.answered.includes(from)) return;
  if ((message.kind === 'fetched') !== (round.kind === 'get')) return;
  round.answered.push(from);
  if (round.kind === 'get' && message.kind === 'fetched') {
    round.answers.push({ node: from, object: message.object });
    round.object = merged(round.object, message.object);
  }
  const list = where.ring.preferenceList(round.key);
  const counts = (node: NodeId): boolean => list.includes(node) || where.rules.standInCounts();
  const count = round.answered.filter(counts).length;
  if (count === QUORUM && counts(from)) answer(state, round, where);
  // Late answers are worth a repair still.
  else if (count >= QUORUM && round.kind === 'get') repair(round, where);
}

function answer(state: NodeState, round: Round, where: Where): void {
  const { ctx, rules } = where;
  const { client, id, key, object } = round;
  if (round.kind === 'put') {
    ctx.send(client, { kind: 'written', id, written: round.written });
    return;
  }
  if (round.kind === 'get' && rules.writesBack() && !round.answers.every((one) => sameObject(one.object, object))) {
    begin(state, { kind: 'write-back', client, id, key, object }, where);
    return;
  }
  if (round.kind === 'get') repair(round, where);
  ctx.send(client, { kind: 'found', id, found: visible(object) });
}

/** Read repair (§5): whoever has shown to lack something is sent it. */
function repair(round: Extract<Round, { readonly kind: 'get' }>, { ctx, ring, rules }: Where): void {
  if (!rules.repairsOnRead()) return;
  const { key, object } = round;
  const list = ring.preferenceList(key);
  for (const { node, object: theirs } of round.answers)
    if (list.includes(node) && !sameObject(theirs, object))
      ctx.send(node, { kind: 'store', round: null, key, object, hint: null });
}
