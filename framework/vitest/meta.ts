/** What a test says of the property that it checks, for the UI: known before it runs, and more once it has. */
import type { CampaignSummary } from '../explore/campaign.js';
import type { StrategyName } from '../explore/strategy.js';

export interface PropertyMeta {
  readonly system: string;
  readonly mutant: string | undefined;
  /** The promises that are judged. */
  readonly properties: readonly string[];
  /** How the last run was asked for: its first seed, and how many; absent before the first. */
  readonly asked?: {
    readonly strategy: StrategyName;
    readonly faultsMax: number | undefined;
    readonly seed: number;
    readonly numRuns: number | undefined;
  };
  readonly seeds?: number;
  readonly verdict?: CampaignSummary['verdict'];
  /** What the runs went through, in words; and how many pairs of state and message were seen. */
  readonly exercised?: string;
  readonly coverage?: number;
}

declare module 'vitest' {
  interface TaskMeta {
    faultline?: PropertyMeta;
  }
}
