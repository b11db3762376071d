/** Every kind of fault breaks a protocol that does not reckon with it, and leaves one that does alone. */
import { describe, expect, test } from 'vitest';
import { Campaign, parsePlan, planGenerator, simulate, type FaultKind, type System } from 'faultline';
import { describeFault, FAULT_KINDS, faultType } from '../framework/faults/fault.js';
import { isTolerated } from '../framework/plan/tolerated.js';
import {
  copiesSystem,
  diskSystem,
  electionSystem,
  leaseSystem,
  pairSystem,
  type DiskRules,
  type LeaseRules,
  type PairRules,
} from './fixtures/fault-victims.js';

const SEEDS = 400;
/** The search for a failure ends with the first. */
const SEEDS_TO_BREAK = 2_000;

interface Case {
  readonly breaks: string;
  readonly broken: System;
  readonly sound?: System;
}

const s1 = { nodes: ['s1'] };
const crash = { nodes: ['s1'], atOnce: 1 };
const three = { nodes: ['s1', 's2', 's3'] };
const threeCrash = { ...three, atOnce: 1 };
const everybody = { nodes: ['a', 'b'] };
const holders = { nodes: ['a', 'b'] };
const all = { nodes: ['lock', 'a', 'b', 'resource'] };

const disk = (tolerates: Parameters<typeof diskSystem>[1], broken: Partial<DiskRules>): [System, System] => [
  diskSystem(broken, tolerates),
  diskSystem({}, tolerates),
];
const pair = (tolerates: Parameters<typeof pairSystem>[1], broken: Partial<PairRules>): [System, System] => {
  const sound = { resends: true, numbered: true, fifo: false };
  return [pairSystem({ ...sound, ...broken }, tolerates), pairSystem(sound, tolerates)];
};
const lease = (
  tolerates: Parameters<typeof leaseSystem>[1],
  broken: Partial<LeaseRules>,
  sound: Partial<LeaseRules> = { fencing: true },
): [System, System] => {
  const usual: LeaseRules = { ends: 'clock', marginMicros: 2_500, fencing: false };
  return [leaseSystem({ ...usual, ...broken }, tolerates), leaseSystem({ ...usual, ...broken, ...sound }, tolerates)];
};
const of = (breaks: string, [broken, sound]: readonly [System, System]): Case => ({ breaks, broken, sound });

const CASES: Readonly<Record<FaultKind, readonly Case[]>> = {
  crash: [
    of('an answer before the sync', disk({ crash }, { answers: 'at once' })),
    of(
      'a log that is emptied before what replaces it is synced, if any write may survive',
      disk(
        { crash: { ...crash, anySurvive: true }, diskSync: { minMicros: 1_000, maxMicros: 9_000 } },
        { compacts: true },
      ),
    ),
    of('records without checksums, if half of one may survive', [
      diskSystem({ checksums: false, answers: 'when synced' }, { crash: { ...crash, torn: true } }),
      diskSystem({}, { crash: { ...crash, torn: true } }),
    ]),
    { breaks: 'one copy, on a disk that is lost', broken: diskSystem({}, { crash: { ...crash, freshDisk: true } }) },
  ],
  powerFailure: [
    of('copies in memory only', [
      copiesSystem({ copies: 3, disk: false }, { powerFailure: { nodes: ['s1', 's2', 's3'] } }),
      copiesSystem({ copies: 3, disk: true }, { powerFailure: { nodes: ['s1', 's2', 's3'] } }),
    ]),
  ],
  crashInWrite: [
    of('two writes for one change', [
      diskSystem({ counts: true }, { crashInWrite: { ...s1, writesMax: 6 } }),
      diskSystem({}, { crashInWrite: { ...s1, writesMax: 6 } }),
    ]),
  ],
  permanentLoss: [
    of('one copy', [
      copiesSystem({ copies: 1, disk: true }, { permanentLoss: { nodes: ['s1'], atMost: 1 } }),
      copiesSystem({ copies: 3, disk: true }, { permanentLoss: { nodes: ['s1', 's2', 's3'], atMost: 1 } }),
    ]),
  ],
  writeError: [of('errors that are passed over', disk({ crash, writeError: s1 }, { onWriteError: 'go on' }))],
  syncError: [
    of('a sync that is tried again (fsyncgate)', disk({ crash, syncError: s1 }, { onSyncError: 'try again' })),
  ],
  lyingSync: [{ breaks: 'trust in one disk', broken: diskSystem({}, { crash, lyingSync: s1 }) }],
  corruption: [
    of('records without checksums', [
      copiesSystem(
        { copies: 3, disk: true, checksums: false },
        { crash: threeCrash, corruption: { ...three, atMost: 1 } },
      ),
      copiesSystem({ copies: 3, disk: true }, { crash: threeCrash, corruption: { ...three, atMost: 1 } }),
    ]),
  ],
  misdirectedWrite: [
    { breaks: 'trust in one disk', broken: diskSystem({ checksums: false }, { crash, misdirectedWrite: s1 }) },
  ],
  staleRead: [
    {
      breaks: 'what is read from the disk, changed and written back',
      broken: diskSystem({ reads: 'disk' }, { staleRead: s1, diskSync: { minMicros: 1_000, maxMicros: 9_000 } }),
    },
  ],
  slowDisk: [
    of(
      'the belief that a sync takes 2 ms',
      disk({ crash, slowDisk: { nodes: ['s1'], extraMicrosMax: 20_000 } }, { answers: 'after 2 ms' }),
    ),
  ],
  pause: [of('a lease that ends by a timer', lease({ pause: holders }, { ends: 'timer' }, { fencing: true }))],
  slowNode: [
    of(
      'a lease that ends by a timer',
      lease({ slowNode: { ...holders, stepMicrosMax: 5_000 } }, { ends: 'timer' }, { fencing: true }),
    ),
  ],
  control: [
    of(
      'a lease that is thought to be over',
      lease({ control: { nodes: ['lock'], controls: { expire: ['now'] } } }, {}),
    ),
  ],
  partition: [of('copies that are sent once', pair({ partition: everybody }, { resends: false }))],
  majoritiesRing: [
    of('a leader by whom one hears', [
      electionSystem({ votes: false }, { majoritiesRing: { nodes: ['a', 'b', 'c'] } }),
      electionSystem({ votes: true }, { majoritiesRing: { nodes: ['a', 'b', 'c'] } }),
    ]),
  ],
  flappingLink: [of('copies that are sent once', pair({ flappingLink: everybody }, { resends: false }))],
  slowLink: [
    of('copies without numbers', pair({ slowLink: { ...everybody, extraMicrosMax: 20_000 } }, { numbered: false })),
    of('a lease without fencing', lease({ slowLink: { ...all, extraMicrosMax: 40_000 } }, {})),
  ],
  lossyLink: [
    of(
      'copies that are sent once',
      pair({ lossyLink: { ...everybody, dropPerMillionMax: 900_000, duplicatePerMillionMax: 0 } }, { resends: false }),
    ),
  ],
  connectionReset: [of('trust in FIFO links', pair({ connectionReset: everybody }, { resends: false, fifo: true }))],
  clock: [
    of(
      'a lease with too little margin for drift',
      lease(
        { clock: { nodes: ['lock', 'a', 'b'], offsetMicrosMax: 0, driftPerMillionMax: 200_000 } },
        { marginMicros: 0 },
        { marginMicros: 8_500 },
      ),
    ),
    of(
      'a lease by a clock that jumps back',
      lease({ clock: { nodes: ['a', 'b'], offsetMicrosMax: 30_000, driftPerMillionMax: 0, backwards: true } }, {}),
    ),
  ],
};

