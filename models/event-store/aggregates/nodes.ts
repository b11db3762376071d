/** The nodes by name, and how the services are set up: one has been upgraded to the new schema, the other not yet. */
import type { NodeId } from '../../../framework/index.js';
import type { Schema } from './schema.js';

export const STORE = 'store';
export const TRANSFERS = 'transfers';
export const SERVICES = ['service1', 'service2'] as const;

export interface Setup {
  /** What it writes events and snapshots in. Both read all schemas. */
  readonly writes: Schema;
  /** The currency of its branch, which has no say in what old events meant. */
  readonly currency: string;
}

const UPGRADED: Setup = { writes: 2, currency: 'CHF' };

/** The set-up of a service, by its name. */
export const setupOf = (service: NodeId): Setup =>
  service === SERVICES[0] ? { writes: 1, currency: 'EUR' } : UPGRADED;
