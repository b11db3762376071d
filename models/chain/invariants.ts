/**
 * What must hold after every step (§3; PROTOCOLS §1). The chain meant is that of the newest configuration that any live
 * server has adopted; its members are those live servers in it that know to be in a chain: one that has restarted does
 * not. Only what the last step can have changed is looked at, and verified prefixes are remembered, so a step costs O(1).
 */
import { stateInvariant, type NodeId, type Role } from '../../framework/index.js';
import { positionOf, UNKNOWN, type Configuration } from './configuration.js';
import type { Entry, Message } from './messages.js';
import { sentFrom, type ServerState } from './server-state.js';

type Servers = ReadonlyMap<NodeId, ServerState>;

interface ChainMember {
  readonly name: NodeId;
  readonly state: ServerState;
}

const NOBODY: readonly ChainMember[] = [];

/**
 * Watches the newest configuration. Its members come in chain order, or nobody at all when the step cannot have broken
 * anything: `changed` is not one of them, or has done nothing that the invariants speak of. Most steps are of this kind.
 */
function chainWatcher(): (servers: Servers, changed: NodeId) => readonly ChainMember[] {
  let newest: Configuration = UNKNOWN;
  const seen = new Map<NodeId, [number: number, hist: number, sent: number, committed: number]>();
  return (servers, changed) => {
    const state = servers.get(changed);
    if (state === undefined) return NOBODY;
    const { configuration, hist, sent, committed } = state;
    const last = seen.get(changed);
    if (
      last?.[0] === configuration.number &&
      last[1] === hist.length &&
      last[2] === sent.length &&
      last[3] === committed
    )
      return NOBODY;
    seen.set(changed, [configuration.number, hist.length, sent.length, committed]);
    if (configuration.number > newest.number) newest = configuration;
    return positionOf(newest, changed) < 0 ? NOBODY : membersOf(newest, servers);
  };
}

function membersOf({ chain }: Configuration, servers: Servers): readonly ChainMember[] {
  const members: ChainMember[] = [];
  for (const { server: name } of chain) {
    const state = servers.get(name);
    if (state !== undefined && positionOf(state.configuration, name) >= 0) members.push({ name, state });
  }
  return members;
}

/** Calls `judge` for each pair of neighbours, predecessor first, of which one is `changed`. */
function forNeighbours(
  members: readonly ChainMember[],
  changed: NodeId,
  judge: (predecessor: ChainMember, successor: ChainMember) => string | undefined,
): string | undefined {
  for (let index = 1; index < members.length; index++) {
    const predecessor = members[index - 1];
    const successor = members[index];
    if (predecessor === undefined || successor === undefined) continue;
    if (predecessor.name !== changed && successor.name !== changed) continue;
    const breach = judge(predecessor, successor);
    if (breach !== undefined) return breach;
  }
  return undefined;
}

const same = (one: Entry | undefined, other: Entry | undefined): boolean =>
  one === other || (one?.id === other?.id && one?.value === other?.value && one?.number === other?.number);

const name = (entry: Entry | undefined): string =>
  entry === undefined ? 'nothing' : `${entry.id} (${entry.key} = ${JSON.stringify(entry.value)})`;

/** I1: if i precedes j in the chain, Hist(j) is a prefix of Hist(i). */
function updatePropagation(): (servers: Servers, changed: NodeId) => string | undefined {
  const watch = chainWatcher();
  /** By successor: how much of its Hist has been found in that of its predecessor, over which connection. */
  const verified = new Map<NodeId, { readonly predecessor: NodeId; readonly link: number; readonly length: number }>();
  return (servers, changed) =>
    forNeighbours(watch(servers, changed), changed, (predecessor, successor) => {
      const [before, after] = [predecessor.state.hist, successor.state.hist];
      const { link } = successor.state.incoming;
      const known = verified.get(successor.name);
      const from = known?.predecessor === predecessor.name && known.link === link ? known.length : 0;
      for (let at = from; at < after.length; at++)
        if (!same(before[at], after[at]))
          return (
            `Hist of ${successor.name} is no prefix of Hist of its predecessor ${predecessor.name}: ` +
            `update ${at + 1} is ${name(after[at])} there and ${name(before[at])} here`
          );
      if (from < after.length)
        verified.set(successor.name, { predecessor: predecessor.name, link, length: after.length });
      return undefined;
    });
}

