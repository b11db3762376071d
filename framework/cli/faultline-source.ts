/**
 * Where a project that is to depend on faultline can get it: from where this one came. npm does not have it, and the name is
 * nobody's there: a version alone would be an error today, and anybody's code tomorrow.
 */
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readFileIfAny } from './files.js';
import { PACKAGE, PACKAGE_URL } from './version.js';

export interface FaultlineSource {
  /** What `package.json` says. */
  readonly spec: string;
  /** Commands to run in the project before packages are installed. */
  readonly before: readonly string[];
  /** What else is to be done. */
  readonly remark: string | undefined;
}

/** @param project - a folder. */
export function faultlineSource(project: string): FaultlineSource {
  const home = fileURLToPath(new URL('.', PACKAGE_URL));
  const installed = dirname(home);
  if (basename(installed) !== 'node_modules') {
    // A checkout. What it packs is to be in the project's repository, since CI has to find it, too.
    const tarball = `faultline-${PACKAGE.version}.tgz`;
    const from = relative(resolve(project), home);
    return {
      spec: `file:${tarball}`,
      before: [`npm pack ${/[^\w./@-]/.test(from) ? JSON.stringify(from) : from} --pack-destination .`],
      remark: `and commit ${tarball}: CI installs faultline from it, since npm does not have it`,
    };
  }
  const spec = specIn(dirname(installed)) ?? PACKAGE.version;
  const path = /^file:(.*)$/.exec(spec)?.[1];
  if (path === undefined) return { spec, before: [], remark: undefined };
  const here = relative(resolve(project), resolve(dirname(installed), path));
  return {
    spec: `file:${here}`,
    before: [],
    remark: here.startsWith('..')
      ? `and see that CI has ${here}: it installs faultline from it, since npm does not have it`
      : undefined,
  };
}

/** How the project in `folder` names the faultline that it has. */
function specIn(folder: string): string | undefined {
  const text = readFileIfAny(join(folder, 'package.json'));
  if (text === undefined) return undefined;
  const { dependencies, devDependencies } = JSON.parse(text) as Record<string, Record<string, string> | undefined>;
  return devDependencies?.faultline ?? dependencies?.faultline;
}
