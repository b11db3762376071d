/** The picture of a finding: the space-time diagram of its run, kept beside it. */
import type { Finding } from '../explore/finding.js';
import { spaceTimeSvg } from '../report/space-time-svg.js';
import type { Failure } from '../simulation/judge.js';
import type { Run } from '../simulation/simulate.js';

/** `found.json` as `found.svg`. */
export const picturePath = (path: string): string => `${path.replace(/\.json$/, '')}.svg`;

/** `run` must be a run of the finding's plan, with its trace. */
export function pictureOf(finding: Finding, run: Run, failure: Failure | undefined): string {
  // By other steps than the recorded ones, it may be certain from another one on.
  const certainFrom = run.digest === finding.digest ? finding.pointOfNoReturn?.step : undefined;
  return spaceTimeSvg(run, failure, { certainFrom });
}
