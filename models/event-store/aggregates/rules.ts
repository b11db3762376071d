/** The decisions on the command side on which its promises rest, one method each; those of the store and schemas with them. */
import { storeRules, type StoreRules } from '../streams/rules.js';
import { schemaRules, type SchemaRules } from './schema.js';
import { SNAPSHOT_EVERY } from './timing.js';

export interface Rules extends StoreRules, SchemaRules {
  /** Whether a cached aggregate is forgotten when what was applied to it has not been appended, or may not have been. */
  readonly forgetsAfterFailure: boolean;
  /** Whether a command may be refused on what the cache says, which others may have changed since. */
  readonly refusesUnseen: boolean;
  /** What a snapshot is taken of: the aggregate after its events are in the log, or when they have been decided on. */
  readonly snapshotsWhen: 'appended' | 'decided';
  /** After how many events another one is taken. */
  readonly snapshotEvery: number;
  /** Whether a stream is truncated only when the snapshot that stands for it is known to be on disk. */
  readonly awaitsSnapshot: boolean;
  /** What the process does about a step that is not answered: asks again, or puts the money back. */
  readonly onSilence: 'ask again' | 'compensate';
}

export const rules: Rules = {
  ...storeRules,
  ...schemaRules,
  forgetsAfterFailure: true,
  refusesUnseen: false,
  snapshotsWhen: 'appended',
  snapshotEvery: SNAPSHOT_EVERY,
  awaitsSnapshot: true,
  onSilence: 'ask again',
};
