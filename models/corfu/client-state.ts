/** What a client knows: the projection, the operation that it is about, and the round of requests that is open. */
import type { ClientContext, NodeId } from '../../framework/index.js';
import { AUXILIARY, type Message, type Operation, type Page } from './messages.js';
import { replicasOf, toBeSealed, type Projection, type Sealed } from './projection.js';
import type { Rules } from './rules.js';
import { RETRY_MICROS } from './timing.js';

export type Step =
  /** For a position: from the sequencer, or, if there is none, from the units. */
  | { readonly kind: 'position' }
  /** The tail, and that the epoch is not over. */
  | { readonly kind: 'tail' }
  /** What all replicas have at `position`. */
  | { readonly kind: 'look'; readonly position: number }
  /** `page` is being written to the replicas, in order, from place `at` on. */
  | {
      readonly kind: 'write';
      readonly position: number;
      readonly page: Page;
      readonly order: readonly NodeId[];
      readonly at: number;
    }
  /** All pages of all replicas. */
  | { readonly kind: 'fetch' }
  /** The newest projection: because a request was refused, or not answered. */
  | { readonly kind: 'layout'; readonly because: 'refused' | 'silence' }
  | { readonly kind: 'seal'; readonly sealed: Sealed }
  | { readonly kind: 'propose'; readonly projection: Projection };

export interface Task {
  readonly operation: Operation;
  readonly nonce: string;
  /** Where its page may be already: it is looked for there before it takes another position. */
  position: number | null;
  /** The pages that a scan has so far, and below which position it looks. */
  scan: { readonly tail: number; pages: (Page | null)[] } | null;
  /** At how many units it completed pages. */
  copied: number;
  /** How often it was refused without there being a new projection. */
  refusals: number;
}

export interface Round {
  readonly number: number;
  readonly step: Step;
  readonly to: readonly NodeId[];
  answers: { readonly from: NodeId; readonly message: Message }[];
  attempts: number;
}

export interface ClientState {
  operations: number;
  rounds: number;
  projection: Projection;
  /** The position after the last one that it knows to be taken. */
  next: number;
  task: Task | null;
  round: Round | null;
}

export type Timer = 'retry' | 'pause' | 'deadline';
export type UserContext = ClientContext<Message, Timer>;

export interface ClientSetting {
  readonly sequencers: readonly NodeId[];
  readonly rules: Rules;
}

/** Asks everybody whom `step` is about; the answers to earlier rounds are no longer waited for. */
export function ask(state: ClientState, step: Step, ctx: UserContext, setting: ClientSetting): void {
  state.rounds++;
  state.round = { number: state.rounds, step, to: addressees(state, step, setting), answers: [], attempts: 0 };
  send(state, ctx);
}

/** Sends to whoever has not answered. */
export function send(state: ClientState, ctx: UserContext): void {
  const { round } = state;
  if (round === null) return;
  round.attempts++;
  for (const node of round.to)
    if (!round.answers.some(({ from }) => from === node)) ctx.send(node, request(state, round, node));
  ctx.setTimer('retry', RETRY_MICROS);
}

function addressees({ projection }: ClientState, step: Step, { sequencers }: ClientSetting): readonly NodeId[] {
  const replicas = replicasOf(projection);
  const sequencer = projection.sequencer?.node;
  switch (step.kind) {
    case 'position':
      return sequencer === undefined ? replicas : [sequencer];
    case 'tail':
      return sequencer === undefined ? replicas : [sequencer, ...replicas];
    case 'look':
    case 'fetch':
      return replicas;
    case 'write':
      return step.order.slice(step.at, step.at + 1);
    case 'layout':
    case 'propose':
      return [AUXILIARY];
    case 'seal':
      return toBeSealed(projection, sequencers);
  }
}

function request({ projection }: ClientState, { step, number: round }: Round, to: NodeId): Message {
  const { epoch, sequencer } = projection;
  switch (step.kind) {
    case 'position':
    case 'tail': {
      if (to !== sequencer?.node) return { kind: 'length', epoch, round };
      const take = step.kind === 'position';
      return { kind: 'token', epoch, round, life: sequencer.life, start: projection.tail, take };
    }
    case 'look':
      return { kind: 'look', epoch, round, position: step.position };
    case 'fetch':
      return { kind: 'fetch', epoch, round };
    case 'write':
      return { kind: 'write', epoch, round, position: step.position, page: step.page };
    case 'layout':
      return { kind: 'layout', round };
    case 'seal':
      return { kind: 'seal', epoch: epoch + 1, round };
    case 'propose':
      return { kind: 'propose', round, projection: step.projection };
  }
}
