/** One store, one service and a client that asks it: the model under laboratory conditions, to measure what loading costs. */
import { inspection, requestClient } from '../../../framework/index.js';
import { streamStore } from '../streams/store.js';
import type { Message } from './messages.js';
import { SERVICES, STORE } from './nodes.js';
import type { Operation } from './operations.js';
import { rules } from './rules.js';
import { service } from './service.js';

const [SERVICE] = SERVICES;

/** Snapshots are saved every so many events; `Infinity`: never. What the store holds is inspected as bytes of JSON. */
export function aggregatesLaboratory(snapshotEvery: number) {
  const store = streamStore(rules);
  return {
    nodes: { [STORE]: store, [SERVICE]: service({ ...rules, snapshotEvery }) },
    client: requestClient<Message, Operation>({
      timeoutMicros: 1_000_000,
      request: (operation, id) => ({ to: SERVICE, message: { kind: 'request', id, request: operation } }),
      answers: { answer: ({ id, result }) => ({ id, result }) },
    }),
    inspections: [inspection(store, ({ log, snapshots }) => JSON.stringify([log, snapshots]).length)],
  };
}

/** What a load costs: events folded, and bytes of these and of the snapshot, as JSON. Undefined for other messages. */
export function loadOf(message: Message): { readonly events: number; readonly bytes: number } | undefined {
  if (message.kind !== 'loaded') return undefined;
  return { events: message.events.length, bytes: JSON.stringify([message.snapshot, message.events]).length };
}
