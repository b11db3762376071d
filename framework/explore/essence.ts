/** From a failing seed to what a person needs of it: the smallest plan, why it fails, and both as a finding to be kept. */
import { planSize } from '../plan/size.js';
import { simulate, type Run } from '../simulation/simulate.js';
import type { System } from '../simulation/system.js';
import { counterfactualsOf, pointOfNoReturn } from './counterfactuals.js';
import { makeFinding, type Finding } from './finding.js';
import { shrink, type ShrinkOptions, type Shrunk } from './shrink.js';
import type { RawFinding } from './campaign.js';

export interface Essence {
  readonly shrunk: Shrunk;
  /** Of the smallest plan, with its trace. */
  readonly run: Run;
  readonly finding: Finding;
}

/** A larger plan was not shrunk for want of runs: what would be without each part of it is not worth as many. */
const EXPLAINED_SIZE_MAX = 40;

/** Shrinks what was found, and says of each remaining part what would be without it. */
export async function essenceOf(
  system: System,
  found: Pick<RawFinding, 'seed' | 'plan' | 'failure'>,
  options: ShrinkOptions = {},
): Promise<Essence> {
  const { mutant, properties } = options;
  const { signature } = found.failure;
  const shrunk = await shrink(system, found.plan, signature, options);
  const { plan, failure } = shrunk;
  const run = simulate(system, plan, { mutant, trace: true, trail: true });
  const asked = { system, plan, signature, mutant, properties };
  const why =
    planSize(plan) > EXPLAINED_SIZE_MAX
      ? {}
      : { counterfactuals: counterfactualsOf(asked), pointOfNoReturn: pointOfNoReturn(asked) };
  return { shrunk, run, finding: { ...makeFinding({ run, failure, seed: found.seed }), ...why } };
}
