/** The shared log as a system to be tried: its cluster, its workload, the faults it claims to bear, and its promises. */
import * as fc from 'fast-check';
import {
  inspection,
  machineFaults,
  MILLISECOND,
  networkFaults,
  roleName,
  system,
  type NodeId,
  type Role,
  type System,
} from '../../framework/index.js';
import { auxiliary } from './auxiliary.js';
import { corfuClient } from './client.js';
import { inspectAuxiliary, type Inspection } from './evidence.js';
import { corfuInvariants } from './invariants.js';
import { AUXILIARY, type Message, type Operation } from './messages.js';
import { mutants } from './mutants.js';
import { describePlace } from './projection.js';
import { corfuProperties } from './properties.js';
import { rules, type Rules } from './rules.js';
import { sequencer } from './sequencer.js';
import { FAULTS_MICROS, SETTLE_MICROS } from './timing.js';
import { inspectUnit } from './unit-state.js';
import { storageUnit } from './unit.js';

const UNITS: readonly NodeId[] = ['u1', 'u2', 'u3'];
const SEQUENCERS: readonly NodeId[] = ['q1', 'q2'];
const SERVERS: readonly NodeId[] = [...UNITS, ...SEQUENCERS, AUXILIARY];

/** Records that are written again and again, by anybody, and look alike. */
const TICK = 'tick';
const NUMBERED = 0;

const position = fc.nat({ max: 15 });

const operation = fc.oneof<fc.MaybeWeightedArbitrary<Operation>[]>(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('append'), value: fc.constantFrom(NUMBERED, TICK) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('read'), position }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('follow') }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('fill'), position }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('trim'), position }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('tail') }) },
);

/** A shared log (Balakrishnan et al., NSDI 2012). */
export const corfu: System = system<Message, Operation, Rules, Inspection>({
  name: 'corfu',
  title: 'CORFU, a shared log: write-once positions, sealed epochs, a sequencer that may fail',
  rules,
  servers: { usual: 3, fewest: 2 },
  cluster(injected, count) {
    const units = UNITS.slice(0, count);
    const setting = { sequencers: SEQUENCERS, rules: injected };
    const unit = storageUnit(setting);
    const register = auxiliary(units, SEQUENCERS[0] ?? '');
    const counter = sequencer();
    const nodes: Record<NodeId, Role<unknown, Message>> = {};
    for (const name of units) nodes[name] = unit;
    for (const name of SEQUENCERS) nodes[name] = counter;
    nodes[AUXILIARY] = register;
    return {
      nodes,
      client: corfuClient(units, setting),
      invariants: corfuInvariants(unit),
      inspections: [
        inspection(unit, (state): Inspection => inspectUnit(state)),
        inspection(register, inspectAuxiliary),
      ],
      roleNames: [
        roleName(unit, ({ projection, epoch }, self) =>
          projection === null ? `knows no chain, epoch ${epoch}` : describePlace(projection, self),
        ),
        roleName(counter, ({ epoch, next }) => `${next === null ? 'counts nothing' : 'sequencer'}, epoch ${epoch}`),
        roleName(register, ({ decided }) => `has decided epoch ${decided.at(-1)?.epoch ?? 0}`),
      ],
    };
  },
  workload: {
    clients: 4,
    operation,
    number: (given, n) => (given.kind === 'append' && given.value === NUMBERED ? { ...given, value: n } : given),
    operationsMax: 80,
    probes: () => [{ kind: 'append', value: NUMBERED }, { kind: 'tail' }],
    finalReads: () => [{ kind: 'scan' }, { kind: 'scan' }],
  },
  phases: { faultsMicros: FAULTS_MICROS, settleMicros: SETTLE_MICROS },
  tolerates: {
    ...networkFaults(SERVERS),
    ...machineFaults(SERVERS, { atOnce: SERVERS.length }),
    clock: { nodes: SERVERS, offsetMicrosMax: 50 * MILLISECOND, driftPerMillionMax: 10_000 },
    delay: { minMicros: 200, maxMicros: 2 * MILLISECOND },
  },
  properties: corfuProperties,
  mutants,
});
