/** A recorded history in whichever form it comes: faultline's JSON lines, Jepsen's logs and EDN, JSON of Jepsen's shape. */
import { readJepsen } from './jepsen.js';
import { readJsonLines, type ReadHistory } from './jsonl.js';

/** Reads `text`; its first line tells the form. Never throws: problems are returned, each with its place. */
export function readHistory(text: string): ReadHistory {
  const first = text.split('\n').find((line) => line.trim() !== '') ?? '';
  const isJson = /^\uFEFF?\s*\{\s*"/.test(first);
  const isOurs = isJson && /"(?:faultline|operation)"\s*:/.test(first);
  return first === '' || isOurs || (isJson && !/"f"\s*:/.test(first)) ? readJsonLines(text) : readJepsen(text);
}
