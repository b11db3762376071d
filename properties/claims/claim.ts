/** One table of `npm run claims`: what was measured, beside what is said of it. */
import type { Cell } from '../../framework/cli/table.js';

export interface Claim {
  readonly title: string;
  /** What was done, and what the columns are. */
  readonly text: string;
  readonly headings: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
  /** Whether all that is claimed was found. */
  readonly holds: boolean;
  readonly conclusion: string;
}
