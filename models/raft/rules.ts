/** The rules of the consensus, and the one of the store over it. */
import { consensusRules, type ConsensusRules } from '../consensus/index.js';

export interface Rules extends ConsensusRules {
  /** §8: whether a committed update takes effect, given the serial number of the last one of its session that did. */
  executes(update: { readonly serial: number; readonly lastOfSession: number }): boolean;
}

export const rules: Rules = {
  ...consensusRules,
  executes: ({ serial, lastOfSession }) => serial > lastOfSession,
};
