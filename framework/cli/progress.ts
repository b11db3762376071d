/** Progress of long work: a bar on a terminal, now and then a plain line elsewhere. */
import { SingleBar } from 'cli-progress';

export interface Progress {
  update(done: number, note: string): void;
  /** Says what is being done besides. */
  note(text: string): void;
  stop(): void;
}

const PLAIN_EVERY_MILLIS = 5_000;

/** `total` is undefined for work without a known end. */
export function startProgress(label: string, total: number | undefined): Progress {
  return process.stderr.isTTY ? bar(label, total) : plainLines(label, total);
}

function bar(label: string, total: number | undefined): Progress {
  const format = total === undefined ? '{value}  {note}' : '{bar} {value}/{total}  {note}';
  const display = new SingleBar({
    format: `${label.padEnd(28)} ${format}`,
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: true,
    barsize: 16,
    fps: 8,
  });
  display.start(total ?? 0, 0, { note: '' });
  return {
    update: (done, note) => {
      display.update(done, { note });
    },
    note: (note) => {
      display.update({ note });
    },
    stop: () => {
      display.stop();
    },
  };
}

function plainLines(label: string, total: number | undefined): Progress {
  let last = Date.now();
  let done = 0;
  const write = (note: string): void => {
    if (Date.now() - last < PLAIN_EVERY_MILLIS) return;
    last = Date.now();
    process.stderr.write(`${label}: ${done}${total === undefined ? '' : `/${total}`}  ${note}\n`);
  };
  return {
    update: (now, note) => {
      done = now;
      write(note);
    },
    note: write,
    stop: () => undefined,
  };
}
