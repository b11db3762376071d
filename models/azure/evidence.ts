/** What a run shows: what was acknowledged and loaded, and what nodes and the stream manager hold in the end. */
import { operationsOf, type NodeId, type Observed, type RecordedOperation } from '../../framework/index.js';
import type { Appended, DataBlock, Loaded, Operation, Position } from './messages.js';
import type { NodeState } from './replica.js';
import type { ManagerState } from './stream-manager.js';

export interface HeldReplica {
  readonly extent: number;
  readonly sealed: boolean;
  readonly blocks: readonly DataBlock[];
}

export type AzureInspection =
  | {
      readonly role: 'node';
      readonly counts: NodeState['counts'];
      readonly extents: readonly HeldReplica[];
    }
  | {
      readonly role: 'manager';
      readonly allocated: number;
      readonly abandoned: number;
      readonly extents: readonly {
        readonly extent: number;
        readonly replicas: readonly NodeId[];
        readonly length: number | null;
        /** How many replicas were asked in time. */
        readonly answers: number;
      }[];
    };

export const inspectNode = ({ counts, extents }: NodeState): AzureInspection => ({
  role: 'node',
  counts,
  extents: extents.map(({ extent, sealed, blocks }) => ({ extent, sealed, blocks })),
});

export const inspectManager = ({ allocated, abandoned, streams }: ManagerState): AzureInspection => ({
  role: 'manager',
  allocated,
  abandoned,
  extents: streams
    .flatMap(({ extents }) => extents)
    .map(({ extent, replicas, length, lengths }) => ({ extent, replicas, length, answers: lengths?.length ?? 0 })),
});

export type Run = Observed<Operation, AzureInspection>;
export type Recorded = RecordedOperation<Operation>;

export const say = ({ extent, offset }: Position): string => `offset ${offset} of extent ${extent}`;
export const keyOf = ({ extent, offset }: Position): string => `${extent}/${offset}`;

export interface Load extends Loaded {
  readonly recorded: Recorded;
  readonly stream: string;
}

export const loadsOf = ({ history }: Pick<Run, 'history'>): readonly Load[] =>
  operationsOf(history).flatMap((recorded): Load[] => {
    const { operation, outcome } = recorded;
    if (operation.kind !== 'load' || outcome.kind !== 'ok') return [];
    return [{ recorded, stream: operation.stream, ...(outcome.result as Loaded) }];
  });

export interface Acknowledged extends Appended {
  readonly recorded: Recorded;
  readonly value: number;
}

export const acknowledgedOf = ({ history }: Pick<Run, 'history'>): readonly Acknowledged[] =>
  operationsOf(history).flatMap((recorded): Acknowledged[] => {
    const { operation, outcome } = recorded;
    if (operation.kind !== 'append' || outcome.kind !== 'ok') return [];
    return [{ recorded, value: operation.value, ...(outcome.result as Appended) }];
  });

export const isBefore = (one: Recorded, other: Recorded): boolean =>
  one.returnIndex !== null && one.returnIndex < other.index;

/** How many records of a load are there that an earlier one is a copy of. */
export const repeatedIn = ({ records }: Loaded): number =>
  records.length - new Set(records.map(({ value }) => value)).size;
