/** `faultline list`: the systems there are, what they promise, and their mutants. */
import { FAULT_KINDS } from '../faults/fault.js';
import { wrap } from '../report/describe.js';
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

function listedOf({ name, title, properties, tolerates, mutants }: System): Listed {
  return {
    name,
    title,
    promises: properties.map((property) => property.name),
    tolerates: FAULT_KINDS.filter((kind) => tolerates[kind] !== undefined),
    mutants: Object.entries(mutants).map(([id, { breaks, caughtBy, smallestSchedule }]) => ({
      ...{ id, breaks, caughtBy },
      smallestSchedule: smallestSchedule ?? null,
    })),
  };
}

function described({ name, title, promises, tolerates, mutants }: Listed): string {
  const columns = printColumns();
  const paragraph = (text: string, indent: number) => wrap(text, { columns: columns - indent, indent });
  const labelled = (label: string, text: string) => `  ${label.padEnd(LABEL - 2)}${paragraph(text, LABEL)}\n`;
  const idColumns = Math.max(0, ...mutants.map(({ id }) => id.length));
  return [
    `${colours().bold(name)}${wrap(`${name}  ${title}`, { columns: columns - 2, indent: 2 }).slice(name.length)}\n`,
    ...promises.map((promise) => labelled('promises', promise)),
    labelled('tolerates', tolerates.join(', ') || 'nothing'),
    ...mutants.map(
      ({ id, breaks }) =>
        `  ${'mutant'.padEnd(LABEL - 2)}${id.padEnd(idColumns)}  ${wrap(breaks, { columns: columns - LABEL - idColumns - 2, indent: LABEL + idColumns + 2 })}\n`,
    ),
  ].join('');
}

/** `  promises   ` */
const LABEL = 13;
