/** The version of this package, as `package.json` has it. */
import { readFileSync } from 'node:fs';

function readVersion(): string {
  // From framework/cli in a checkout, from dist/framework/cli in a package.
  for (const path of ['../../package.json', '../../../package.json']) {
    try {
      const data: unknown = JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));
      if (typeof data === 'object' && data !== null && 'version' in data) return String(data.version);
    } catch {
      continue;
    }
  }
  return 'unknown';
}

export const VERSION = readVersion();
