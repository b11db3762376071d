/** The explorer's data: what is recorded of a run, and that it is what happened. */
import { describe, expect, test } from 'vitest';
import { regressionFiles } from '../framework/cli/regressions.js';
import { readFinding } from '../framework/cli/replay.js';
import type { Finding } from '../framework/explore/finding.js';
import { recordingOf, type Recording } from '../framework/recording/recording.js';
import { simulate } from '../framework/simulation/simulate.js';
import type { System } from '../framework/simulation/system.js';
import { systems } from '../models/index.js';

/** The kept finding of `mutant`, and its system. */
export function keptFinding(mutant: string): { readonly system: System; readonly finding: Finding } {
  for (const path of regressionFiles('histories/regressions')) {
    const finding = readFinding(path);
    const system = systems.find(({ name }) => name === finding.system);
    if (finding.mutant === mutant && system !== undefined) return { system, finding };
  }
  throw new Error(`no finding of ${mutant} is kept in histories/regressions`);
}

const recorded = (mutant: string): Recording => {
  const { system, finding } = keptFinding(mutant);
  return recordingOf(system, finding);
};

describe('a recording', () => {
  test('is the run of the finding, and changes nothing of it', () => {
    const { system, finding } = keptFinding('CH-07');
    const recording = recordingOf(system, finding);
    expect(recording.replayed).toBe('reproduced');
    expect(recording.run.digest).toBe(finding.digest);
    const plain = simulate(system, finding.plan, { mutant: 'CH-07' });
    expect(recording.run.history).toEqual(plain.history);
    expect(recording.run.failure?.signature).toBe(finding.signature);
    expect(recording.pointOfNoReturn).toEqual(finding.pointOfNoReturn);
  });

  test('is plain JSON', () => {
    const recording = recorded('CH-07');
    expect(JSON.parse(JSON.stringify(recording))).toEqual(JSON.parse(JSON.stringify(recording)));
    expect(JSON.stringify(recording).length).toBeGreaterThan(1_000);
  });

  test('has the run without each part of the plan, with the outcome that the finding tells', () => {
    const { system, finding } = keptFinding('CH-07');
    const { parts } = recordingOf(system, finding);
    const { operations = [], faults = [], fates = [], points = [] } = finding.counterfactuals ?? {};
    expect(parts.map(({ without }) => without?.outcome)).toEqual([...operations, ...faults, ...fates, ...points]);
    for (const { without } of parts) {
      expect(without?.run?.events.length).toBeGreaterThan(0);
      expect(without?.differsAtStep).toBeGreaterThan(0);
    }
  });
});
