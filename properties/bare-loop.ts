/**
 * The baseline of the speed bench: a three-server chain with five clients on a bare loop. A binary heap, `alea` for the
 * delays, and plain objects as messages; no faults, no history, no digest, no copies, no limits. It says how fast a
 * discrete-event simulation in JavaScript can be on this machine, now.
 */
import seedrandom from 'seedrandom';
import { bareHeap } from './bare-heap.js';

interface BareEvent {
  readonly time: number;
  readonly sequence: number;
  readonly to: number;
  readonly message: BareMessage;
}

type BareMessage =
  | { readonly kind: 'put'; readonly id: string; readonly key: string; readonly value: number; readonly client: number }
  | { readonly kind: 'get'; readonly id: string; readonly key: string; readonly client: number }
  | { readonly kind: 'ack'; readonly id: string }
  | { readonly kind: 'answer'; readonly id: string; readonly value: number | null };

interface BareServer {
  readonly history: string[];
  readonly values: Record<string, number>;
  sent: string[];
}

const SERVERS = 3;
const CLIENTS = 5;

/** Runs at least `steps` steps and returns how many were run. */
export function runBareLoop(steps: number): number {
  const random = seedrandom.alea('bare');
  const heap = bareHeap<BareEvent>();
  let sequence = 0;
  let now = 0;

  const send = (to: number, message: BareMessage) => {
    heap.push({ time: now + 200 + Math.floor(random() * 4_800), sequence: sequence++, to, message });
  };

  const servers = Array.from({ length: SERVERS }, (): BareServer => ({ history: [], values: {}, sent: [] }));
  const invoke = (client: number, n: number) => {
    const id = `r${client}.${n}`;
    const key = n % 2 === 0 ? 'x' : 'y';
    if (n % 3 === 0) send(SERVERS - 1, { kind: 'get', id, key, client });
    else send(0, { kind: 'put', id, key, value: n, client });
  };
  const counters = Array.from({ length: CLIENTS }, () => 0);

  const onServer = (at: number, server: BareServer, message: BareMessage) => {
    switch (message.kind) {
      case 'put':
        server.history.push(message.id);
        server.values[message.key] = message.value;
        if (at < SERVERS - 1) {
          server.sent.push(message.id);
          send(at + 1, message);
        } else {
          send(SERVERS + message.client, { kind: 'answer', id: message.id, value: message.value });
          send(at - 1, { kind: 'ack', id: message.id });
        }
        return;
      case 'get':
        send(SERVERS + message.client, { kind: 'answer', id: message.id, value: server.values[message.key] ?? null });
        return;
      case 'ack':
        server.sent = server.sent.filter((id) => id !== message.id);
        if (at > 0) send(at - 1, message);
        return;
      case 'answer':
    }
  };

  for (let client = 0; client < CLIENTS; client++) invoke(client, 0);
  let done = 0;
  while (done < steps) {
    const event = heap.pop();
    if (event === undefined) break;
    now = event.time;
    done++;
    const server = servers[event.to];
    if (server !== undefined) {
      onServer(event.to, server, event.message);
    } else {
      const client = event.to - SERVERS;
      const n = (counters[client] ?? 0) + 1;
      counters[client] = n;
      invoke(client, n);
    }
  }
  return done;
}
