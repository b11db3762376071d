/** The command that runs this program again, as the user would type it: from a checkout, or installed. */
import { relative } from 'node:path';

const fromSource = import.meta.url.endsWith('.ts');

/** `npm run replay -- path` in a checkout of faultline, `npx faultline replay path` elsewhere. */
export function replayCommand(path: string, systemsModule: string | undefined): string {
  const systems = systemsModule === undefined ? '' : ` --systems ${systemsModule}`;
  const file = relative('.', path);
  return fromSource ? `npm run replay -- ${file}${systems}` : `npx faultline replay ${file}${systems}`;
}
