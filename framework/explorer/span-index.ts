/** Spans of moments, found by the window that they reach into. */

const BLOCK = 256;

export interface Span {
  readonly from: number;
  readonly to: number;
}

export class SpanIndex<S extends Span> {
  private readonly blocks: S[][] = [];

  constructor(spans: Iterable<S>) {
    for (const span of spans)
      for (let block = Math.floor(span.from / BLOCK); block <= Math.floor(span.to / BLOCK); block++)
        (this.blocks[block] ??= []).push(span);
  }

  /** Those that have a part between `from` and `to`, both included. */
  within(from: number, to: number): ReadonlySet<S> {
    const found = new Set<S>();
    for (let block = Math.floor(from / BLOCK); block <= Math.floor(to / BLOCK); block++)
      for (const span of this.blocks[block] ?? []) if (span.from <= to && span.to >= from) found.add(span);
    return found;
  }
}
