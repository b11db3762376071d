import { protocol, system, type NodeId } from 'faultline';
import { clientOf, properties, workload, type Answer, type Request } from './setting.js';

/** A backup passes requests on, and says whose they are. */
type Passed = Request & { client?: NodeId };
type Message =
  Passed | Answer | { kind: 'copy'; id: string; value: number } | { kind: 'copied'; id: string } | { kind: 'beat' };

interface State {
  role: 'primary' | 'backup' | 'alone';
  value: number | null;
  waiting: Record<string, NodeId>;
  /** The requests that were carried out, so that none is carried out again. */
  done: string[];
}

export const server = protocol<State, Message, 'beat' | 'silence'>({
  init(ctx) {
    const role = ctx.self === 'a' ? 'primary' : 'backup';
    if (role === 'primary') ctx.setTimer('beat', 2_000);
    else ctx.setTimer('silence', 15_000);
    return { role, value: null, waiting: {}, done: [] };
  },
  on: {
    write(state, message, from, ctx) {
      const { id, value, client = from } = message;
      if (state.role === 'backup') {
        ctx.send('a', { ...message, client });
        return;
      }
      if (!state.done.includes(id)) state.value = value;
      state.done.push(id);
      state.waiting[id] = client;
      if (state.role === 'alone') ctx.send(client, { kind: 'answer', id, value: null });
      else ctx.send('b', { kind: 'copy', id, value });
    },
    copy(state, { id, value }, from, ctx) {
      if (!state.done.includes(id)) state.value = value;
      state.done.push(id);
      ctx.send(from, { kind: 'copied', id });
    },
    copied(state, { id }, _from, ctx) {
      const client = state.waiting[id];
      if (client !== undefined) ctx.send(client, { kind: 'answer', id, value: null });
    },
    read(state, message, from, ctx) {
      const { id, client = from } = message;
      if (state.role === 'backup') ctx.send('a', { ...message, client });
      else ctx.send(client, { kind: 'answer', id, value: state.value });
    },
    beat(state, _message, _from, ctx) {
      if (state.role === 'backup') ctx.setTimer('silence', 15_000);
    },
  },
  timers: {
    beat(_state, ctx) {
      ctx.send('b', { kind: 'beat' });
      ctx.setTimer('beat', 2_000);
    },
    silence: (state) => void (state.role = 'alone'),
  },
});

export const takeover = system({
  name: 'register-takeover',
  title: 'a backup that takes over when it has not heard from its primary for 15 ms',
  cluster: () => ({
    nodes: { a: server, b: server },
    client: clientOf({ writers: ['a', 'b'], readers: ['a', 'b'], attempts: 3 }),
  }),
  workload,
  tolerates: { partition: { nodes: ['a', 'b'] }, delay: { minMicros: 500, maxMicros: 500 } },
  properties,
});
