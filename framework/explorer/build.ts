/**
 * Bundles the explorer and the panel of vitest's UI into one HTML file each, without data: `dist/explorer.html` and
 * `dist/panel.html`. Script and style are within. Run by `npm ci` in a checkout and by `npm run build`; as `postprepare`, since
 * npm warns of a `prepare` whoever installs the package from a file.
 */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** Where the sources of each page are. */
const PAGES = { explorer: '.', panel: 'panel' } as const;

/** The text of a page. The same sources give the same text. */
export async function bundlePage(name: keyof typeof PAGES): Promise<string> {
  const source = (file: string): string => here(`./${PAGES[name]}/${file}`);
  const bundle = async (file: string): Promise<string> => {
    const { outputFiles } = await build({
      entryPoints: [source(file)],
      bundle: true,
      minify: true,
      write: false,
      format: 'iife',
      target: 'es2023',
      charset: 'utf8',
      legalComments: 'none',
      tsconfig: here('tsconfig.json'),
    });
    return outputFiles[0]?.text.trim() ?? '';
  };
  const page = await readFile(source('page.html'), 'utf8');
  const [script, style] = [await bundle('main.tsx'), await bundle('style.css')];
  // A function as replacement: `$&` in a script means nothing there. `</script` can only stand in a string literal.
  return page
    .replace('/* style */', () => style)
    .replace('/* script */', () => script.replaceAll('</script', '<\\/script'));
}

/** `npm ci --omit=dev` leaves out what the page is made of: then there is none, and `faultline open` says so. */
function hasPackages(): boolean {
  try {
    return import.meta.resolve('preact') !== '';
  } catch {
    return false;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url) && hasPackages()) {
  await mkdir(here('../../dist/'), { recursive: true });
  for (const name of ['explorer', 'panel'] as const) {
    const target = here(`../../dist/${name}.html`);
    await writeFile(`${target}.${process.pid}.tmp`, await bundlePage(name));
    await rename(`${target}.${process.pid}.tmp`, target);
  }
}
