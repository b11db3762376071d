/**
 * Bundles the explorer into one HTML file without data, `dist/explorer.html`: script and style are within, and nothing is
 * fetched. Run by `npm ci` in a checkout (`prepare`) and by `npm run build`.
 */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** The text of the page. The same sources give the same text. */
export async function bundleExplorer(): Promise<string> {
  const bundle = async (name: string): Promise<string> => {
    const { outputFiles } = await build({
      entryPoints: [here(name)],
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
  const page = await readFile(here('page.html'), 'utf8');
  const [script, style] = [await bundle('main.tsx'), await bundle('style.css')];
  // A function as replacement: `$&` in a script means nothing there. `</script` can only stand in a string literal.
  return page
    .replace('/* style */', () => style)
    .replace('/* script */', () => script.replaceAll('</script', '<\\/script'));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const target = here('../../dist/explorer.html');
  await mkdir(here('../../dist/'), { recursive: true });
  await writeFile(`${target}.${process.pid}.tmp`, await bundleExplorer());
  await rename(`${target}.${process.pid}.tmp`, target);
}
