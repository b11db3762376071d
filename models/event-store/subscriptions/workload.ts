/** What clients do in both systems: they run the bank on the store, which never hears of those who follow it. */
import * as fc from 'fast-check';
import { ACCOUNTS, ALL_ACCOUNTS, PROBE_ACCOUNT } from '../accounts.js';
import { isCommand, type BankOperation } from '../messages.js';

const account = fc.constantFrom(...ACCOUNTS);
const amount = fc.integer({ min: 1, max: 50 });
const n = fc.constant(0);

const operation: fc.Arbitrary<BankOperation> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('open' as const), account, n }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('deposit' as const), account, amount, n }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('withdraw' as const), account, amount, n }) },
);

export const bankWorkload = {
  clients: 3,
  operation,
  number: (one: BankOperation, place: number): BankOperation => (isCommand(one) ? { ...one, n: place } : one),
  operationsMax: 60,
  /** An append to a stream of its own must succeed; that it gets through is for the properties to see. */
  probes: (): readonly BankOperation[] => [{ kind: 'open', account: PROBE_ACCOUNT, n: 0 }],
  finalReads: (): readonly BankOperation[] => ALL_ACCOUNTS.map((one) => ({ kind: 'events', account: one })),
};

/** Nodes that speak over a connection, in both directions: in order, and whole until it is reset. */
export const connected = (server: string, peers: readonly string[]) => (from: string, to: string) =>
  (from === server && peers.includes(to)) || (to === server && peers.includes(from));
