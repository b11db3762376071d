/** The explorer's data: what is recorded of a run, and that it is what happened. */
import { describe, expect, test } from 'vitest';
import { recordingOf, type Recording } from '../framework/recording/recording.js';
import { simulate } from '../framework/simulation/simulate.js';
import { keptFinding } from './fixtures/kept-finding.js';

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
