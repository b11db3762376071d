/** `faultline list`: the systems there are, what they promise, under which faults, and their mutants. */
import { FAULT_KINDS } from '../faults/fault.js';
import { millis } from '../faults/fault-type.js';
import { wrap } from '../report/describe.js';
import { PROMISES_OF_ALL } from '../simulation/judge.js';
import type { System } from '../simulation/system.js';
import { EXIT, type Outcome } from './exit-codes.js';
import { printJson } from './json-output.js';
import type { DocumentOf } from './json-schemas.js';
import { colours, print, printColumns } from './terminal.js';

type Listed = DocumentOf<'list'>['systems'][number];

export function list(systems: readonly System[], { json }: { readonly json: boolean }): Outcome {
  const listed = systems.map(listedOf);
  if (json) printJson({ faultline: 'list', version: 1, exitCode: EXIT.clean, systems: listed });
  else print(listed.map(described).join('\n'));
  return EXIT.clean;
}

function listedOf(system: System): Listed {
  const { name, title, properties, tolerates, mutants } = system;
  const { maybe = [], delay, diskSync, dropPerMillionMax, duplicatePerMillionMax } = tolerates;
  return {
    name,
    title,
    promises: properties.map((property) => property.name),
    invariants: (system.cluster(undefined).invariants ?? []).map((invariant) => invariant.name),
    promisesOfAll: [...PROMISES_OF_ALL],
    tolerates: FAULT_KINDS.filter((kind) => tolerates[kind] !== undefined),
    network: { dropPerMillionMax, duplicatePerMillionMax, delay },
    diskSync,
    faultPoints: [...maybe],
    mutants: Object.entries(mutants).map(([id, { breaks, caughtBy, smallestSchedule }]) => ({
      ...{ id, breaks, caughtBy },
      smallestSchedule: smallestSchedule ?? null,
    })),
  };
}

function described(listed: Listed): string {
  const { name, title, promises, invariants, promisesOfAll, tolerates, faultPoints, mutants } = listed;
  const columns = printColumns();
  const paragraph = (text: string, indent: number) => wrap(text, { columns: columns - indent, indent });
  const labelled = (label: string, text: string) => `  ${label.padEnd(LABEL - 2)}${paragraph(text, LABEL)}\n`;
  const idColumns = Math.max(0, ...mutants.map(({ id }) => id.length));
  return [
    `${colours().bold(name)}${wrap(`${name}  ${title}`, { columns: columns - 2, indent: 2 }).slice(name.length)}\n`,
    ...promises.map((promise) => labelled('promises', promise)),
    ...invariants.map((promise) => labelled('promises', `${promise} (in every state)`)),
    ...promisesOfAll.map((promise) => labelled('promises', `${promise} (as every system does)`)),
    labelled('tolerates', tolerates.join(', ') || 'no fault'),
    labelled('network', networkOf(listed.network)),
    labelled('disks', `a sync takes ${span(listed.diskSync)}`),
    ...(faultPoints.length === 0 ? [] : [labelled('points', faultPoints.join(', '))]),
    ...mutants.map(
      ({ id, breaks }) =>
        `  ${'mutant'.padEnd(LABEL - 2)}${id.padEnd(idColumns)}  ${wrap(breaks, { columns: columns - LABEL - idColumns - 2, indent: LABEL + idColumns + 2 })}\n`,
    ),
  ].join('');
}

function networkOf({ dropPerMillionMax, duplicatePerMillionMax, delay }: Listed['network']): string {
  const percent = (perMillion: number) => `${perMillion / 10_000} %`;
  const lost = `up to ${percent(dropPerMillionMax)} of messages are dropped and ${percent(duplicatePerMillionMax)} doubled`;
  return `${dropPerMillionMax + duplicatePerMillionMax === 0 ? 'no message is dropped or doubled' : lost}; they take ${span(delay)}`;
}

const span = ({ minMicros, maxMicros }: Listed['diskSync']): string => `${millis(minMicros)} to ${millis(maxMicros)}`;

/** `  promises   ` */
const LABEL = 13;
