/** Simulated time. All of it is integer microseconds since the start of the run: there is no other clock. */

declare const timeBrand: unique symbol;

/** A point in simulated time, in whole microseconds since the run began. */
export type Time = number & { readonly [timeBrand]: true };

/** Brands a number of microseconds as a point in time. The caller vouches that it is a non-negative integer. */
export const time = (micros: number): Time => micros as Time;

/** In microseconds. */
export const MILLISECOND = 1_000;
/** In microseconds. */
export const SECOND = 1_000_000;

/** `12_345` as `12.345 ms`: the one way times are printed. */
export function formatTime(micros: number): string {
  return `${(micros / MILLISECOND).toFixed(3)} ms`;
}
