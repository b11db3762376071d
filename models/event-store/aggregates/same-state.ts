/** The services, after every step: an invariant of what they keep in memory. */
import { equal, type NodeId } from '../../../framework/index.js';
import type { Aggregate } from './aggregate.js';
import type { ServiceState } from './work.js';

type Services = ReadonlyMap<NodeId, ServiceState>;

/** Live or by replay, from a snapshot or without, by code that writes one schema or the other. */
export function sameState() {
  const known = new Map<string, Aggregate>();
  const looked = new Map<string, Aggregate>();
  return (services: Services, changed: NodeId) => {
    const service = services.get(changed);
    if (service === undefined) return undefined;
    for (const stream of Object.keys(service.cache).sort()) {
      const aggregate = service.cache[stream];
      if (aggregate === undefined || looked.get(`${changed} ${stream}`) === aggregate) continue;
      if ((service.working[stream]?.tentative ?? null) !== null) continue;
      looked.set(`${changed} ${stream}`, aggregate);
      const key = `${stream} ${aggregate.version}`;
      const before = known.get(key);
      if (before === undefined) known.set(key, aggregate);
      else if (!equal(before, aggregate))
        return (
          `${changed} has ${JSON.stringify(aggregate)} for version ${aggregate.version} of ${stream}, which was ` +
          `${JSON.stringify(before)} before, there or elsewhere`
        );
    }
    return undefined;
  };
}
