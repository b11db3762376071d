/** The plugin's addresses on the UI's own port: the panel, what it shows, what it asks for, and findings in the explorer. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { resolve, sep } from 'node:path';
import { readFileIfAny } from '../../cli/files.js';
import { pagePath, type Board, type Folders } from './board.js';
import { parseLiveRun, type LiveRun } from './live-run.js';

/** Everything of ours is beneath it. */
export const BASE = '/__faultline/';

/** A body that is longer is none of ours. */
const BODY_MAX = 10_000;

/** Why something could not be done. */
export interface Refusal {
  readonly problem: string;
  /** Whether that is so only until the run that goes on is over. */
  readonly passes: boolean;
}

/** The status of refusals that pass. */
const BUSY = 409;

export interface Served {
  readonly folders: Folders;
  /** The panel's HTML. */
  readonly panel: () => string;
  readonly board: () => Board;
  /** Whether a request that changes something comes from a page that vitest gave its token. */
  readonly isTrusted: (request: IncomingMessage) => boolean;
  /** Starts a run, unless it is refused. */
  readonly run: (asked: LiveRun) => Promise<Refusal | undefined>;
}

/** Answers a request beneath `BASE`; false if it is for somebody else. */
export function serve(served: Served, request: IncomingMessage, response: ServerResponse): boolean {
  const url = new URL(request.url ?? '/', 'http://localhost');
  if (!url.pathname.startsWith(BASE) && `${url.pathname}/` !== BASE) return false;
  const answer = (status: number, type: string, body: string) => {
    response.writeHead(status, { 'content-type': `${type}; charset=utf-8`, 'cache-control': 'no-store' }).end(body);
  };
  const refuse = (status: number, why: string) => {
    answer(status, 'application/json', JSON.stringify({ problem: why, passes: status === BUSY } satisfies Refusal));
  };
  const place = url.pathname.slice(BASE.length);
  if (request.method === 'POST') {
    if (place !== 'run') refuse(404, `nothing is to be posted to ${url.pathname}`);
    else if (!served.isTrusted(request)) refuse(403, 'the request has no valid token: reload the page');
    else void readBody(request).then((body) => start(served, body, answer, refuse));
    return true;
  }
  switch (place) {
    case '':
      answer(200, 'text/html', served.panel());
      break;
    case 'board.json':
      answer(200, 'application/json', JSON.stringify(served.board()));
      break;
    case 'finding': {
      const page = explorerPage(served.folders, url.searchParams.get('path') ?? '');
      if (typeof page === 'string') answer(200, 'text/html', page);
      else refuse(404, page.problem);
      break;
    }
    default:
      refuse(404, `faultline has no page ${url.pathname}`);
  }
  return true;
}

async function start(
  served: Served,
  body: string | undefined,
  answer: (status: number, type: string, body: string) => void,
  refuse: (status: number, why: string) => void,
): Promise<void> {
  let data: unknown;
  try {
    data = JSON.parse(body ?? '');
  } catch {
    refuse(400, `expected JSON of at most ${BODY_MAX} characters`);
    return;
  }
  const asked = parseLiveRun(data);
  const refused = 'problems' in asked ? { problem: asked.problems.join('; '), passes: false } : await served.run(asked);
  if (refused === undefined) answer(202, 'application/json', '{}');
  else refuse(refused.passes ? BUSY : 400, refused.problem);
}

/** The page saved with the finding in `path`, which must be in one of the folders. */
function explorerPage(folders: Folders, path: string): string | { readonly problem: string } {
  const inside = [folders.findings, folders.regressions].some((folder) =>
    resolve(path).startsWith(`${resolve(folder)}${sep}`),
  );
  if (!inside || !path.endsWith('.json'))
    return { problem: `'${path}' is no finding in ${folders.findings} or ${folders.regressions}` };
  const page = readFileIfAny(pagePath(folders, path));
  return page ?? { problem: `${path} has no page of the explorer yet: run it from the panel, which makes one` };
}

/** Undefined if it is too long, or if whoever sent it has gone. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  let body = '';
  try {
    for await (const chunk of request) {
      body += String(chunk);
      if (body.length > BODY_MAX) return undefined;
    }
  } catch {
    return undefined;
  }
  return body;
}
