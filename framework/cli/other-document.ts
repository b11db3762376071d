/** What a file is that was named in the place of another, and which command takes it. */
import { readHistory } from '../history/read-history.js';

/** By the word in their field `faultline`. */
const DOCUMENTS: Readonly<Record<string, string>> = {
  finding: 'it is a finding, which faultline replay takes',
  report: 'it is the report of a campaign, which faultline merge takes',
  golden: 'it has golden digests, which faultline golden compares',
};

/** What `text` is, if it is nothing that calls itself a `wanted`. */
export function otherDocument(text: string, wanted: 'finding' | 'report'): string | undefined {
  if (text.trim() === '') return 'it is empty';
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    if (isHistory(text)) return HISTORY;
    return `not JSON (cut short, perhaps): ${error instanceof Error ? error.message : String(error)}`;
  }
  if (Array.isArray(data)) return 'it is a list';
  if (typeof data !== 'object' || data === null) return `it is nothing but ${JSON.stringify(data).slice(0, 60)}`;
  if ('faultline' in data && data.faultline === wanted) return undefined;
  if (isHistory(text)) return HISTORY;
  return ownDocument(text) ?? `it does not begin as one does, with "faultline": "${wanted}"`;
}

/** What `text` is, if it is a document of faultline's, by the first field that each begins with. */
export function ownDocument(text: string): string | undefined {
  const [, kind = ''] = /^\s*\{\s*"faultline"\s*:\s*"(\w+)"/.exec(text) ?? [];
  return Object.hasOwn(DOCUMENTS, kind) ? DOCUMENTS[kind] : undefined;
}

const HISTORY = 'it is a history, which faultline check judges';

const isHistory = (text: string): boolean => {
  const read = readHistory(text);
  return read.kind !== 'malformed' && read.history.length > 0;
};
