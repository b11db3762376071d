/** The model under laboratory conditions, for those who measure it: deployed as they say, and without a workload. */
import * as fc from 'fast-check';
import { system, type Run, type System } from '../../framework/index.js';
import type { Deployment } from './connector/connector.js';
import { eventsOf, type Holding } from './evidence.js';
import { BROKER, type CdcOperation } from './messages.js';
import { correctRules, type Rules } from './rules.js';
import { cdcCluster } from './system.js';

export const cdcExperiment = (deployment: Deployment): System =>
  system({
    name: 'cdc-experiment',
    title: 'change data capture in the laboratory',
    rules: correctRules,
    cluster: (rules: Rules) => cdcCluster(rules, deployment),
    workload: {
      clients: 1,
      operation: fc.constant<CdcOperation>({ kind: 'transaction', statements: [], n: 0 }),
      operationsMax: 1,
      finalReads: () => [],
    },
    tolerates: {},
    properties: [],
  });

/** The events of the journal's topic at the end of a run, in their order: which change it is, and when it was processed. */
export function capturedEvents({ history, inspectionsFrom }: Run): { readonly lsn: number; readonly sentAt: number }[] {
  let node = '';
  for (const entry of history.slice(inspectionsFrom))
    if (entry.type === 'invoke' && 'node' in entry.operation) node = String(entry.operation.node);
    else if (entry.type === 'ok' && node === BROKER) {
      const holding = entry.result as Holding;
      if (holding.kind === 'topics')
        return eventsOf(holding).map(({ event }) => ({ lsn: event.source.lsn ?? 0, sentAt: event.ts_us }));
    }
  return [];
}
