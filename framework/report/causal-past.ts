/**
 * What happened before what, after Lamport (CACM 1978): on one node what is earlier, from node to node what a message
 * carries. Worked out from the trace alone.
 */
import type { TraceEvent } from '../simulation/trace.js';
import type { NodeId } from '../world/protocol.js';
import { messageKey, type Causes } from './causes.js';

/** What a node did in one step of the run. */
export interface Moment {
  readonly node: NodeId;
  readonly step: number;
}

export interface CausalPast {
  /** Whether what `node` did in `step` happened before one of the ends, or is one. */
  has(moment: Moment): boolean;
}

export const momentKey = ({ node, step }: Moment): string => `${node}@${step}`;

/**
 * The past of `ends`; without any, of the last thing that each node did. A client that goes on under a new process number
 * knows nothing of what the old process did; a server that restarts has its disk. O(events).
 */
export function causalPast(
  trace: readonly TraceEvent[],
  { messages }: Pick<Causes, 'messages'>,
  ends: readonly Moment[],
): CausalPast {
  /** By moment, those that are immediately before it. */
  const before = new Map<string, string[]>();
  const last = new Map<NodeId, string>();
  const processes = new Map<NodeId, number>();
  const visit = (moment: Moment, cause?: Moment, isAnew = false): void => {
    const key = momentKey(moment);
    const known = before.get(key) ?? [];
    const previous = last.get(moment.node);
    if (!before.has(key) && previous !== undefined && !isAnew) known.push(previous);
    if (cause !== undefined) known.push(momentKey(cause));
    before.set(key, known);
    last.set(moment.node, key);
  };
  for (const event of trace) {
    const { step } = event;
    switch (event.kind) {
      case 'deliver': {
        const sent = messages.get(messageKey(event.from, event.node, event.nth));
        visit(event, { node: event.from, step: sent?.step ?? event.cause });
        break;
      }
      case 'timer':
      case 'synced':
        visit(event, { node: event.node, step: event.cause });
        break;
      case 'send':
        visit({ node: event.from, step });
        break;
      case 'invoke': {
        const process = processes.get(event.node) ?? event.process;
        processes.set(event.node, event.process);
        visit(event, undefined, process !== event.process);
        break;
      }
      case 'complete':
      case 'down':
      case 'up':
      case 'role':
        visit(event);
        break;
      default:
    }
  }
  const past = new Set<string>();
  const waiting = ends.length > 0 ? ends.map(momentKey) : [...last.values()];
  for (let key = waiting.pop(); key !== undefined; key = waiting.pop()) {
    if (past.has(key)) continue;
    past.add(key);
    waiting.push(...(before.get(key) ?? []));
  }
  return { has: (moment) => past.has(momentKey(moment)) };
}
