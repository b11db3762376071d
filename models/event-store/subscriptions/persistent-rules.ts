/** The decisions on which a persistent subscription rests: each mutant breaks one of them. */
import { pinned, type ConsumerStrategy } from './strategies.js';

export interface PersistentRules {
  /**
   * The position below which nothing is read again after a restart: all before it is acknowledged, or parked on disk. Each
   * set has positions: `waiting` for a consumer, `outstanding` with one, `retrying`, and `parking`, until that is on disk.
   */
  readonly checkpoint: (subscription: {
    readonly waiting: readonly number[];
    readonly outstanding: readonly number[];
    readonly retrying: readonly number[];
    readonly parking: readonly number[];
    /** Every event up to here has been received. */
    readonly through: number;
  }) => number;
  /** To whom an event goes, now. */
  readonly consumerFor: ConsumerStrategy;
  /** Whether a parked event is taken off the parked queue as it is replayed, and not once it is acknowledged. */
  readonly forgetsAtReplay: () => boolean;
  /** A consumer: whether it may acknowledge an event whose effect is, or is not yet, on its disk. */
  readonly mayAcknowledge: (effect: { readonly isOnDisk: boolean }) => boolean;
  /** A consumer: whether an event's effect is in its sink already. */
  readonly hasApplied: (sink: Readonly<Record<string, unknown>>, id: string) => boolean;
}

const below = (positions: readonly number[], otherwise: number): number =>
  positions.reduce((low, position) => Math.min(low, position - 1), otherwise);

export const persistentRules: PersistentRules = {
  checkpoint: ({ waiting, outstanding, retrying, parking, through }) =>
    below([...waiting, ...outstanding, ...retrying, ...parking], through),
  consumerFor: pinned,
  forgetsAtReplay: () => false,
  mayAcknowledge: ({ isOnDisk }) => isOnDisk,
  hasApplied: (sink, id) => id in sink,
};

/** KurrentDB #1301: what waits to be tried again counts for nothing. */
export const ignoringRetries: PersistentRules['checkpoint'] = ({ waiting, outstanding, parking, through }) =>
  below([...waiting, ...outstanding, ...parking], through);
