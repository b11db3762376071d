/** How a test fails: annotated with what a person needs next, and with the report as its message. */
import type { TestContext } from 'vitest';
import type { Finding } from '../explore/finding.js';
import { planSize } from '../plan/size.js';

/** What a test knows of itself: vitest's context, or a part of it. */
export type Annotatable = Pick<TestContext, 'annotate' | 'skip' | 'task'>;

/** Thrown by `checkSystem`; the message is the whole report. */
export class BrokenPromise extends Error {
  override readonly name = 'BrokenPromise';
}

/** The command that runs this test alone. vitest takes the name for a regular expression, the shell takes it for a word. */
export const runAgain = ({ task }: Annotatable): string =>
  `npx vitest run -t '${task.name.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&').replaceAll("'", `'\\''`)}'`;

/**
 * The frames of a stack from the caller of `callee` on: where a test of the author's stands. To be asked for while it is
 * being declared or has just begun, since nothing of it is left on the stack once something was awaited.
 */
export function framesAbove(callee: (...given: never[]) => unknown): string {
  const holder: { stack?: string } = {};
  Error.captureStackTrace(holder, callee);
  return (holder.stack ?? '').split('\n').slice(1).join('\n');
}

/**
 * `error` with these frames for a stack: its own leads into faultline, not into the bug. Reporters annotate the place that the
 * first frame names.
 */
export function standingAt<E extends Error>(frames: string, error: E): E {
  error.stack = `${error.name}: ${error.message}\n${frames}`;
  return error;
}

/** A finding as its file has it. */
export const jsonOf = (finding: Finding): string => `${JSON.stringify(finding, null, 2)}\n`;

/** As bytes: vitest takes a text for base64. */
const attachment = (text: string, contentType: string) => ({ body: new TextEncoder().encode(text), contentType });

/** Annotates the test with the command that replays, the report, the picture and the plan, and throws `BrokenPromise`. */
export async function failTest(
  { annotate }: Annotatable,
  failure: {
    readonly title: string;
    readonly report: string;
    readonly command: string;
    readonly finding: Finding;
    /** Where the finding is kept. */
    readonly path: string;
    /** An SVG document, if there is a run to be drawn. */
    readonly picture: string | undefined;
    /** Where the test stands: frames of a stack, one a line. */
    readonly frames: string;
  },
): Promise<never> {
  const { title, report, command, finding, path, picture, frames } = failure;
  await annotate(command, 'replay');
  await annotate('in words, with the diagram', 'report', attachment(report, 'text/plain'));
  if (picture !== undefined) await annotate('drawn', 'picture', attachment(picture, 'image/svg+xml'));
  await annotate(`size ${planSize(finding.plan)}: ${path}`, 'plan', attachment(jsonOf(finding), 'application/json'));
  throw standingAt(frames, new BrokenPromise(`${title}\n\n${report}\n`));
}
