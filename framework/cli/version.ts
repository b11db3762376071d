/** This package as its `package.json` has it. */
import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';

const packageSchema = z.object({
  version: z.string(),
  dependencies: z.record(z.string(), z.string()),
  devDependencies: z.record(z.string(), z.string()),
});

function readPackage(): z.infer<typeof packageSchema> {
  // From framework/cli in a checkout, from dist/framework/cli in a package.
  const [path] = ['../../package.json', '../../../package.json']
    .map((name) => new URL(name, import.meta.url))
    .filter((url) => existsSync(url));
  if (path === undefined)
    throw new Error(`${import.meta.url} is not where it belongs: there is no package.json above it`);
  return packageSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
}

export const PACKAGE = readPackage();

export const VERSION = PACKAGE.version;
