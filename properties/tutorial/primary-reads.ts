import { system } from 'faultline';
import { clientOf, properties, workload } from './setting.js';
import { server } from './waits.js';

export const primaryReads = system({
  name: 'register-primary-reads',
  title: 'the primary alone answers, and a client that hears nothing asks again',
  cluster: () => ({
    nodes: { primary: server, backup: server },
    client: clientOf({ writers: ['primary'], readers: ['primary'], attempts: 3 }),
  }),
  workload,
  tolerates: { partition: { nodes: ['primary', 'backup'] }, dropPerMillionMax: 50_000 },
  properties,
});
