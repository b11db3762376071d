/** Progress of long work: a bar on a terminal, now and then a plain line elsewhere. */
import { SingleBar } from 'cli-progress';

export interface Progress {
  update(done: number, note: string): void;
  stop(): void;
}

const PLAIN_EVERY_MILLIS = 5_000;

export function startProgress(label: string, total: number): Progress {
  return process.stderr.isTTY ? bar(label, total) : plainLines(label, total);
}

function bar(label: string, total: number): Progress {
  const display = new SingleBar({
    format: `${label.padEnd(40)} {bar} {value}/{total}  {note}`,
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: true,
    barsize: 24,
    fps: 8,
  });
  display.start(total, 0, { note: '' });
  return {
    update: (done, note) => {
      display.update(done, { note });
    },
    stop: () => {
      display.stop();
    },
  };
}

function plainLines(label: string, total: number): Progress {
  let last = Date.now();
  return {
    update: (done, note) => {
      if (Date.now() - last < PLAIN_EVERY_MILLIS) return;
      last = Date.now();
      process.stderr.write(`${label}: ${done}/${total}  ${note}\n`);
    },
    stop: () => undefined,
  };
}
