/** A node's own clock: it is off by an offset and runs fast or slow by a drift. Integer microseconds. */
import { time, type Time } from '../kernel/time.js';

const MILLION = 1_000_000;

export class Clock {
  /** The reading at the simulated moment `since`; from there the clock advances at 1 + drift. */
  private reading = 0;
  private since = 0;
  private driftPerMillion = 0;
  /** Those in force, in the order in which they began. */
  private readonly drifts: number[] = [];

  /** What this clock shows at the simulated moment `now`. */
  read(now: number): Time {
    if (this.driftPerMillion === 0) return time(this.reading + now - this.since);
    return time(this.reading + Math.floor(((now - this.since) * (MILLION + this.driftPerMillion)) / MILLION));
  }

  /** How long, in simulated microseconds, this clock takes to advance by `micros`: at least 1. */
  wait(micros: number): number {
    if (this.driftPerMillion === 0) return Math.max(1, micros);
    return Math.max(1, Math.ceil((micros * MILLION) / (MILLION + this.driftPerMillion)));
  }

  /** From the simulated moment `now` on, the clock runs `driftPerMillion` fast (or slow, if negative). */
  drift(now: number, driftPerMillion: number): void {
    this.drifts.push(driftPerMillion);
    this.follow(now);
  }

  /** Ends such a drift: the last one still in force counts. */
  undrift(now: number, driftPerMillion: number): void {
    const place = this.drifts.lastIndexOf(driftPerMillion);
    if (place >= 0) this.drifts.splice(place, 1);
    this.follow(now);
  }

  private follow(now: number): void {
    this.reading = this.read(now);
    this.since = now;
    this.driftPerMillion = this.drifts.at(-1) ?? 0;
  }

  /** Moves the clock ahead by `micros`, or back if that is negative. Timers do not jump with it: they run on their own. */
  advance(micros: number): void {
    this.reading += micros;
  }
}
