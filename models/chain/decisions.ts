/**
 * What a master decides (§3), as pure functions: from the chain as it is and from who lives, as far as is known, to the
 * next configuration, or null if there is nothing to decide. Who carries it out is the business of a master: one that never
 * fails (master.ts), or several that agree (replicated-master.ts).
 */
import type { NodeId } from '../../framework/index.js';
import {
  extendedBy,
  positionOf,
  predecessorOf,
  without,
  type Configuration,
  type Joining,
  type Member,
} from './configuration.js';
import type { Rules } from './rules.js';

export interface Watched {
  readonly server: NodeId;
  /** The latest of its lives that has been heard of. */
  boot: number;
  /** Heard of within the last `SUSPECT_MICROS`. */
  alive: boolean;
}

export interface View {
  readonly configuration: Configuration;
  readonly servers: readonly Watched[];
}

/** A configuration, and who is to be told of it at once. */
export interface Decision {
  readonly configuration: Configuration;
  readonly tell: readonly NodeId[];
}

export const watchedServer = (
  { servers }: { readonly servers: readonly Watched[] },
  name: NodeId,
): Watched | undefined => servers.find(({ server }) => server === name);

/**
 * `server` is silent, or has restarted. The last server of the chain is never removed, because nobody else need have
 * what was acknowledged: it is waited for.
 */
export function withoutFailed(view: View, server: NodeId): Decision | null {
  const { number, chain, joining } = view.configuration;
  const isMember = positionOf(view.configuration, server) >= 0;
  if (isMember && chain.length > 1)
    return reconfigured(view, { chain: without(chain, server, number + 1), failed: server });
  if (joining?.server === server || (isMember && watchedServer(view, server)?.alive === true))
    return reconfigured(view, { chain, failed: server });
  return null;
}

/** The last member is silent: the chain begins again with whoever the rule says, which is that member. */
export function begunAgain(view: View, rules: Rules): Decision | null {
  const { chain, number } = view.configuration;
  const [last, other] = chain;
  if (last === undefined || other !== undefined || watchedServer(view, last.server)?.alive === true) return null;
  const alive = view.servers.filter((one) => one.alive).map(({ server }) => server);
  const first = rules.restartsFrom({ lastMember: last.server, alive });
  if (first === last.server) return null;
  const member = { server: first, link: number + 1, resumeAt: 0 };
  return reconfigured(view, { chain: [member], failed: last.server });
}

/** A live server is outside, and nobody is joining: the chain is extended by it. */
export function extending(view: View): Decision | null {
  const { chain, joining } = view.configuration;
  if (joining !== null || candidate(view, view.configuration) === null) return null;
  return reconfigured(view, { chain, failed: null });
}

/** Whoever joins has all that its predecessor let others have: it stands in the chain. */
export function extended(
  view: View,
  { link, resumeAt }: { readonly link: number; readonly resumeAt: number },
): Decision | null {
  const { joining } = view.configuration;
  if (joining?.link !== link) return null;
  return reconfigured(view, { chain: extendedBy(view.configuration, joining, resumeAt), failed: null });
}

/** Fig. 3, messages 2 and 3: S+ has told sn, and S- is told. */
export function resumed(
  { configuration }: View,
  from: NodeId,
  { link, resumeAt }: { readonly link: number; readonly resumeAt: number },
): Decision | null {
  const member = configuration.chain[positionOf(configuration, from)];
  if (member?.link !== link || member.resumeAt !== null) return null;
  const chain = configuration.chain.map((other) => (other.server === from ? { ...other, resumeAt } : other));
  const predecessor = predecessorOf(configuration, from);
  return { configuration: { ...configuration, chain }, tell: predecessor === undefined ? [] : [predecessor] };
}

/** The next configuration, which goes on being extended, or begins to, if a live server is outside. */
function reconfigured(
  view: View,
  { chain, failed }: { readonly chain: readonly Member[]; readonly failed: NodeId | null },
): Decision {
  const before = view.configuration;
  const { joining } = before;
  const next = { number: before.number + 1, chain, joining: null };
  const goesOn =
    joining !== null &&
    joining.server !== failed &&
    joining.after !== failed &&
    positionOf(next, joining.server) < 0 &&
    positionOf(next, joining.after) >= 0;
  const configuration = { ...next, joining: goesOn ? joining : candidate(view, next) };
  const members = chain.map(({ server }) => server);
  return {
    configuration,
    tell: configuration.joining === null ? members : [...members, configuration.joining.server],
  };
}

/**
 * A live server outside the chain, over a new connection. It is to stand where it stood at first, as far as those are there
 * who stood before it, and behind the head at least: so it may come back as the tail or in the middle.
 */
function candidate({ servers }: View, { number, chain }: Configuration): Joining | null {
  const members = chain.map(({ server }) => server);
  const outside = servers.find(({ server, alive }) => alive && !members.includes(server));
  if (outside === undefined) return null;
  const stoodBefore = servers.slice(0, servers.indexOf(outside)).map(({ server }) => server);
  const after = members.findLast((member) => stoodBefore.includes(member)) ?? members[0];
  return after === undefined ? null : { server: outside.server, link: number, after };
}

/** Whether the sender of a heartbeat has the configuration, and the connection to its successor. */
export function isUpToDate(
  configuration: Configuration,
  server: NodeId,
  { number, outgoing }: { readonly number: number; readonly outgoing: number },
): boolean {
  if (number < configuration.number) return false;
  const position = positionOf(configuration, server);
  const successor = position < 0 ? undefined : configuration.chain[position + 1];
  return successor === undefined || successor.resumeAt === null || successor.link === outgoing;
}
