/**
 * The audit log: every change of an order, once, appended as it came and never changed. Exactly once: an event is known by
 * its identity, (txId, total_order), which is the same each time the source publishes it.
 */
import { protocol, type Role } from '../../../framework/index.js';
import type { Change, Position } from './changes.js';
import type { Columns } from './envelope.js';
import { localConsumer, type LocalState, type LocalTimer, type Sink } from './local-consumer.js';
import type { Message } from './messages.js';
import { TOPIC_OF } from './nodes.js';

export interface AuditEntry {
  readonly identity: string;
  readonly op: Change['op'];
  readonly key: string;
  readonly before: Columns | null;
  readonly after: Columns | null;
  readonly position: Position;
}

export interface AuditLog {
  readonly entries: AuditEntry[];
  readonly recorded: Record<string, true>;
  /** How many events came again, in this life. */
  repeated: number;
}

export const auditSink: Sink<AuditLog, AuditEntry> = {
  topic: TOPIC_OF.orders,
  empty: () => ({ entries: [], recorded: {}, repeated: 0 }),
  effectOf(audit, change) {
    if (change.kind === 'tombstone') return null;
    const { identity, op, key, before, row, position } = change;
    if (audit.recorded[identity] !== true) return { identity, op, key, before, after: row, position };
    audit.repeated++;
    return null;
  },
  apply({ entries, recorded }, entry) {
    entries.push(entry);
    recorded[entry.identity] = true;
  },
};

export type AuditState = LocalState<AuditLog>;

const parts = localConsumer<AuditState, AuditLog, AuditEntry>(auditSink);

export const auditor: Role<AuditState, Message> = protocol<AuditState, Message, LocalTimer>({
  init: parts.start,
  recover: parts.start,
  on: parts.on,
  timers: parts.timers,
});
