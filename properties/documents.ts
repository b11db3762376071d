/**
 * Documents whose code and output come from elsewhere, so that they cannot go stale. Two kinds of block are filled in:
 *
 * - a block of code that names its source, a file or a part of it between `// #region name` and `// #endregion`:
 *   ` ```ts source=properties/tutorial/majority.ts#replica `
 * - a block `console`, whose first line is a command, and the rest what it prints. With `report`, that ends with the
 *   command that replays what was found: ` ```console report `.
 *
 * `npm run docs:update` fills all of them in; properties/documents.test.ts compares.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { faultline } from './fixtures/command-line.js';

/** The documents that are filled in. */
export const DOCUMENTS: readonly string[] = [
  'README.md',
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md'))
    .sort()
    .map((path) => join('docs', path)),
];

const BLOCK = /^```(?<language>\w+) ?(?<attributes>.*)\n(?<body>[^]*?)^```$/gm;

/** So many blocks are filled in at once: nearly all of the time goes into starting processes. */
const AT_ONCE = 5;

/** `document` as it should be. A replay sees what the commands before it have saved. */
export async function fillIn(document: string): Promise<string> {
  const saved = mkdtempSync(join(tmpdir(), 'faultline-documents-'));
  const blocks = [...document.matchAll(BLOCK)];
  const filled: Promise<string>[] = [];
  for (const { groups = {} } of blocks) {
    const { language = '', attributes = '', body = '' } = groups;
    const before = body.startsWith('$ npm run replay') ? filled : filled.slice(0, 1 - AT_ONCE);
    filled.push(Promise.all(before).then(() => fillBlock({ language, attributes, body }, saved)));
  }
  await Promise.allSettled(filled);
  rmSync(saved, { recursive: true });
  const bodies = await Promise.all(filled);
  const parts: string[] = [];
  let end = 0;
  for (const [place, { 0: block, index }] of blocks.entries()) {
    const opening = block.slice(0, block.indexOf('\n'));
    parts.push(document.slice(end, index), `${opening}\n${bodies[place] ?? ''}\`\`\``);
    end = index + block.length;
  }
  return [...parts, document.slice(end)].join('');
}

interface Block {
  readonly language: string;
  readonly attributes: string;
  readonly body: string;
}

/** What belongs between the fences of a block. */
async function fillBlock({ language, attributes, body }: Block, saved: string): Promise<string> {
  const source = /^source=(\S+)$/.exec(attributes)?.[1];
  if (source !== undefined) return sourceOf(source);
  return language === 'console' ? transcript(body, { saved, reportOnly: attributes === 'report' }) : body;
}

/** A file, or `file#region`, without the lines that only mark regions. */
function sourceOf(source: string): string {
  const [path = '', region] = source.split('#');
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  const start = region === undefined ? 0 : lines.indexOf(`// #region ${region}`) + 1;
  if (region !== undefined && start === 0) throw new Error(`${path} has no line '// #region ${region}'`);
  const length = region === undefined ? lines.length : lines.slice(start).indexOf('// #endregion');
  if (length < 0) throw new Error(`${path}: region '${region ?? ''}' does not end with '// #endregion'`);
  const shown = lines.slice(start, start + length).filter((line) => !/^\/\/ #(end)?region\b/.test(line));
  return `${shown.join('\n').trim()}\n`;
}

const FINDINGS = '.faultline/findings';
const COMMAND = /^\$ npm run (?:faultline -- )?(explore|replay|check|list)(?: --)? ?(.*)$/;

/** The command in the first line of `body`, run here, and what it prints. Findings go to the folder `saved`. */
async function transcript(
  body: string,
  { saved, reportOnly }: { readonly saved: string; readonly reportOnly: boolean },
): Promise<string> {
  const [line = ''] = body.split('\n');
  const [, command = '', rest = ''] = COMMAND.exec(line) ?? [];
  if (command === '')
    throw new Error(`a console block must begin with '$ npm run explore -- …' or the like; got '${line}'`);
  const args = rest.split(' ').filter((word) => word !== '');
  const elsewhere = command === 'explore' ? ['--out', saved, '--workers', '1'] : [];
  const { out, error, code } = await faultline([
    command,
    ...args.map((word) => word.replace(FINDINGS, saved)),
    ...elsewhere,
  ]);
  if (code !== 0 && code !== 1) throw new Error(`${line} ended with ${code}: ${error}${out}`);
  const printed = out.replaceAll(relative('.', saved), FINDINGS).replaceAll(saved, FINDINGS).trim();
  return `${line}\n${reportOnly ? reportIn(printed, line) : printed}\n`;
}

/** The first report of a failure, with where it is kept. */
function reportIn(printed: string, line: string): string {
  const lines = printed.split('\n');
  const replay = lines.findIndex((one) => one.startsWith('  replay '));
  if (replay < 0) throw new Error(`${line} found nothing, but a report is asked for; it printed ${printed}`);
  const last = lines[replay + 1]?.startsWith('  explorer ') === true ? replay + 1 : replay;
  return lines.slice(0, last + 1).join('\n');
}
