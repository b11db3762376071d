/** What a campaign's runs really went through, in words: without it, a green line proves nothing. */
import type { CampaignSummary } from '../explore/campaign.js';
import type { PropertySummary } from '../explore/totals.js';
import { grouped } from './describe.js';

/** `12,345 delivered, 3 crashes`. */
export const describeCounts = (numbers: Readonly<Record<string, number>>): string =>
  Object.entries(numbers)
    .map(([name, value]) => `${grouped(value)} ${words(name)}`)
    .join(', ');

/** `unsyncedWritesLost` as `unsynced writes lost`. */
const words = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

/** Operations, overlapped faults, and all that happened at least once, as one sentence. */
export function describeExercised({ exercised, tally }: Pick<CampaignSummary, 'exercised' | 'tally'>): string {
  const { operations, concurrencyMax, faults, faultsOverlapped } = exercised;
  const happened = Object.fromEntries(Object.entries(tally).filter(([, value]) => value > 0));
  const [all, begun, overlapped] = [operations, faults, faultsOverlapped].map(grouped);
  return (
    `answered ${all} operations, at most ${concurrencyMax} at once; ${overlapped} of ${begun} faults overlapped some; ` +
    `went through ${describeCounts(happened) || 'nothing'}`
  );
}

/** One property's runs and what it was judged on: `196 valid, 4 unknown, on 2,310 reads, 5,400 writes`. */
export function describeProperty({ runs, seen }: PropertySummary): string {
  const verdicts = describeCounts(Object.fromEntries(Object.entries(runs).filter(([, count]) => count > 0)));
  const judgedOn = describeCounts(seen);
  return judgedOn === '' ? verdicts : `${verdicts}, judged on ${judgedOn}`;
}
