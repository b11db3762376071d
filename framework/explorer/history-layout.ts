/** Where the bars of a history are drawn: a lane for each process, and a column for each call and each return, in their order. */
import type { RecordedOperation } from '../history/operations.js';
import { answeredWords } from '../report/describe.js';
import type { OperationSpan } from './run-model.js';

const LANE = 44;
export const BAR = 24;
const LEFT = 44;
const TOP = 12;
const COLUMN_MIN = 58;
const COLUMN_MAX = 170;
/** Beyond that, words are cut rather than columns wider. */
const COLUMN_FOR_WORDS_MAX = 130;
/** The width of a character of the words in a bar, and what surrounds them. */
export const CHARACTER = 6.7;
export const AROUND = 12;

export type Point = readonly [x: number, y: number];

export class HistoryLayout {
  readonly operations: readonly RecordedOperation[];
  readonly byIndex: ReadonlyMap<number, RecordedOperation>;
  readonly processes: readonly number[];
  readonly width: number;
  readonly height: number;
  private readonly column: number;
  /** By the index of an entry in the history, its column. */
  private readonly columns: ReadonlyMap<number, number>;

  /** Columns are as wide as `room` allows, within reason. */
  constructor(operations: readonly RecordedOperation[], room: number) {
    this.operations = operations;
    this.byIndex = new Map(operations.map((one) => [one.index, one]));
    this.processes = [...new Set(operations.map(({ process }) => process))].sort((one, other) => one - other);
    const indices = operations
      .flatMap(({ index, returnIndex }) => (returnIndex === null ? [index] : [index, returnIndex]))
      .sort((one, other) => one - other);
    this.columns = new Map(indices.map((index, place) => [index, place]));
    const columns = indices.length + 1;
    const wanted = Math.max(COLUMN_MIN, ...operations.map((one) => this.columnFor(one)));
    const least = Math.min(COLUMN_FOR_WORDS_MAX, Math.ceil(wanted));
    this.column = Math.max(least, Math.min(COLUMN_MAX, Math.floor((room - LEFT - 4) / columns)));
    this.width = LEFT + columns * this.column;
    this.height = TOP + this.processes.length * LANE + 8;
  }

  /** From its call to its return, in pixels; to the end if its outcome is not known. */
  span({ index, returnIndex, outcome }: RecordedOperation): readonly [from: number, to: number] {
    const isKnown = outcome.kind === 'ok' || outcome.kind === 'fail';
    const to = isKnown && returnIndex !== null ? this.columns.get(returnIndex) : undefined;
    return [this.x(this.columns.get(index) ?? 0), to === undefined ? this.width - 8 : this.x(to)];
  }

  /** How wide a column has to be for the words of an operation to fit into its bar. */
  private columnFor(one: RecordedOperation): number {
    const { index, returnIndex } = one;
    const from = this.columns.get(index) ?? 0;
    const to = (returnIndex === null ? undefined : this.columns.get(returnIndex)) ?? this.columns.size;
    return (answeredWords(one).length * CHARACTER + AROUND) / Math.max(1, to - from);
  }

  middle(process: number): number {
    return TOP + this.processes.indexOf(process) * LANE + BAR / 2;
  }

  /** Where the operations of a legal order that are drawn take effect: as early as they may, each after the one before. */
  pointsOf(order: readonly number[]): readonly Point[] {
    let column = 0;
    return order.flatMap((index): Point[] => {
      const one = this.byIndex.get(index);
      if (one === undefined) return [];
      column = Math.max(column + 0.26, (this.columns.get(index) ?? 0) + 0.3);
      return [[this.x(column), this.middle(one.process) + BAR / 2 + 3]];
    });
  }

  /** Just before the first entry that comes after `moment`. */
  xAfter(spanOf: (one: RecordedOperation) => OperationSpan | undefined, moment: number): number {
    let last = -1;
    for (const one of this.operations) {
      const span = spanOf(one);
      if (span === undefined) continue;
      if (span.from <= moment) last = Math.max(last, this.columns.get(one.index) ?? -1);
      if (span.completion !== undefined && span.to <= moment && one.returnIndex !== null)
        last = Math.max(last, this.columns.get(one.returnIndex) ?? -1);
    }
    return this.x(last + 0.5);
  }

  private x(column: number): number {
    return LEFT + column * this.column;
  }
}
