/**
 * Histories as JSON lines, one entry per line, behind a header line: the form in which histories are stored and come
 * from elsewhere. Strings in, strings out; files are the command line's affair. The same history always gives the same
 * text. Reading never throws: a file from elsewhere is an expected source of errors, and each names line and column.
 */
import { canonicalJson } from '../kernel/plain-data.js';
import type { Entry, History } from './entry.js';
import { readEntry } from './read-entry.js';
import { findSyntaxProblem } from './json-syntax.js';
import { findBreaches } from './well-formed.js';

const VERSION = 1;

/** What is wrong with a line of a text. */
export interface ReadProblem {
  /** From 1, as editors count. */
  readonly line: number;
  /** From 1; absent when the whole line is meant. */
  readonly column?: number;
  /** What was expected, what arrived, and the remedy. */
  readonly message: string;
}

/** A history, or everything that is wrong with the text. */
export type ReadHistory =
  | { readonly kind: 'history'; readonly history: History; readonly header: Readonly<Record<string, unknown>> }
  | { readonly kind: 'malformed'; readonly problems: readonly ReadProblem[] };

/** `history` as JSON lines, each ended by a newline. `about` goes into the header (`{ system: 'chain' }`). */
export function writeJsonLines(history: History, about: Readonly<Record<string, unknown>> = {}): string {
  const rest = canonicalJson(about).slice(1, -1);
  const header = `{"faultline":"history","version":${VERSION}${rest === '' ? '' : `,${rest}`}}`;
  return [header, ...history.map(entryLine), ''].join('\n');
}

/** One line: `type`, `process`, `time`, then what is particular to the type, with its keys sorted. */
function entryLine(entry: Entry): string {
  const common = `"type":"${entry.type}","process":${entry.process},"time":${entry.time}`;
  switch (entry.type) {
    case 'invoke':
      return `{${common},"operation":${canonicalJson(entry.operation)}}`;
    case 'ok':
      return `{${common},"result":${entry.result === undefined ? 'null' : canonicalJson(entry.result)}}`;
    case 'fail':
    case 'info':
      return `{${common},"reason":${JSON.stringify(entry.reason)}}`;
  }
}

/** Reads what `writeJsonLines` wrote, with or without the header, and blank lines. Reports all problems at once. */
export function readJsonLines(text: string): ReadHistory {
  const lines = text.replace(/^\uFEFF/, '').split('\n');
  const endsOpen = lines.at(-1) !== '';
  const problems: ReadProblem[] = [];
  const history: Entry[] = [];
  /** The line of each entry. */
  const lineOf: number[] = [];
  let header: Readonly<Record<string, unknown>> = {};
  let first = true;
  for (const [place, line] of lines.entries()) {
    const number = place + 1;
    if (line.trim() === '') continue;
    const syntax = findSyntaxProblem(line);
    if (syntax !== undefined) {
      const truncated = endsOpen && number === lines.length && syntax.offset >= line.trimEnd().length;
      problems.push({ line: number, column: syntax.offset + 1, message: syntaxMessage(line, syntax, truncated) });
      first = false;
      continue;
    }
    const value: unknown = JSON.parse(line);
    if (first && isHeader(value)) {
      header = value;
      const { version } = value;
      const message = `expected version ${VERSION} of the format, got ${JSON.stringify(version)}; use the release that wrote it`;
      if (version !== VERSION) problems.push({ line: number, message });
    } else {
      const read = readEntry(value);
      if (read.kind === 'entry') {
        history.push(read.entry);
        lineOf.push(number);
      } else for (const message of read.problems) problems.push({ line: number, message });
    }
    first = false;
  }
  // Breaches of order mean nothing while entries are missing.
  if (problems.length > 0) return { kind: 'malformed', problems };
  for (const { index, message, remedy } of findBreaches(history))
    problems.push({ line: lineOf[index] ?? 0, message: `${message}; ${remedy}` });
  return problems.length > 0 ? { kind: 'malformed', problems } : { kind: 'history', history, header };
}

function syntaxMessage(line: string, problem: { offset: number; expected: string }, truncated: boolean): string {
  const { offset, expected } = problem;
  if (truncated)
    return `the last line is truncated: the text ends where ${expected} was expected; delete the line, or record again`;
  const arrived =
    line[offset] === undefined ? 'the line ended' : `got ${JSON.stringify(line.slice(offset, offset + 12))}`;
  return `not JSON: expected ${expected}, ${arrived}; each line is one complete JSON object`;
}

const isHeader = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && 'faultline' in value;
