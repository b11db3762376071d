/** What Raft guarantees at all times (Fig. 3), checked after every step. Each step looks only at what it can have changed. */
import type { NodeId } from '../../framework/index.js';
import type { Consensus, LogEntry } from './state.js';

export const CONSENSUS_INVARIANT_NAMES = {
  electionSafety: 'election safety',
  logMatching: 'log matching',
  leaderCompleteness: 'leader completeness',
  stateMachineSafety: 'state machine safety',
} as const;

type Servers = ReadonlyMap<NodeId, Consensus<unknown>>;
type Check = (servers: Servers, changed: NodeId) => string | undefined;

/** At most one leader is elected in a term, ever. */
function electionSafety(): Check {
  const leaders = new Map<number, NodeId>();
  return (servers, changed) => {
    const server = servers.get(changed);
    if (server?.role !== 'leader') return undefined;
    const known = leaders.get(server.term) ?? changed;
    leaders.set(server.term, known);
    return known === changed ? undefined : `${known} and ${changed} were both elected in term ${server.term}`;
  };
}

const show = (entry: LogEntry<unknown> | undefined): string =>
  entry === undefined ? 'nothing' : JSON.stringify(entry);

/**
 * If two logs have an entry with the same index and term, they are the same up to there: so an index and a term say what
 * the entry is, and the term of the one before it. Whatever any log has ever held is remembered.
 */
function logMatching(): Check {
  const known = new Map<string, { readonly text: string; readonly previousTerm: number; readonly at: NodeId }>();
  const lengths = new Map<NodeId, string>();
  return (servers, changed) => {
    const log = servers.get(changed)?.log ?? [];
    const end = `${log.length}:${log.at(-1)?.term ?? 0}`;
    if (lengths.get(changed) === end) return undefined;
    lengths.set(changed, end);
    let previousTerm = 0;
    for (const [at, entry] of log.entries()) {
      const place = `${at + 1} of term ${entry.term}`;
      const one = known.get(place);
      if (one === undefined) known.set(place, { text: show(entry), previousTerm, at: changed });
      else if (one.previousTerm !== previousTerm)
        return `entry ${place} follows one of term ${previousTerm} at ${changed}, and one of term ${one.previousTerm} at ${one.at}`;
      else if (one.text !== show(entry))
        return `entry ${place} is ${show(entry)} at ${changed} and was ${one.text} at ${one.at}`;
      previousTerm = entry.term;
    }
    return undefined;
  };
}

/** The terms of the committed entries, and in which term each was first known to be committed. */
function commitWatcher() {
  const committed: { readonly term: number; readonly inTerm: number; readonly by: NodeId }[] = [];
  return {
    committed,
    learn: (server: Consensus<unknown> | undefined, name: NodeId): void => {
      for (let at = committed.length; server !== undefined && at < server.commitIndex; at++)
        committed.push({ term: server.log[at]?.term ?? 0, inTerm: server.term, by: name });
    },
  };
}

/** What is committed in a term is in the logs of the leaders of all later terms. */
function leaderCompleteness(): Check {
  const { committed, learn } = commitWatcher();
  const seen = new Map<NodeId, string>();
  return (servers, changed) => {
    const server = servers.get(changed);
    const before = committed.length;
    learn(server, changed);
    const leaders = committed.length > before ? [...servers] : server === undefined ? [] : [[changed, server] as const];
    for (const [name, { role, term, log }] of leaders) {
      if (role !== 'leader') continue;
      const from = seen.get(name) === String(term) ? before : 0;
      seen.set(name, String(term));
      for (let at = from; at < committed.length; at++) {
        const entry = committed[at];
        if (entry === undefined || entry.inTerm >= term || log[at]?.term === entry.term) continue;
        return (
          `${name} leads term ${term} with ${show(log[at])} at ${at + 1}, where ${entry.by} knew in term ${entry.inTerm} ` +
          `that an entry of term ${entry.term} was committed`
        );
      }
    }
    return undefined;
  };
}

/** No two servers ever apply different entries at one index: what is known to be committed is the same everywhere. */
function stateMachineSafety(): Check {
  const { committed, learn } = commitWatcher();
  const seen = new Map<NodeId, readonly [length: number, commitIndex: number]>();
  return (servers, changed) => {
    const server = servers.get(changed);
    if (server === undefined) {
      seen.delete(changed);
      return undefined;
    }
    const { log, commitIndex } = server;
    const last = seen.get(changed);
    if (last?.[0] === log.length && last[1] === commitIndex) return undefined;
    seen.set(changed, [log.length, commitIndex]);
    if (commitIndex > log.length)
      return `${changed} has ${log.length} entries, but knew ${commitIndex} of them to be committed`;
    learn(server, changed);
    for (let at = 0; at < commitIndex; at++) {
      const entry = committed[at];
      if (entry !== undefined && entry.term !== log[at]?.term)
        return `${changed} takes ${show(log[at])} to be committed at ${at + 1}, ${entry.by} had one of term ${entry.term}`;
    }
    return undefined;
  };
}

/** By name, for `stateInvariant`: `part` finds the consensus in the state of a server. */
export const consensusInvariants = <S>(
  part: (state: S) => Consensus<unknown>,
): readonly (readonly [
  name: string,
  start: () => (servers: ReadonlyMap<NodeId, S>, changed: NodeId) => string | undefined,
])[] => {
  const over = (start: () => Check) => () => {
    const check = start();
    const parts = new Map<NodeId, Consensus<unknown>>();
    return (servers: ReadonlyMap<NodeId, S>, changed: NodeId) => {
      parts.clear();
      for (const [name, state] of servers) parts.set(name, part(state));
      return check(parts, changed);
    };
  };
  return [
    [CONSENSUS_INVARIANT_NAMES.electionSafety, over(electionSafety)],
    [CONSENSUS_INVARIANT_NAMES.stateMachineSafety, over(stateMachineSafety)],
    [CONSENSUS_INVARIANT_NAMES.leaderCompleteness, over(leaderCompleteness)],
    [CONSENSUS_INVARIANT_NAMES.logMatching, over(logMatching)],
  ];
};
