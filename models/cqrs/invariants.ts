/**
 * What must hold after every step at the two read models that keep something on disk: a table's position never goes back,
 * and what was rebuilt from the log has all that it takes the place of. Only what the last step can have changed is looked at.
 */
import { equal, stateInvariant, type NodeId, type Role, type StateInvariant } from '../../framework/index.js';
import type { Message } from './messages.js';
import type { SearchState } from './search-state.js';
import type { TableState } from './table-state.js';

export const REBUILT_TABLE = 'a rebuilt table equals the live one that it replaces';
export const REBUILT_SEARCH = 'a rebuilt search index has all that the live one has that it replaces';

/** Judges a state once for each rebuild: when its generation has changed. */
function onSwap<S extends { readonly generation: number }>(judge: (state: S) => string | undefined) {
  return () => {
    const generations = new Map<NodeId, number>();
    return (nodes: ReadonlyMap<NodeId, S>, changed: NodeId): string | undefined => {
      const state = nodes.get(changed);
      const before = generations.get(changed);
      if (state === undefined || before === state.generation) return undefined;
      generations.set(changed, state.generation);
      return before === undefined ? undefined : judge(state);
    };
  };
}

/** The new one may be ahead, if the log is; then its rows have at least the versions of the old ones. */
function rebuiltTable({ table, replaced }: TableState): string | undefined {
  if (replaced === null) return undefined;
  const { rows, counters, position } = table;
  for (const [order, row] of Object.entries(replaced.rows)) {
    const version = rows[order]?.version ?? 0;
    if (version < row.version)
      return `The rebuilt table has version ${version} of ${order}, the one it replaces has version ${row.version}.`;
  }
  const isSame = equal({ rows, counters }, { rows: replaced.rows, counters: replaced.counters });
  return isSame || position > replaced.position
    ? undefined
    : `At position ${position} the rebuilt table has ${JSON.stringify(counters)}, the one it replaces ${JSON.stringify(replaced.counters)}.`;
}

function rebuiltSearch({ documents, replaced }: SearchState): string | undefined {
  for (const [order, { version }] of Object.entries(replaced ?? {})) {
    const present = documents[order]?.version ?? 0;
    if (present < version)
      return `The rebuilt index has version ${present} of ${order}, the one it replaces has version ${version}.`;
  }
  return undefined;
}

export const invariants = (
  table: Role<TableState, Message>,
  search: Role<SearchState, Message>,
): readonly StateInvariant[] => [
  stateInvariant(table, "the table's position never goes back", () => {
    let highest = 0;
    return (nodes, changed) => {
      const position = nodes.get(changed)?.table.position;
      if (position === undefined || position === highest) return undefined;
      if (position < highest) return `The table was at position ${highest}, and is at ${position} now.`;
      highest = position;
      return undefined;
    };
  }),
  stateInvariant(table, REBUILT_TABLE, onSwap(rebuiltTable)),
  stateInvariant(search, REBUILT_SEARCH, onSwap(rebuiltSearch)),
];
