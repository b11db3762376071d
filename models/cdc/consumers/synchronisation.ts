/**
 * Synchronisation of another service's table: two syncers share the partitions of customers, and write rows to a table that
 * knows no versions. Idempotent within the order of a partition, and fenced: a write carries the generation of the group and
 * its number in it, and is let in only if it is later than the last one to its partition. So whoever has lost a partition
 * writes nothing after its new owner has. A topic that was created anew is told from its beginning, but for rows that were
 * deleted meanwhile: so with its first write, which each member makes when it is given partitions, the table is emptied.
 */
import { protocol, type Role } from '../../../framework/index.js';
import type { FetchedBatch } from '../../partitioned-log/index.js';
import { acknowledge, acknowledgeWhenStored, nothingOwed, type Acknowledging } from './acknowledgements.js';
import { changeOf } from './changes.js';
import type { Value } from './envelope.js';
import { groupWorker, type WorkerState } from './group-worker.js';
import type { Message, Portion, Row, Token } from './messages.js';
import { SERVICE, TOPIC_OF } from './nodes.js';
import { rowOf, type Rules } from './rules.js';

export function portionsOf(batches: readonly Pick<FetchedBatch<Value>, 'partition' | 'records'>[]): Portion[] {
  return batches.map(({ partition, records }) => ({
    partition,
    rows: records.flatMap((record) => {
      const change = changeOf(record);
      return change === null ? [] : [{ key: change.key, row: rowOf(change.row) }];
    }),
  }));
}

export const syncer = (rules: Rules): Role<WorkerState, Message> =>
  groupWorker(
    {
      topic: TOPIC_OF.customers,
      group: 'sync',
      sink: SERVICE,
      toWrite: (batches, { id, number, topicId, generation }) => ({
        kind: 'write',
        id,
        token: { topicId, generation, write: number },
        portions: portionsOf(batches),
      }),
    },
    rules,
  );

export interface ServiceTable {
  rows: Record<string, Row | null>;
  /** The topic that the rows come from. */
  topicId: number;
  /** By partition, the last write that was let in. */
  readonly fences: Token[];
  /** Writes of members that had lost their partition, in this life. */
  fenced: number;
}

const NEVER: Token = { topicId: 0, generation: 0, write: 0 };

/** Writes those portions that the fence lets in, and tells which. */
export function takeWrite(
  table: ServiceTable,
  { token, portions }: { readonly token: Token; readonly portions: readonly Portion[] },
  { mayWrite }: Pick<Rules, 'mayWrite'>,
): Portion[] {
  if (token.topicId < table.topicId) {
    table.fenced++;
    return [];
  }
  if (token.topicId > table.topicId) {
    table.topicId = token.topicId;
    table.rows = {};
  }
  const admitted = portions.filter(({ partition }) => mayWrite(token, table.fences[partition] ?? NEVER));
  if (portions.some(({ partition }) => token.generation < (table.fences[partition] ?? NEVER).generation))
    table.fenced++;
  for (const { partition, rows } of admitted) {
    while (table.fences.length < partition) table.fences.push(NEVER);
    table.fences[partition] = token;
    for (const { key, row } of rows) table.rows[key] = row;
  }
  return admitted;
}

export type ServiceState = ServiceTable & Acknowledging;

interface WriteOnDisk {
  readonly token: Token;
  readonly portions: readonly Portion[];
}

const WRITES_LOG = 'writes';

export function service(rules: Rules): Role<ServiceState, Message> {
  const fresh = (): ServiceState => ({ rows: {}, topicId: 0, fences: [], fenced: 0, ...nothingOwed() });
  return protocol<ServiceState, Message, 'stored'>({
    init: fresh,
    recover(ctx) {
      const state = fresh();
      for (const write of ctx.disk.read<WriteOnDisk>(WRITES_LOG)) takeWrite(state, write, { mayWrite: () => true });
      state.fenced = 0;
      return state;
    },
    on: {
      write(state, { id, token, portions }, from, ctx) {
        const { topicId } = state;
        const admitted = takeWrite(state, { token, portions }, rules);
        if (admitted.length > 0 || state.topicId > topicId)
          ctx.disk.append(WRITES_LOG, { token, portions: admitted } satisfies WriteOnDisk);
        acknowledgeWhenStored(state, from, id, ctx);
      },
    },
    timers: {
      stored(state, ctx, n) {
        acknowledge(state, n, 'written', ctx);
      },
    },
  });
}
