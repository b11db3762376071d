/**
 * The peer of the speed bench: the same little chain on fast-check's own `scheduler`, which explores interleavings of
 * promises. Every message is a scheduled task, and the scheduler picks which one goes on.
 */
import * as fc from 'fast-check';

type PeerMessage =
  | { readonly kind: 'put'; readonly id: string; readonly key: string; readonly value: number; readonly client: number }
  | { readonly kind: 'get'; readonly id: string; readonly key: string; readonly client: number }
  | { readonly kind: 'ack'; readonly id: string }
  | { readonly kind: 'answer'; readonly id: string; readonly value: number | null };

interface PeerServer {
  readonly history: string[];
  readonly values: Record<string, number>;
  sent: string[];
}

const SERVERS = 3;
const CLIENTS = 5;

/** Runs at least `steps` steps (deliveries) and returns how many were run. */
export async function runPeerScheduler(steps: number): Promise<number> {
  const [scheduler] = fc.sample(fc.scheduler(), { numRuns: 1, seed: 1 });
  if (scheduler === undefined) throw new Error('fast-check made no scheduler');
  const servers = Array.from({ length: SERVERS }, (): PeerServer => ({ history: [], values: {}, sent: [] }));
  const counters = Array.from({ length: CLIENTS }, () => 0);
  let done = 0;

  const send = (to: number, message: PeerMessage) => {
    void scheduler.schedule(Promise.resolve(message)).then((arrived) => {
      done++;
      if (done < steps) receive(to, arrived);
    });
  };
  const invoke = (client: number) => {
    const n = (counters[client] ?? 0) + 1;
    counters[client] = n;
    const [id, key] = [`r${client}.${n}`, n % 2 === 0 ? 'x' : 'y'];
    if (n % 3 === 0) send(SERVERS - 1, { kind: 'get', id, key, client });
    else send(0, { kind: 'put', id, key, value: n, client });
  };
  const receive = (to: number, message: PeerMessage) => {
    const server = servers[to];
    if (server === undefined) {
      invoke(to - SERVERS);
      return;
    }
    switch (message.kind) {
      case 'put':
        server.history.push(message.id);
        server.values[message.key] = message.value;
        if (to < SERVERS - 1) {
          server.sent.push(message.id);
          send(to + 1, message);
        } else {
          send(SERVERS + message.client, { kind: 'answer', id: message.id, value: message.value });
          send(to - 1, { kind: 'ack', id: message.id });
        }
        return;
      case 'get':
        send(SERVERS + message.client, { kind: 'answer', id: message.id, value: server.values[message.key] ?? null });
        return;
      case 'ack':
        server.sent = server.sent.filter((id) => id !== message.id);
        if (to > 0) send(to - 1, message);
        return;
      case 'answer':
    }
  };

  for (let client = 0; client < CLIENTS; client++) invoke(client);
  await scheduler.waitIdle();
  return done;
}