/** The same system without the fault in question, or without what is special about it: a crash stays a plain crash. */
function without(kind: FaultKind, { tolerates, ...rest }: System): System {
  const { [kind]: gone, ...others } = tolerates;
  const { crash: given } = tolerates;
  const isSpecial = given !== undefined && Object.keys(given).some((key) => !Object.hasOwn(crash, key));
  const plain = kind === 'crash' && isSpecial ? { crash: { nodes: given.nodes, atOnce: given.atOnce } } : {};
  expect(gone).toBeDefined();
  return { ...rest, tolerates: { ...others, ...plain } };
}

for (const kind of FAULT_KINDS)
  describe(kind, () => {
    test('is plain data: it comes back from a file, runs the same through immer, is told, and gets simpler', () => {
      const described = new Set<string>();
      for (const { broken } of CASES[kind]) {
        const generate = planGenerator(broken);
        for (let seed = 0; seed < 40; seed++) {
          const plan = generate(seed);
          expect(parsePlan(JSON.parse(JSON.stringify(plan)))).toEqual({ kind: 'ok', value: plan });
          expect(isTolerated(plan, broken.tolerates)).toBe(true);
          if (seed < 10)
            expect(simulate(broken, plan, { execution: 'immer' }).digest).toBe(simulate(broken, plan).digest);
          for (const fault of plan.faults.filter((one) => one.kind === kind)) {
            described.add(describeFault(fault));
            expect(describeFault(fault)).not.toMatch(/undefined|NaN|\[object/);
            expect(faultType(kind).describeEnd(fault)).not.toMatch(/undefined|NaN|\[object/);
            for (const simpler of faultType(kind).simpler(fault)) {
              expect(simpler).not.toEqual(fault);
              expect(parsePlan({ ...plan, faults: [simpler] }).kind).toBe('ok');
            }
          }
        }
      }
      expect(described.size).toBeGreaterThan(0);
    });

    for (const { breaks, broken, sound } of CASES[kind]) {
      test(`breaks ${breaks}`, () => {
        const campaign = new Campaign(broken);
        for (let seed = 0; seed < SEEDS_TO_BREAK && campaign.summary.findings.length === 0; seed++)
          campaign.runSeed(String(seed));
        const { findings, reason } = campaign.summary;
        expect(findings.length, reason).toBeGreaterThan(0);
        expect(findings.map(({ failure }) => failure.signature).join()).not.toMatch(/model|error/i);
      });
      test(`and nothing else breaks ${breaks}`, () => {
        const campaign = new Campaign(without(kind, broken));
        for (let seed = 0; seed < SEEDS; seed++) campaign.runSeed(String(seed));
        expect(campaign.summary.findings.map(({ failure, seed }) => `${seed}: ${failure.explanation}`)).toEqual([]);
      });
      if (sound === undefined) continue;
      test(`spares what does without ${breaks}`, () => {
        const campaign = new Campaign(sound);
        for (let seed = 0; seed < SEEDS; seed++) campaign.runSeed(String(seed));
        const { findings, tally } = campaign.summary;
        expect(findings.map(({ failure, seed }) => `${seed}: ${failure.explanation}`)).toEqual([]);
        expect(campaign.summary.verdict, campaign.summary.reason).toBe('valid');
        expect(tally[faultType(kind).exercised]).toBeGreaterThan(0);
      });
    }
  });
