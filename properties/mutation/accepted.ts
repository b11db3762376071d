/** Mutants of the checkers that no test can or need catch, and why. `npm run mutation` lists all others that survive. */

export interface Accepted {
  /** The end of the file's path. */
  readonly file: string;
  /** The line, without the space around it. */
  readonly line: string;
  /** Stryker's names of what was changed there. */
  readonly mutators: readonly string[];
  readonly why: string;
}

export const accepted: readonly Accepted[] = [];
