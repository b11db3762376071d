/** What documents show is what the code does, and where they point there is something. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { DOCUMENTS, fillIn } from './documents.js';

describe('code and output in documents are as they are now (if not: npm run docs:update)', () => {
  for (const path of DOCUMENTS)
    test(path, async () => {
      const document = readFileSync(path, 'utf8');
      expect(await fillIn(document)).toBe(document);
    });

  test('all code in docs/ comes from files that are compiled, linted and run', () => {
    for (const path of DOCUMENTS.filter((one) => one.startsWith('docs')))
      for (const [opening] of readFileSync(path, 'utf8').matchAll(/^```(?:ts|js).*$/gm))
        expect(opening, path).toMatch(/^```ts source=/);
  });
});

describe('a document that is not as it should be', () => {
  const code = '```ts source=properties/tutorial/majority.ts#';

  test('gets the code that its source has now', async () => {
    expect(await fillIn(`${code}system\nold\n\`\`\`\n`)).toMatch(
      /^```ts source=\S+\nexport const majority = system[^]*^```\n$/m,
    );
  });

  test('is refused if it names a part that is not there, or a command that is none of ours', async () => {
    await expect(fillIn(`${code}nothing\n\`\`\``)).rejects.toThrow("majority.ts has no line '// #region nothing'");
    await expect(fillIn('```console\n$ rm -rf /\n```')).rejects.toThrow("got '$ rm -rf /'");
  });

  test('is refused if it shows a report where nothing is found', async () => {
    await expect(fillIn('```console report\n$ npm run faultline -- list\n```')).rejects.toThrow(
      'a report is asked for',
    );
  });
});

/** Every Markdown file of the repository. */
const PAGES = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], {
  encoding: 'utf8',
})
  .split('\n')
  .filter((path) => path !== '' && existsSync(path));

/** A page without its code, in which brackets mean something else. */
const proseOf = (path: string): string =>
  readFileSync(path, 'utf8')
    .replaceAll(/^```[^]*?^```$/gm, '')
    .replaceAll(/^ {4,}\S.*$/gm, '');

/** The anchors of a page, as GitHub makes them of its headings. */
function anchorsOf(path: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of proseOf(path).matchAll(/^#+ (.+)$/gm)) {
    const text = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const anchor = text.replaceAll(/[^\p{L}\p{N}\p{M}_ -]/gu, '').replaceAll(' ', '-');
    let unused = anchor;
    for (let n = 1; anchors.has(unused); n++) unused = `${anchor}-${n}`;
    anchors.add(unused);
  }
  return anchors;
}

/** The links of `path` within this repository, and the files they lead to. */
function linksIn(path: string): { link: string; target: string; anchor: string | undefined }[] {
  const found = [
    ...proseOf(path)
      .replaceAll(/`[^`]*`/g, '')
      .matchAll(/\]\(([^)\s]+)\)/g),
  ].map(([, link = '']) => link);
  return found
    .filter((link) => !/^[a-z]+:/.test(link))
    .map((link) => {
      const [file = '', anchor] = link.split('#');
      return { link, target: file === '' ? path : join(dirname(path), file), anchor };
    });
}

/** What is wrong with the links of `path` to this repository. */
function brokenLinksIn(path: string): string[] {
  return linksIn(path).flatMap(({ link, target, anchor }) => {
    if (!existsSync(target)) return [`${path}: ${link}: there is no file ${target}`];
    if (anchor === undefined || statSync(target).isDirectory()) return [];
    return anchorsOf(target).has(anchor) ? [] : [`${path}: ${link}: ${target} has no heading #${anchor}`];
  });
}

describe('links', () => {
  test('within the repository lead to a file, and to a heading of it', () => {
    expect(PAGES).toEqual(expect.arrayContaining(['README.md', 'docs/tutorial.md', 'models/README.md']));
    expect(PAGES.length).toBeGreaterThan(20);
    expect(PAGES.flatMap(brokenLinksIn)).toEqual([]);
  });

  // Those of models/ lead to their sources, which node10 would take for the package's own if they were packed.
  test('of the pages that are packed, but for those of models, lead to what is packed', () => {
    const listed = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const packed = (JSON.parse(listed) as [{ files: { path: string }[] }])[0].files.map(({ path }) => path);
    const isPacked = (target: string) =>
      packed.some((path) => path === target || path.startsWith(`${target.replace(/\/$/, '')}/`));
    const pages = packed.filter((path) => path.endsWith('.md') && !path.startsWith('models/'));
    expect(pages).toEqual(expect.arrayContaining(['README.md', 'docs/tutorial.md', 'properties/claims.md']));
    expect(
      pages.flatMap((path) =>
        linksIn(path).flatMap(({ link, target }) => (isPacked(target) ? [] : [`${path}: ${link}`])),
      ),
    ).toEqual([]);
  });
});
