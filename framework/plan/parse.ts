/**
 * Data from outside, checked by a schema. Everything is checked before anything runs, and all problems are reported at once,
 * each with its place in the data, what was expected there and what was found.
 */
import type { z } from 'zod';

/** What a value from outside turned out to be: data of the expected form, or a list of what is wrong and where. */
export type Parsed<T> =
  { readonly kind: 'ok'; readonly value: T } | { readonly kind: 'malformed'; readonly problems: readonly string[] };

/** Checks `data`. A problem reads `operations[3].at: expected a number of at least 0, got -5`. */
export function parseBy<T>(schema: z.ZodType<T>, data: unknown): Parsed<T> {
  const parsed = schema.safeParse(data, { error: inWords });
  if (parsed.success) return { kind: 'ok', value: parsed.data };
  const problems = parsed.error.issues.map(({ path, message }) => {
    const place = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('');
    return `${place.replace(/^\./, '') || 'the whole'}: ${message}`;
  });
  return { kind: 'malformed', problems };
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  array: 'a list',
  null: 'null',
};

/** What is wrong, in a few words; undefined leaves the wording to zod. */
function inWords(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return unlike(TYPES[issue.expected] ?? issue.expected, issue.input);
    case 'invalid_value':
      return unlike(issue.values.map(shown).join(' or '), issue.input);
    case 'unrecognized_keys':
      return `unknown ${issue.keys.length === 1 ? 'field' : 'fields'} ${issue.keys.join(', ')}`;
    case 'too_small':
      return unlike(atLeast(issue), issue.input);
    case 'too_big':
      return unlike(`${OF[issue.origin] ?? 'a number of '}at most ${issue.maximum}`, issue.input);
    case 'invalid_union': {
      const { discriminator, input } = issue;
      if (discriminator === undefined) return unlike('one of the forms that there are', input);
      return unlike(`a known ${discriminator}`, (input as Readonly<Record<string, unknown>>)[discriminator]);
    }
    default:
      return undefined;
  }
}

const OF: Readonly<Record<string, string>> = { string: 'a text of a length of ', array: 'a list of a length of ' };

function atLeast({
  origin,
  minimum,
  inclusive,
}: Pick<z.core.$ZodIssueTooSmall, 'origin' | 'minimum' | 'inclusive'>): string {
  if (minimum === 1 && OF[origin] !== undefined) return 'one that is not empty';
  return `${OF[origin] ?? 'a number of '}${inclusive === false ? 'more than' : 'at least'} ${minimum}`;
}

const unlike = (expected: string, found: unknown): string =>
  found === undefined ? `missing, expected ${expected}` : `expected ${expected}, got ${shown(found)}`;

const SHOWN_MAX = 60;

/** A value as it stands in the file; of large ones, what they are. */
function shown(value: unknown): string {
  const text = JSON.stringify(value);
  if (text.length <= SHOWN_MAX) return text;
  return Array.isArray(value) ? 'a list' : typeof value === 'object' ? 'an object' : `${text.slice(0, SHOWN_MAX)}…`;
}
