/** What a campaign showed, as a test keeps it: in its meta data for the panel of the UI, and as a note in its report. */
import type { CampaignSummary } from '../explore/campaign.js';
import { DEFAULT_STRATEGY, type StrategyName } from '../explore/strategy.js';
import { grouped } from '../report/describe.js';
import { describeExercised, describeProperty } from '../report/exercised.js';
import type { Annotatable } from './fail-test.js';
import './meta.js';

interface Asked {
  readonly properties?: readonly string[];
  readonly strategy?: StrategyName;
  readonly faultsMax?: number;
  readonly numRuns?: number;
}

/** So many runs share one in which coverage of states is measured, which costs about as much as a run. */
export const COVERAGE_EVERY = 10;

/** Puts what a campaign showed into the test's meta data, where the panel of the UI finds it. */
export function tell(
  { task }: Annotatable,
  summary: CampaignSummary,
  { options, first }: { readonly options: Asked; readonly first: number },
): void {
  const { system, mutant, seeds, verdict, properties, coverage } = summary;
  const { strategy = DEFAULT_STRATEGY, faultsMax } = options;
  const asked = { strategy, faultsMax, seed: first, numRuns: options.numRuns };
  task.meta.faultline = {
    ...{ system, mutant, properties: options.properties ?? Object.keys(properties), asked, seeds, verdict, coverage },
    exercised: describeExercised(summary),
  };
}

/** What a campaign went through and judged on, for the test's report. */
export function describeCampaign(summary: CampaignSummary): string {
  const { seeds, steps, runs, properties, coverage } = summary;
  return [
    `${seeds} seeds, ${grouped(steps)} steps: ${runs.valid} valid, ${runs.unknown} proved nothing`,
    describeExercised(summary),
    ...Object.entries(properties).map(([name, one]) => `${name}: ${describeProperty(one)}`),
    `${grouped(coverage)} different meetings of a message or timer with a state, in the runs that looked for them`,
  ].join('\n');
}
