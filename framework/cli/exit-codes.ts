/** What the process says when it ends. Documented in `--help`; scripts rely on it. */
export const EXIT = {
  /** Everything that was run kept its promises. */
  clean: 0,
  /** A promise was broken, or a run was not deterministic. */
  findings: 1,
  /** The command was called wrongly; nothing was run. */
  usage: 2,
  /** Nothing was found, but too little was exercised to say that nothing is wrong. */
  inconclusive: 3,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What a command that was called rightly ends with. */
export type Outcome = Exclude<ExitCode, typeof EXIT.usage>;
