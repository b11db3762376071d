/** A mistake in how the command was called, as opposed to one in what it ran: printed without a stack, exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
