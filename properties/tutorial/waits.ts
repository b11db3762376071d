import { protocol, system, type NodeId } from 'faultline';
import { clientOf, properties, workload, type Answer, type Request } from './setting.js';

type Message = Request | Answer | { kind: 'copy'; id: string; value: number } | { kind: 'copied'; id: string };

export const server = protocol<{ value: number | null; waiting: Record<string, NodeId> }, Message>({
  init: () => ({ value: null, waiting: {} }),
  on: {
    write(state, { id, value }, from, ctx) {
      state.value = value;
      state.waiting[id] = from;
      ctx.send('backup', { kind: 'copy', id, value });
    },
    copy(state, { id, value }, from, ctx) {
      state.value = value;
      ctx.send(from, { kind: 'copied', id });
    },
    copied(state, { id }, _from, ctx) {
      const client = state.waiting[id];
      if (client !== undefined) ctx.send(client, { kind: 'answer', id, value: null });
    },
    read: (state, { id }, from, ctx) => ctx.send(from, { kind: 'answer', id, value: state.value }),
  },
});

export const waits = system({
  name: 'register-waits',
  title: 'a primary that answers a write when its backup has it; both answer reads',
  cluster: () => ({
    nodes: { primary: server, backup: server },
    client: clientOf({ writers: ['primary'], readers: ['primary', 'backup'] }),
  }),
  workload,
  tolerates: { partition: { nodes: ['primary', 'backup'] } },
  properties,
});
