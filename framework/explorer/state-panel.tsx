/** The state of every node as a tree, with what this step changed, or with what changed since the pinned step. */
import { useState } from 'preact/hooks';
import type { JSX } from 'preact';
import type { Shown } from './app.js';
import { NodeSection } from './node-section.js';
import { Tree } from './tree.js';
import { differenceOf } from '../recording/difference.js';
import { neighbourOfPart, type NodeHistory, type NodeState, type Path } from '../recording/node-histories.js';

export function StatePanel(shown: Shown): JSX.Element {
  const { model, moment, pin, change } = shown;
  const base = pin ?? moment - 1;
  const id = (at: number): string => model.moments[at]?.id ?? 'the start';
  const here = model.nodeAt(moment);
  const nodes = model.nodes.flatMap((node) => {
    const history = model.histories.get(node);
    if (history === undefined) return [];
    const { states } = history;
    const before: NodeState = base < 0 ? { kind: 'down' } : states.at(base);
    const now = states.at(moment);
    return [{ node, now, before, states, isChanged: differs(before, now) }];
  });
  return (
    <>
      <div class="compare">
        <span>
          {pin === undefined ? (
            <>What step {id(moment)} changed</>
          ) : (
            <>
              From step <b>{id(pin)}</b> to step <b>{id(moment)}</b>
            </>
          )}
        </span>
        <span class="legend">
          <ins>+ added</ins> <del>− removed</del> <span class="replaced">~ changed</span>
        </span>
        {pin === undefined ? (
          <button type="button" onClick={() => change({ pin: model.moments[moment]?.id })}>
            compare with this step from now on
          </button>
        ) : (
          <button type="button" onClick={() => change({ pin: undefined })}>
            unpin
          </button>
        )}
      </div>
      {nodes.map(({ node, now, before, states, isChanged }) => (
        <NodeSection
          key={node}
          shown={shown}
          node={node}
          opensItself={isChanged || node === here}
          badges={[...(now.kind === 'down' ? ['down'] : []), ...(isChanged ? ['changed'] : [])]}
          neighbours={{ before: states.neighbour(moment, 'before'), after: states.neighbour(moment, 'after') }}
        >
          {() => <State {...{ shown, node, states, now, before }} />}
        </NodeSection>
      ))}
    </>
  );
}

const differs = (before: NodeState, now: NodeState): boolean =>
  before.kind === 'down' || now.kind === 'down'
    ? before.kind !== now.kind
    : differenceOf(before.state, now.state).kind !== 'same';

function State({
  shown: { moment, go },
  node,
  states,
  now,
  before,
}: {
  readonly shown: Shown;
  readonly node: string;
  readonly states: NodeHistory['states'];
  readonly now: NodeState;
  readonly before: NodeState;
}): JSX.Element {
  const [said, say] = useState({ moment, words: '' });
  const follow = (path: Path, direction: 'before' | 'after'): void => {
    const to = neighbourOfPart(states, path, moment, direction);
    const where = direction === 'before' ? 'before' : 'after';
    if (to === undefined) say({ moment, words: `${path.join('.')} does not change ${where} this step.` });
    else go(to, { node });
  };
  if (now.kind === 'down')
    return <p class="quiet">The process is down: it has no state{before.kind === 'up' ? ' any more' : ''}.</p>;
  return (
    <>
      {before.kind === 'down' && <p class="quiet">The process has just started.</p>}
      <Tree value={now.state} before={before.kind === 'up' ? { value: before.state } : undefined} follow={follow} />
      <p class="quiet" role="status">
        {said.moment === moment && said.words}
      </p>
    </>
  );
}
