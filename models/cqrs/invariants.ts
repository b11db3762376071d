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

/** What of `before` is missing in `rebuilt`, which may have later versions, but must have the same in the same version. */
function lackOf<T extends { readonly version: number }>(
  rebuilt: Readonly<Record<string, T>>,
  before: Readonly<Record<string, T>>,
): string | undefined {
  for (const [order, old] of Object.entries(before)) {
    const now = rebuilt[order];
    if (now === undefined || now.version < old.version)
      return `has version ${now?.version ?? 0} of ${order}, the one it replaces has version ${old.version}.`;
    if (now.version === old.version && !equal(now, old))
      return `has ${JSON.stringify(now)} for ${order}, the one it replaces ${JSON.stringify(old)}.`;
  }
  return undefined;
}

/** The new one may be ahead, if the log is; at the same position, counters are the same too. */
function rebuiltTable({ table, replaced }: TableState): string | undefined {
  if (replaced === null) return undefined;
  const { rows, counters, position } = table;
  const lack = lackOf(rows, replaced.rows);
  if (lack !== undefined) return `The rebuilt table ${lack}`;
  return position > replaced.position || equal({ rows, counters }, { rows: replaced.rows, counters: replaced.counters })
    ? undefined
    : `At position ${position} the rebuilt table has ${JSON.stringify(counters)}, the one it replaces ${JSON.stringify(replaced.counters)}.`;
}

function rebuiltSearch({ documents, replaced }: SearchState): string | undefined {
  const lack = lackOf(documents, replaced ?? {});
  return lack === undefined ? undefined : `The rebuilt index ${lack}`;
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
