/** Ctrl-C, made polite: the first asks the work to stop and report, the second ends the process at once. */
import { setImmediate } from 'node:timers/promises';

export interface Interruption {
  readonly requested: boolean;
  /** Lets signals be noticed. To be awaited now and then by work that is otherwise synchronous. */
  breathe(): Promise<void>;
  dispose(): void;
}

export function watchForInterruption(): Interruption {
  const state = { requested: false };
  const onSignal = () => {
    if (state.requested) process.exit(130);
    state.requested = true;
    process.stderr.write('\ninterrupted: stopping here (Ctrl-C again to quit at once)\n');
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return {
    get requested() {
      return state.requested;
    },
    async breathe() {
      await setImmediate();
    },
    dispose() {
      process.off('SIGINT', onSignal);
      process.off('SIGTERM', onSignal);
    },
  };
}
