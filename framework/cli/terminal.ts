/**
 * The terminal: how wide it is, whether it shows colours, and whether it shows more than ASCII. All that commands print for
 * people goes through here, as plain text; colour and plainer characters are added on the way out.
 */
import pc from 'picocolors';
import { paint, type Colours } from './paint.js';
import { plainCharacters } from './plain-characters.js';

type Environment = Readonly<Record<string, string | undefined>>;
type Stream = Pick<NodeJS.WriteStream, 'isTTY' | 'columns'>;

/** How wide text is made for files and pipes. */
export const COLUMNS = 120;
const COLUMNS_MIN = 30;

/**
 * The most columns of a line. A terminal's last one stays empty, for some break the line after it, and some characters are
 * wider there than they should be.
 */
export function columnsOf({ isTTY, columns }: Stream): number {
  return isTTY && columns > 0 ? Math.max(COLUMNS_MIN, columns - 1) : COLUMNS;
}

/** `NO_COLOR` says no, else `FORCE_COLOR` decides (0 and false say no), else a terminal that is not dumb shows colours. */
export function showsColours({ isTTY }: Stream, { NO_COLOR, FORCE_COLOR, TERM }: Environment): boolean {
  if (NO_COLOR !== undefined && NO_COLOR !== '') return false;
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== '') return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false';
  return isTTY && TERM !== 'dumb';
}

/**
 * Whether more than ASCII is understood, by the first of `LC_ALL`, `LC_CTYPE` and `LANG` that is set. Where none is (in many
 * containers), what comes after nearly always reads UTF-8. The Linux console's font lacks most of what is drawn.
 */
export function showsUnicode({ LC_ALL, LC_CTYPE, LANG, TERM }: Environment): boolean {
  if (TERM === 'linux') return false;
  const locale = [LC_ALL, LC_CTYPE, LANG].find((one) => one !== undefined && one !== '');
  return locale === undefined || /utf-?8/i.test(locale);
}

/** `text` as `stream` shows it best. */
export function dress(text: string, stream: Stream, environment: Environment): string {
  const painted = showsColours(stream, environment) ? paint(text, pc.createColors(true)) : text;
  return showsUnicode(environment) ? painted : plainCharacters(painted);
}

/** The columns that `print` has. */
export const printColumns = (): number => columnsOf(process.stdout);

/** Prints for people. */
export const print = (text: string): void => void process.stdout.write(dress(text, process.stdout, process.env));

/** What is no result: notices and errors. */
export const notice = (text: string): void => void process.stderr.write(dress(text, process.stderr, process.env));

/** The colours of standard output, for words that no rule of `paint` knows. */
export const colours = (): Colours => pc.createColors(showsColours(process.stdout, process.env));
