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

/** `document` as it should be. Its commands are run one after the other, and see what those before have saved. */
export async function fillIn(document: string): Promise<string> {
  const saved = mkdtempSync(join(tmpdir(), 'faultline-documents-'));
  try {
    const parts: string[] = [];
    let end = 0;
    for (const { 0: block, index, groups } of document.matchAll(BLOCK)) {
      const { language = '', attributes = '', body = '' } = groups ?? {};
      const source = /^source=(\S+)$/.exec(attributes)?.[1];
      const filled =
        source !== undefined
          ? sourceOf(source)
          : language === 'console'
            ? await transcript(body, { saved, reportOnly: attributes === 'report' })
            : body;
      const opening = block.slice(0, block.indexOf('\n'));
      parts.push(document.slice(end, index), `${opening}\n${filled}\`\`\``);
      end = index + block.length;
    }
    return [...parts, document.slice(end)].join('');
  } finally {
    rmSync(saved, { recursive: true });
  }
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

/** The first report of a failure. */
function reportIn(printed: string, line: string): string {
  const lines = printed.split('\n');
  const last = lines.findIndex((one) => one.startsWith('  replay '));
  if (last < 0) throw new Error(`${line} found nothing, but a report is asked for; it printed ${printed}`);
  return lines.slice(0, last + 1).join('\n');
}
