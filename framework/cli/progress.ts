/** Progress of long work, on standard error: one live line on a terminal, now and then a plain line elsewhere. */
import { cut } from '../report/describe.js';
import { columnsOf, notice, print } from './terminal.js';

export interface Progress {
  update(done: number, note: string): void;
  /** Says what is being done besides. */
  note(text: string): void;
  /** Prints a result, which stays. */
  print(text: string): void;
  stop(): void;
}

const PLAIN_EVERY_MILLIS = 5_000;
const LIVE_EVERY_MILLIS = 120;
const BAR_COLUMNS = 16;
const LABEL_COLUMNS = 28;

/** `total` is undefined for work without a known end. */
export function startProgress(label: string, total: number | undefined): Progress {
  const isLive = process.stderr.isTTY && process.env.TERM !== 'dumb';
  return isLive ? liveLine(label, total) : plainLines(label, total);
}

const CLEAR_LINE = '\r\x1b[2K';

function liveLine(label: string, total: number | undefined): Progress {
  let [last, done, text, isShown] = [0, 0, '', false];
  const clear = (): void => {
    if (isShown) process.stderr.write(CLEAR_LINE);
    isShown = false;
  };
  const draw = (note: string): void => {
    text = note;
    if (Date.now() - last < LIVE_EVERY_MILLIS) return;
    last = Date.now();
    const line = `${label.padEnd(Math.min(LABEL_COLUMNS, columnsOf(process.stderr) / 3))} ${barOf(done, total)}  ${text}`;
    notice(`${CLEAR_LINE}${cut(line, columnsOf(process.stderr))}`);
    isShown = true;
  };
  draw(text);
  return {
    update(now, note) {
      done = now;
      draw(note);
    },
    note: draw,
    print(result) {
      clear();
      print(result);
      last = 0;
    },
    stop: clear,
  };
}

function barOf(done: number, total: number | undefined): string {
  if (total === undefined) return String(done);
  const filled = Math.min(BAR_COLUMNS, Math.floor((BAR_COLUMNS * done) / total));
  return `${'='.repeat(filled)}${'-'.repeat(BAR_COLUMNS - filled)} ${done}/${total}`;
}

function plainLines(label: string, total: number | undefined): Progress {
  let last = Date.now();
  let done = 0;
  const write = (note: string): void => {
    if (Date.now() - last < PLAIN_EVERY_MILLIS) return;
    last = Date.now();
    notice(`${label}: ${done}${total === undefined ? '' : `/${total}`}  ${note}\n`);
  };
  return {
    update: (now, note) => {
      done = now;
      write(note);
    },
    note: write,
    print,
    stop: () => undefined,
  };
}
