/** This package as its `package.json` has it. */
import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';

const packageSchema = z.object({
  version: z.string(),
  dependencies: z.record(z.string(), z.string()),
  devDependencies: z.record(z.string(), z.string()),
  peerDependencies: z.record(z.string(), z.string()),
});

function packageUrl(): URL {
  // From framework/cli in a checkout, from dist/framework/cli in a package.
  const [url] = ['../../package.json', '../../../package.json']
    .map((name) => new URL(name, import.meta.url))
    .filter((candidate) => existsSync(candidate));
  if (url === undefined)
    throw new Error(`${import.meta.url} is not where it belongs: there is no package.json above it`);
  return url;
}

export const PACKAGE_URL = packageUrl();

export const PACKAGE = packageSchema.parse(JSON.parse(readFileSync(PACKAGE_URL, 'utf8')));

export const VERSION = PACKAGE.version;
