import { system, target } from 'faultline';
import { clientOf, properties, workload } from '../tutorial/setting.js';
import { server } from '../tutorial/takeover.js';

export const zombie = system({
  name: 'register-zombie',
  title: 'the register whose backup takes over, with a primary that stands still for a while',
  cluster: () => ({
    nodes: { a: server, b: server },
    client: clientOf({ writers: ['a', 'b'], readers: ['a', 'b'], attempts: 3 }),
    targets: { primary: target(server, (nodes) => [...nodes].find(([, { role }]) => role !== 'backup')?.[0]) },
  }),
  workload,
  tolerates: { pause: { nodes: ['@primary'], atMost: 1 } },
  properties,
});
