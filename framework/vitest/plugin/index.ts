/**
 * faultline in vitest's UI: `plugins: [faultline()]` from 'faultline/vitest-plugin'. On the UI's own port it serves a
 * panel that lists properties and findings, opens findings in the explorer, and runs a property again with other seeds,
 * another strategy or more faults. In watch mode, tests that import a change most directly run first.
 *
 * @module faultline/vitest-plugin
 */
import {
  isValidApiRequest,
  type TestProject,
  type TestSequencer,
  type TestSpecification,
  type Vitest,
} from 'vitest/node';
import type { Plugin } from 'vitest/config';
import { FINDINGS_FOLDER, REGRESSIONS_FOLDER } from '../../cli/folders.js';
import { boardOf, look, propertyTests, type Seen } from './board.js';
import { tryChangedRegressions } from './changed-regressions.js';
import type { LiveRun } from './live-run.js';
import { distances, nearestFirst } from './nearest-first.js';
import { panelPage } from './panel-page.js';
import { keepRunsApart, rerun } from './rerun.js';
import { addLink } from './ui-link.js';
import { BASE, serve, type Refusal } from './routes.js';

/** Where kept findings are. The folder is relative to where vitest was started. */
export interface FaultlinePluginOptions {
  /** As tests have it, by `regressionsFolder`. Default `histories/regressions`. */
  readonly regressionsFolder?: string;
}

/** The plugin, for `plugins` of `vitest.config.ts`. The panel is there where vitest's UI is: `vitest --ui`. */
export function faultline(options: FaultlinePluginOptions = {}): Plugin {
  const folders = {
    findings: FINDINGS_FOLDER,
    regressions: options.regressionsFolder ?? REGRESSIONS_FOLDER,
  };
  let vitest: Vitest | undefined;
  let running = false;
  const seen: Seen = { properties: new Map(), found: new Map(), passedAt: new Map() };
  const run = async (asked: LiveRun): Promise<Refusal | undefined> => {
    if (vitest === undefined) return { problem: 'vitest is still starting', passes: true };
    if (running) return { problem: 'another run is still going on', passes: true };
    running = true;
    await vitest.waitForTestRunEnd();
    const test = propertyTests(vitest).find(({ id }) => id === asked.test);
    if (test === undefined) {
      running = false;
      const problem = `there is no property with the test id '${asked.test}': it may have been renamed`;
      return { problem, passes: false };
    }
    look(vitest, seen);
    test.project.provide('faultline', asked);
    void rerun(vitest, [test]).finally(() => {
      running = false;
      test.project.provide('faultline', undefined);
    });
    return undefined;
  };
  return {
    name: 'faultline',
    configureVitest(context: { readonly vitest: Vitest; readonly project: TestProject }) {
      ({ vitest } = context);
      keepRunsApart(vitest);
      if (!vitest.config.watch) return;
      runNearestFirst(vitest);
      tryChangedRegressions(vitest, folders.regressions);
    },
    configureServer(server) {
      server.httpServer?.once('listening', () => {
        const address = server.httpServer?.address();
        if (typeof address !== 'object' || address === null || vitest?.config.ui !== true) return;
        vitest.logger.log(`      faultline's panel at http://localhost:${address.port}${BASE}`);
      });
      server.middlewares.use((request, response, next) => {
        const current = vitest;
        if (current === undefined) {
          next();
          return;
        }
        const isTrusted = () => isValidApiRequest(current.config, request);
        const panel = () => panelPage(current.config.api.token);
        const board = () => boardOf(current, folders, { running, seen });
        if (serve({ folders, panel, board, isTrusted, run }, request, response)) return;
        addLink(current.config.uiBase, BASE, request, response);
        next();
      });
    },
  };
}

/** In watch mode: orders test files by how directly they import what changed. */
function runNearestFirst(vitest: Vitest): void {
  const changed = new Set<string>();
  const { sequencer: Sequencer } = vitest.config.sequence;
  vitest.config.sequence.sequencer = class implements TestSequencer {
    private readonly usual: TestSequencer;

    constructor(context: Vitest) {
      this.usual = new Sequencer(context);
    }

    shard(specifications: TestSpecification[]) {
      return this.usual.shard(specifications);
    }

    async sort(specifications: TestSpecification[]): Promise<TestSpecification[]> {
      const sorted = await this.usual.sort(specifications);
      const modules = [...changed].flatMap((file) =>
        vitest.projects.flatMap(({ vite }) =>
          Object.values(vite.environments).flatMap(({ moduleGraph }) => [
            ...(moduleGraph.getModulesByFile(file) ?? []),
          ]),
        ),
      );
      changed.clear();
      return nearestFirst(sorted, distances(modules));
    }
  };
  for (const event of ['add', 'change']) vitest.vite.watcher.on(event, (file: string) => changed.add(file));
}
