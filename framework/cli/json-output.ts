/** `--json`: one document on standard output, and its schema for whoever reads it. */
import { z } from 'zod';
import { DOCUMENT_SCHEMAS, type DocumentName, type DocumentOf } from './json-schemas.js';
import { UsageError } from './usage-error.js';

/** Prints `document`, which must be as its schema says. */
export function printJson<N extends DocumentName>(document: DocumentOf<N>): void {
  process.stdout.write(`${JSON.stringify(DOCUMENT_SCHEMAS[document.faultline].parse(document), null, 2)}\n`);
}

const isDocument = (name: string): name is DocumentName => Object.hasOwn(DOCUMENT_SCHEMAS, name);

export const DOCUMENT_NAMES = Object.keys(DOCUMENT_SCHEMAS);

/** The JSON Schema of what `faultline <command> --json` prints. */
export function jsonSchemaOf(command: string): string {
  if (!isDocument(command)) throw new UsageError(`'${command}' prints no JSON; these do: ${DOCUMENT_NAMES.join(', ')}`);
  const schema = z.toJSONSchema(DOCUMENT_SCHEMAS[command], {
    // Later releases may add fields.
    override: ({ jsonSchema }) => {
      if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
    },
  });
  return JSON.stringify({ title: `faultline ${command} --json`, ...schema }, null, 2);
}
