/** One node of the state and disk panels: a heading that opens it, and the way to where it changed before and after. */
import type { ComponentChildren, JSX } from 'preact';
import type { Shown } from './app.js';

export interface Neighbours {
  readonly before: number | undefined;
  readonly after: number | undefined;
}

export function NodeSection({
  shown: { model, view, moment, change, go },
  node,
  opensItself,
  badges,
  neighbours,
  children,
}: {
  readonly shown: Shown;
  readonly node: string;
  /** It is open unless it was closed by hand; any other only if it was opened by hand. */
  readonly opensItself: boolean;
  readonly badges: readonly string[];
  readonly neighbours: Neighbours;
  readonly children: () => ComponentChildren;
}): JSX.Element {
  const isOpen = view.node === node || (opensItself && !view.closed.includes(node));
  const others = view.closed.filter((one) => one !== node);
  const fold = (): void => {
    if (isOpen) change({ node: view.node === node ? undefined : view.node, closed: [...others, node] });
    else change({ node, closed: others });
  };
  const role = model.histories.get(node)?.roles.at(moment);
  const jump = (name: string, sign: string, to: number | undefined): JSX.Element => (
    <button
      type="button"
      disabled={to === undefined}
      aria-label={`${node}: ${name}`}
      title={to === undefined ? name : `${name}: step ${model.moments[to]?.id ?? ''}`}
      onClick={() => to !== undefined && go(to, { node })}
    >
      {sign}
    </button>
  );
  return (
    <section class={isOpen ? 'node open' : 'node'} aria-label={node}>
      <h3>
        <button type="button" class="fold" aria-expanded={isOpen} onClick={fold}>
          {node}
        </button>
        {role !== undefined && <span class="role">{role}</span>}
        {badges.map((badge) => (
          <span key={badge} class={`badge ${badge.split(' ')[0] ?? ''}`}>
            {badge}
          </span>
        ))}
        <span class="jumps">
          {jump('the change before', '◂ change', neighbours.before)}
          {jump('the next change', 'change ▸', neighbours.after)}
        </span>
      </h3>
      {isOpen && children()}
    </section>
  );
}
