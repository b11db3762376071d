/** What a node knows. */
import type { Context, NodeId } from '../../framework/index.js';
import type { CausalContext } from '../causality/causal-context.js';
import type { Message, Written } from './messages.js';
import type { Ring } from './ring.js';
import type { Rules } from './rules.js';
import { merged, NOTHING, type StoredObject } from './versions.js';

/** An object that is kept for another node. */
export interface Hint {
  readonly number: number;
  readonly node: NodeId;
  readonly key: string;
  readonly object: StoredObject;
}

/** A request that this node coordinates. */
export type Round = {
  readonly number: number;
  readonly client: NodeId;
  readonly id: string;
  readonly key: string;
  /** Whom it has asked, and who has answered. */
  asked: NodeId[];
  answered: NodeId[];
} & (
  | { readonly kind: 'put'; readonly object: StoredObject; readonly written: Written }
  | { readonly kind: 'get'; answers: { readonly node: NodeId; readonly object: StoredObject }[]; object: StoredObject }
  /** A read that has its answer and writes it back first. */
  | { readonly kind: 'write-back'; readonly object: StoredObject }
);

export interface NodeState {
  readonly life: number;
  /** By key, how many writes this node has taken in this life. */
  counts: Record<string, number>;
  objects: Record<string, StoredObject>;
  hints: Hint[];
  /** The number of the last hint, and of the last round. */
  hinted: number;
  rounds: Round[];
  lastRound: number;
  /** Messages that wait for what was written to be on disk. */
  owed: { readonly to: NodeId; readonly message: Message; readonly sync: number }[];
  syncs: number;
}

export type Timer = 'synced' | 'handoff' | 'repair' | 'standIn' | 'forget';
export type NodeContext = Context<Message, Timer>;

/** What every handler is given. */
export interface Setting {
  readonly ring: Ring;
  readonly rules: Rules;
}

const LIVES = 0x4000_0000;
/** Rounds of different lives have different numbers: what comes late answers no round but its own. */
const ROUNDS_IN_A_LIFE = 0x10_0000;

interface Durable {
  readonly objects: Record<string, StoredObject>;
  readonly hints: readonly Hint[];
  readonly hinted: number;
}

export function restored(ctx: NodeContext): NodeState {
  const { objects, hints, hinted } = ctx.disk.get<Durable>('node') ?? { objects: {}, hints: [], hinted: 0 };
  const life = ctx.random.below(LIVES);
  return {
    life,
    counts: {},
    objects,
    hints: [...hints],
    hinted,
    rounds: [],
    lastRound: life * ROUNDS_IN_A_LIFE,
    owed: [],
    syncs: 0,
  };
}

/** Writes what has changed, and sends `message`, if any, when it is on disk. */
export function save(
  state: NodeState,
  ctx: NodeContext,
  owed?: { readonly to: NodeId; readonly message: Message },
): void {
  const { objects, hints, hinted } = state;
  ctx.disk.set('node', { objects, hints, hinted } satisfies Durable);
  state.syncs++;
  ctx.disk.sync('synced', String(state.syncs));
  if (owed !== undefined) state.owed.push({ ...owed, sync: state.syncs });
}

export function sendOwed(state: NodeState, key: string, ctx: NodeContext): void {
  const isStored = ({ sync }: NodeState['owed'][number]): boolean => sync <= Number(key);
  for (const { to, message } of state.owed.filter(isStored)) ctx.send(to, message);
  state.owed = state.owed.filter((one) => !isStored(one));
}

export const objectOf = (state: NodeState, key: string): StoredObject => state.objects[key] ?? NOTHING;

export function keep(state: NodeState, key: string, object: StoredObject): void {
  state.objects[key] = merged(objectOf(state, key), object);
}

/** What a node holds in the end. */
export interface Inspection {
  readonly objects: Readonly<Record<string, StoredObject>>;
  readonly hints: number;
}

export const inspectNode = ({ objects, hints }: NodeState): Inspection => ({ objects, hints: hints.length });

/** What a client may be told of an object. */
export const visible = ({
  versions,
  seen,
}: StoredObject): { readonly siblings: { dot: string; value: number }[]; readonly seen: CausalContext } => ({
  siblings: versions.flatMap(({ dot, value }) => (value === null ? [] : [{ dot, value }])),
  seen,
});
