/** Reading a stream: from the latest snapshot that counts on, from where the reader is already, or into the past. */
import type { HeldSnapshot, RecordedEvent, Through } from './events.js';
import type { Loaded } from './messages.js';
import type { StoreRules } from './rules.js';
import type { StoreState } from './state.js';

interface Question {
  readonly stream: string;
  /** The reader has the state after so many events. */
  readonly known: number;
}

export function readStream(
  state: StoreState,
  rules: StoreRules,
  { stream, known, through }: Question & { readonly through: Through | null },
): Loaded {
  return through === null ? readPresent(state, rules, { stream, known }) : readPast(state, rules, { stream, through });
}

function readPresent(state: StoreState, rules: StoreRules, { stream, known }: Question): Loaded {
  const hidden = state.hidden[stream] ?? 0;
  const held = state.snapshots[stream];
  const mayGoOn = known > 0 && rules.counts(known, hidden);
  const useful = held !== undefined && rules.counts(held.version, hidden) && !(mayGoOn && known >= held.version);
  const snapshot = useful ? held : null;
  const from = snapshot?.version ?? (mayGoOn ? known : hidden);
  return { available: true, snapshot, from, events: eventsOf(state, stream, from) };
}

/** What has been truncated or deleted is gone, unless a snapshot stands for it that is no younger than what is asked for. */
function readPast(
  state: StoreState,
  rules: StoreRules,
  { stream, through }: { readonly stream: string; readonly through: Through },
): Loaded {
  const hidden = state.hidden[stream] ?? 0;
  const held = state.snapshots[stream];
  const useful = held !== undefined && rules.counts(held.version, hidden) && rules.reaches(held, through);
  const snapshot: HeldSnapshot | null = useful ? held : null;
  const from = snapshot?.version ?? 0;
  if (from < hidden) return { available: false, snapshot: null, from: 0, events: [] };
  const events = eventsOf(state, stream, from).filter(({ version, time }) =>
    'version' in through ? version < through.version : time <= through.time,
  );
  return { available: true, snapshot, from, events };
}

const eventsOf = ({ log, hidden }: StoreState, stream: string, from: number): RecordedEvent[] =>
  log
    .filter((one) => one.stream === stream && one.version >= from && one.version >= (hidden[stream] ?? 0))
    .sort((one, other) => one.version - other.version);
