/** What the user asked for cannot be done, for a reason of theirs to mend: printed without a stack, exit code 2. */
export class UsageError extends Error {
  override readonly name: string = 'UsageError';
}

/** The command line itself is wrong, so that its help is worth naming. */
export class WrongCall extends UsageError {
  override readonly name = 'WrongCall';
}
