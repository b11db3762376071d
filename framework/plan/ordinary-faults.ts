/** What most systems claim to bear, by the lump: spread it into `tolerates`, and override what differs. */
import { MILLISECOND } from '../kernel/time.js';
import type { NodeId } from '../world/protocol.js';
import type { Tolerance } from './workload.js';

/**
 * All that an asynchronous network does among `nodes`, but for delays: it loses, doubles and reorders messages, slows links
 * down, resets connections, and cuts off any part from any other, one way too. Nothing lasts beyond healing.
 */
export function networkFaults(nodes: readonly NodeId[]) {
  return {
    partition: { nodes, oneWay: true },
    majoritiesRing: { nodes },
    flappingLink: { nodes },
    slowLink: { nodes, extraMicrosMax: 10 * MILLISECOND },
    lossyLink: { nodes, dropPerMillionMax: 500_000, duplicatePerMillionMax: 500_000 },
    connectionReset: { nodes },
    dropPerMillionMax: 50_000,
    duplicatePerMillionMax: 50_000,
  } as const satisfies Partial<Tolerance>;
}

/**
 * All that happens to machines whose disks keep what they synced: they crash, up to `atOnce` at a time, between two writes
 * too, or together; they pause, or are slow; a write fails, or the disk is slow. None is lost for good.
 */
export function machineFaults(nodes: readonly NodeId[], { atOnce }: { readonly atOnce: number }) {
  return {
    crash: { nodes, atOnce, untilHealing: true },
    powerFailure: { nodes },
    crashInWrite: { nodes, writesMax: 4 },
    writeError: { nodes },
    slowDisk: { nodes, extraMicrosMax: 5 * MILLISECOND },
    pause: { nodes },
    slowNode: { nodes, stepMicrosMax: MILLISECOND },
  } as const satisfies Partial<Tolerance>;
}