/** I2: if i precedes j, Hist(i) = Hist(j) ⊕ Sent(i): what j lacks is in Sent(i), which holds the end of Hist(i). */
function inprocessRequests(): (servers: Servers, changed: NodeId) => string | undefined {
  const watch = chainWatcher();
  return (servers, changed) => {
    const members = watch(servers, changed);
    const last = members.at(-1);
    for (const { name: before, state } of members) {
      const { sent, hist } = state;
      if (before === last?.name) break;
      if (
        before === changed &&
        !(same(sent[0], hist[sentFrom(state)]) && same(sent.at(-1), sent.length > 0 ? hist.at(-1) : undefined))
      )
        return `Sent of ${before} is not the end of its Hist`;
      if (last !== undefined && last.state.hist.length < sentFrom(state))
        return (
          `Sent of ${before} begins at update ${sentFrom(state) + 1}, but ${last.name} after it in the chain has ` +
          `processed ${last.state.hist.length} only: ${name(hist[last.state.hist.length])} is in neither`
        );
    }
    return undefined;
  };
}

/** What any tail has ever processed, and so may have told a client, is in Hist of every member. */
function processedEverywhere(): (servers: Servers, changed: NodeId) => string | undefined {
  const watch = chainWatcher();
  let processed = 0;
  let by = '';
  return (servers, changed) => {
    const committed = servers.get(changed)?.committed ?? 0;
    if (committed > processed) [processed, by] = [committed, changed];
    for (const { name: member, state } of watch(servers, changed))
      if (state.hist.length < processed)
        return `${member} is in the chain with ${state.hist.length} updates, but ${by} knows the tail to have processed ${processed}`;
    return undefined;
  };
}

/** The updates of a Hist come from one head after the other: the configurations in which they were accepted never fall. */
function singleSequencer(): (servers: Servers, changed: NodeId) => string | undefined {
  const verified = new Map<NodeId, number>();
  return (servers, changed) => {
    const hist = servers.get(changed)?.hist ?? [];
    const known = verified.get(changed) ?? 0;
    if (known === hist.length) return undefined;
    for (let at = known < hist.length ? Math.max(1, known) : 1; at < hist.length; at++) {
      const [before, entry] = [hist[at - 1], hist[at]];
      if (before !== undefined && entry !== undefined && entry.number < before.number)
        return (
          `in Hist of ${changed}, ${name(entry)}, which a head accepted in configuration ${entry.number}, follows ` +
          `${name(before)}, accepted in configuration ${before.number}`
        );
    }
    verified.set(changed, hist.length);
    return undefined;
  };
}

/** A server never goes back to an older configuration in its life. */
function configurationsGrow(): (servers: Servers, changed: NodeId) => string | undefined {
  const seen = new Map<NodeId, { readonly boot: number; readonly number: number }>();
  return (servers, changed) => {
    const state = servers.get(changed);
    if (state === undefined) return undefined;
    const { boot, configuration } = state;
    const known = seen.get(changed);
    if (known?.boot === boot && known.number === configuration.number) return undefined;
    if (known?.boot === boot && known.number > configuration.number)
      return `${changed} went from configuration ${known.number} back to ${configuration.number}`;
    seen.set(changed, { boot, number: configuration.number });
    return undefined;
  };
}

export const INVARIANT_NAMES = {
  updatePropagation: 'update propagation',
  inprocessRequests: 'in-process requests',
  processedEverywhere: 'processed updates are at every member',
  singleSequencer: 'single sequencer',
  configurationsGrow: 'configuration numbers only grow',
} as const;

export const chainInvariants = (server: Role<ServerState, Message>) => [
  stateInvariant(server, INVARIANT_NAMES.updatePropagation, updatePropagation),
  stateInvariant(server, INVARIANT_NAMES.processedEverywhere, processedEverywhere),
  stateInvariant(server, INVARIANT_NAMES.inprocessRequests, inprocessRequests),
  stateInvariant(server, INVARIANT_NAMES.singleSequencer, singleSequencer),
  stateInvariant(server, INVARIANT_NAMES.configurationsGrow, configurationsGrow),
];
