/** What must hold after every step of the servers that are up, whatever they have missed. */
import { stateInvariant, type NodeId, type Role } from '../../framework/index.js';
import type { Command } from './commands.js';
import { SLOTS, type GroupName } from './configuration.js';
import type { Message } from './messages.js';
import type { ServerState } from './server-state.js';

type Servers = ReadonlyMap<NodeId, ServerState>;
type Check = (servers: Servers, changed: NodeId) => string | undefined;

/** A slot has one owner in each epoch. */
function oneOwner(): Check {
  const owners = new Map<string, GroupName>();
  return (servers, changed) => {
    const server = servers.get(changed);
    for (const slot of SLOTS) {
      const own = server?.slots[slot];
      if (server === undefined || own === undefined) continue;
      if (own.phase !== 'serving' && own.phase !== 'frozen') continue;
      const name = `${slot}/${own.epoch}`;
      const owner = owners.get(name) ?? server.group;
      owners.set(name, owner);
      if (owner !== server.group)
        return `group ${owner} owned slot ${slot} in epoch ${own.epoch}, and so does ${changed} of group ${server.group}`;
    }
    return undefined;
  };
}

/** Nobody serves a slot before the owner of the epoch before has agreed to stop. */
function stopsFirst(): Check {
  const stopped = new Map(SLOTS.map((slot) => [slot as number, 0]));
  return (servers, changed) => {
    for (const slot of SLOTS) {
      const own = servers.get(changed)?.slots[slot];
      if (own === undefined) continue;
      const until = stopped.get(slot) ?? 0;
      if (own.phase === 'frozen' || own.phase === 'released') stopped.set(slot, Math.max(until, own.epoch));
      else if (own.phase === 'serving' && own.epoch > until + 1)
        return `${changed} serves slot ${slot} in epoch ${own.epoch}, but the owner in epoch ${own.epoch - 1} has not stopped`;
    }
    return undefined;
  };
}

/** The members of a group do the same commands in the same order. */
function sameCommands(): Check {
  const done: Record<GroupName, Command[]> = { a: [], b: [] };
  const seen = new Map<NodeId, number>();
  return (servers, changed) => {
    const server = servers.get(changed);
    if (server === undefined) return undefined;
    const { group, applied, log } = server;
    const before = seen.get(changed) ?? 0;
    if (applied === before) return undefined;
    seen.set(changed, applied);
    for (let place = applied < before ? 0 : before; place < applied; place++) {
      const command = log[place];
      if (command === undefined) return `${changed} has done more than its log holds`;
      const known = done[group][place];
      if (known === undefined) done[group].push(copyOf(command));
      else if (JSON.stringify(known) !== JSON.stringify(command))
        return `command ${place + 1} of group ${group} is ${JSON.stringify(command)} at ${changed}, but ${JSON.stringify(known)} was done`;
    }
    return undefined;
  };
}

/** Of a state that is only lent. */
const copyOf = (command: Command): Command => JSON.parse(JSON.stringify(command)) as Command;

export const INVARIANT_NAMES = {
  oneOwner: 'a slot has one owner in each epoch',
  stopsFirst: 'an owner stops before the next one starts',
  sameCommands: 'the members of a group do the same in the same order',
} as const;

export const shardInvariants = (server: Role<ServerState, Message>) => [
  stateInvariant(server, INVARIANT_NAMES.oneOwner, oneOwner),
  stateInvariant(server, INVARIANT_NAMES.stopsFirst, stopsFirst),
  stateInvariant(server, INVARIANT_NAMES.sameCommands, sameCommands),
];
