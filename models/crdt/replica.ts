/**
 * What replicas of all three kinds have in common: clients are answered by the replica that they ask, reads at once, updates
 * when its disk has them; all of it is written as one record. A replica that starts is a new actor, because it cannot know
 * whether what it did last before a crash, and its disk has lost, is known to others.
 */
import type { Context, NodeId } from '../../framework/index.js';
import { nameDot, type Actor, type CausalContext } from '../causality/causal-context.js';
import type { ClientMessage, Operation, Seen, Taken, Update, View } from './messages.js';
import type { CommonRules } from './rules.js';
import type { Stamp } from './stamp.js';

export interface Waiting {
  readonly client: NodeId;
  readonly id: string;
  readonly taken: Taken;
  /** The sync that makes it durable. */
  readonly sync: number;
}

/** The part of a replica's state that is not replicated. */
export interface Life {
  readonly actor: Actor;
  /** All updates that it took and its disk has kept, of earlier lives too: the log of requests. */
  journal: Taken[];
  waiting: Waiting[];
  syncs: number;
}

export type AnyContext = Pick<Context<never, 'stored'>, 'self' | 'now' | 'random' | 'disk'>;

const LIVES = 0x4000_0000;

export function beginLife(rules: CommonRules, ctx: AnyContext, journal: readonly Taken[]): Life {
  const actor = rules.actor(ctx.self, ctx.random.below(LIVES));
  return { actor, journal: [...journal], waiting: [], syncs: 0 };
}

/** The name and the stamp of an actor's next update. */
export function nextName(
  { actor, seen, latest }: { readonly actor: Actor; readonly seen: CausalContext; readonly latest: number },
  rules: CommonRules,
  ctx: AnyContext,
): { readonly dot: string; readonly stamp: Stamp } {
  const dot = nameDot(actor, (seen.vector[actor] ?? 0) + 1);
  return { dot, stamp: { time: rules.stampTime({ now: ctx.now(), latest }), actor } };
}

/** Writes `durable`, which holds all that must outlive a crash. */
export function persist(life: Life, durable: unknown, ctx: AnyContext): number {
  life.syncs++;
  ctx.disk.set('replica', durable);
  ctx.disk.sync('stored', String(life.syncs));
  return life.syncs;
}

/** True for a request that was taken before: it is answered again, if it was, and else when the first is. */
export function isRepeated(life: Life, id: string, from: NodeId, ctx: Pick<Context<ClientMessage>, 'send'>): boolean {
  const taken = life.journal.find((one) => one.id === id);
  if (taken !== undefined && isSafe(life)) ctx.send(from, { kind: 'answer', id, result: taken });
  return taken !== undefined;
}

/** Whether the disk has all updates taken here. Others are told of none before: it would be taken again after a crash. */
export const isSafe = ({ waiting }: Life): boolean => waiting.length === 0;

/** Answers whoever has waited for what is on disk now. */
export function answerStored(life: Life, key: string, ctx: Pick<Context<ClientMessage>, 'send'>): void {
  const isStored = ({ sync }: Waiting): boolean => sync <= Number(key);
  for (const { client, id, taken } of life.waiting.filter(isStored))
    ctx.send(client, { kind: 'answer', id, result: taken });
  life.waiting = life.waiting.filter((one) => !isStored(one));
}

export const anyOther = (replicas: readonly NodeId[], { self, random }: Pick<AnyContext, 'self' | 'random'>): NodeId =>
  random.pick(replicas.filter((node) => node !== self));

export const isUpdate = (operation: Operation): operation is Update => operation.kind !== 'read';

/** What is left to see of a replica when a run is over. */
export interface Inspection extends Seen {
  readonly actor: Actor;
  readonly journal: readonly Taken[];
}

export const inspect = ({ actor, journal }: Life, seen: CausalContext, view: View): Inspection => ({
  actor,
  journal,
  seen,
  view,
});
