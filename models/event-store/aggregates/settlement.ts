/** Transfers: after healing none is under way, and the accounts say of each what its outcome says. */
import type { CheckResult, Property } from '../../../framework/index.js';
import { booksAt, storeOf, versionOf, type Holding, type StoreHolding } from './evidence.js';
import { accountStream, type Operation } from './operations.js';

/** What the accounts must say, by the outcome in the transfer's stream. */
const PARTS: Readonly<Record<string, { readonly from: string; readonly to: string | undefined }>> = {
  completed: { from: 'debited', to: 'credited' },
  refused: { from: 'debit refused', to: undefined },
  returned: { from: 'refunded', to: 'credit refused' },
};

/** What became of a transfer, in the words of an account. */
function partOf(store: StoreHolding, account: unknown, transfer: string): string | undefined {
  const stream = accountStream(String(account));
  return booksAt(store, stream, versionOf(store, stream))?.parts[transfer];
}

export const transfersSettle: Property<Operation, Holding> = {
  name: 'after healing, every transfer has moved its money, or put it back',
  check({ replicas }): CheckResult {
    const store = storeOf(replicas);
    const seen = { transfers: 0, completed: 0, refused: 0, returned: 0 };
    if (store === undefined) return { verdict: 'unknown', reason: 'the store was not inspected', seen };
    for (const [stream, [requested, settled]] of store.streams) {
      if (requested?.type !== 'requested') continue;
      seen.transfers++;
      const outcome = String(settled?.data['outcome'] ?? 'none');
      if (outcome === 'completed' || outcome === 'refused' || outcome === 'returned') seen[outcome]++;
      const transfer = requested.metadata.command;
      const from = partOf(store, requested.data['from'], transfer);
      const to = partOf(store, requested.data['to'], transfer);
      const due = PARTS[outcome];
      if (due !== undefined && from === due.from && to === due.to) continue;
      const explanation =
        `The outcome of ${stream} is '${outcome}'; the account that pays says '${from ?? 'nothing'}', the one that is ` +
        `paid '${to ?? 'nothing'}'.`;
      const rule = due === undefined ? 'transfer unsettled' : 'transfer torn';
      return { verdict: 'invalid', violation: { rule, explanation, operations: [] }, seen };
    }
    return seen.transfers > 0
      ? { verdict: 'valid', seen }
      : { verdict: 'unknown', reason: 'no transfer was requested', seen };
  },
};
