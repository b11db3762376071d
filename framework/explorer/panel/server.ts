/** What the panel asks of the plugin. Requests that change something carry the token that vitest gave to the page. */
import type { Board, FindingFile } from '../../vitest/plugin/board.js';
import type { LiveRun } from '../../vitest/plugin/live-run.js';
import type { Refusal } from '../../vitest/plugin/routes.js';

const token = document.querySelector<HTMLMetaElement>('meta[name="vitest-token"]')?.content ?? '';

/** The board as JSON. Throws if vitest does not answer. */
export async function fetchBoard(): Promise<string> {
  const response = await fetch('board.json');
  if (!response.ok) throw new Error(`vitest answers with status ${response.status}`);
  return response.text();
}

const refusal = (problem: string): Refusal => ({ problem, passes: false });

/** Starts a run of the property whose test has id `test`. Returns why it was refused, if it was. */
export async function askRun(test: string, how: Omit<LiveRun, 'test'>): Promise<Refusal | undefined> {
  const body = JSON.stringify({ test, ...how } satisfies LiveRun);
  try {
    const response = await fetch(`run?token=${encodeURIComponent(token)}`, { method: 'POST', body });
    if (response.ok) return undefined;
    return (await response.json()) as Refusal;
  } catch {
    return refusal('vitest did not answer: nothing was run');
  }
}

/** So long a run that records a finding may take, in milliseconds. */
const PATIENCE = 60_000;

/** A file that shows a finding, and the system that it is of. */
type Opened = FindingFile & { readonly system: string };

/** Whether the page that a finding has shows how it is now, as far as anybody knows. */
export const isRecorded = ({ pageAt, hasPassedSince }: FindingFile): boolean => pageAt !== undefined && !hasPassedSince;

/**
 * Opens `finding` in the explorer, after a test of its system, `test`, has recorded it if need be. Returns why not, if so.
 */
export async function openFinding(finding: Opened, test: string | undefined): Promise<Refusal | undefined> {
  const address = `finding?path=${encodeURIComponent(finding.path)}`;
  // Opened at once, since browsers allow that only in answer to a click.
  const page = window.open(isRecorded(finding) ? address : 'about:blank', '_blank');
  if (isRecorded(finding)) return undefined;
  const problem = await recorded(finding, test);
  if (problem === undefined && page !== null) page.location.replace(new URL(address, location.href));
  else page?.close();
  return problem;
}

async function recorded(finding: Opened, test: string | undefined): Promise<Refusal | undefined> {
  if (test === undefined) return refusal(`no test of ${finding.system} has been loaded: run its test file once`);
  const refused = await askRun(test, { finding: finding.path });
  if (refused !== undefined) return refused;
  for (const end = performance.now() + PATIENCE; performance.now() < end;) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    const text = await fetchBoard().catch(() => undefined);
    if (text === undefined) return refusal(`vitest stopped before ${finding.path} was recorded`);
    const { findings, running } = JSON.parse(text) as Board;
    const files = findings.flatMap((one) => one.files);
    if (files.some(({ path, pageAt }) => path === finding.path && pageAt !== undefined && pageAt !== finding.pageAt))
      return undefined;
    if (!running) return refusal(`${finding.path} could not be recorded: see its test in vitest`);
  }
  return refusal(`${finding.path} was not recorded within ${PATIENCE / 1_000} s`);
}
