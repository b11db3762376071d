/** The trace of a run as a recording keeps it: without what it says twice, and with faults in words. */
import { describeFault, faultType, nodesOf, type Fault } from '../faults/fault.js';
import type { AnyOperation } from '../history/entry.js';
import type { Run } from '../simulation/simulate.js';
import type { TraceEvent } from '../simulation/trace.js';
import type { NodeId } from '../world/protocol.js';

type Kept = 'send' | 'lost' | 'timer' | 'synced' | 'phase' | 'invoke' | 'down' | 'role' | 'disk' | 'state';

export type RecordedEvent =
  | Extract<TraceEvent, { kind: Kept }>
  /** With what was asked. */
  | (Extract<TraceEvent, { kind: 'complete' }> & { readonly operation: AnyOperation | undefined })
  /** Without its message: that of the `send` with the same nodes and number. */
  | Omit<Extract<TraceEvent, { kind: 'deliver' }>, 'message'>
  | {
      readonly kind: 'fault-begins' | 'fault-ends';
      readonly step: number;
      readonly time: number;
      readonly fault: Fault;
      /** The fault's place in the plan; -1 if it is not there. */
      readonly place: number;
      readonly words: string;
      readonly nodes: readonly NodeId[];
      /** One character that stands for it. */
      readonly mark: string;
    };

/** A bound for what a page can hold: about 100,000 steps of a talkative protocol. */
const EVENTS_MAX = 1_000_000;

export function recordEvents({ trace = [], plan }: Run): {
  readonly events: readonly RecordedEvent[];
  readonly cutAfterStep?: number;
} {
  const begun = new Map<Fault, number>();
  const open = new Map<number, AnyOperation>();
  const events = trace.slice(0, EVENTS_MAX).flatMap((event): RecordedEvent | [] => {
    switch (event.kind) {
      case 'up':
        // Its first state says that too.
        return [];
      case 'deliver': {
        const { kind, step, time, node, from, nth, cause } = event;
        return { kind, step, time, node, from, nth, cause };
      }
      case 'invoke':
        open.set(event.process, event.operation);
        return event;
      case 'complete': {
        const operation = open.get(event.process);
        open.delete(event.process);
        return { ...event, operation };
      }
      case 'fault-begins':
      case 'fault-ends': {
        const { fault } = event;
        const type = faultType(fault.kind);
        const begins = event.kind === 'fault-begins';
        const place = begins ? placeOf(fault, plan.faults, new Set(begun.values())) : (begun.get(fault) ?? -1);
        if (begins) begun.set(fault, place);
        return {
          ...event,
          place,
          words: begins ? describeFault(fault) : type.describeEnd(fault),
          nodes: nodesOf(fault),
          mark: type.marks[begins ? 0 : 1],
        };
      }
      default:
        return event;
    }
  });
  return trace.length <= EVENTS_MAX ? { events } : { events, cutAfterStep: (events.at(-1)?.step ?? 1) - 1 };
}

/** The same fault may be listed twice. */
function placeOf(fault: Fault, faults: readonly Fault[], taken: ReadonlySet<number>): number {
  const wanted = JSON.stringify(fault);
  return faults.findIndex((one, place) => !taken.has(place) && JSON.stringify(one) === wanted);
}
