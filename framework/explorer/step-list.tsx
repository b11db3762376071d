/** Every moment a row, with the space-time diagram beside the words. Only the rows in sight are in the page. */
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { JSX, RefObject } from 'preact';
import { millis } from '../report/describe.js';
import type { Shown } from './app.js';
import { laneName } from './lane-name.js';
import { Lanes, laneWidth } from './lanes.js';
import { nextMatch, ROW, rowOf, shownMoments } from './rows.js';
import { KINDS, type Kind } from './words.js';

/** Rows drawn beyond those in sight, on either side. */
const SPARE = 8;
const LABELS: Readonly<Record<Kind, string>> = {
  messages: '→ messages',
  losses: '✕ losses',
  timers: '◷ timers',
  disk: '▤ disk',
  operations: '┬ operations',
  faults: '⚡ faults',
};

export function StepList(shown: Shown & { readonly search: RefObject<HTMLInputElement | null> }): JSX.Element {
  const { model, view, moment, pin, rows, go, change, search } = shown;
  const scroller = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const [{ height, width }, setSize] = useState({ height: 600, width: 720 });
  const current = useMemo(() => rowOf(rows, moment), [rows, moment]);

  useEffect(() => {
    const element = scroller.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(() => setSize({ height: element.clientHeight, width: element.clientWidth }));
    observer.observe(element);
    return () => {
      observer.disconnect();
    };
  }, []);

  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const at = Math.floor(current) * ROW;
    const { scrollTop, clientHeight } = element;
    const isNear = at >= scrollTop - 3 * ROW && at <= scrollTop + clientHeight + 3 * ROW;
    if (at >= scrollTop + ROW && at + 2 * ROW <= scrollTop + clientHeight) return;
    // Walking moves the list a little; a jump puts its target in the middle.
    element.scrollTop = !isNear ? at - clientHeight / 2 : at < scrollTop + ROW ? at - ROW : at + 2 * ROW - clientHeight;
    setTop(element.scrollTop);
  }, [current]);

  // The list may have become shorter than where it was looked at.
  const first = Math.max(0, Math.min(rows.length, Math.floor(top / ROW)) - SPARE);
  const end = Math.min(rows.length, Math.ceil((top + height) / ROW) + SPARE);
  const window = rows.slice(first, end);
  const lanes = laneWidth(model.nodes.length, width);
  const certain = model.blame.find(({ kind }) => kind === 'certain')?.moment;
  const culprits = new Set(model.blame.filter(({ kind }) => kind !== 'certain').map(({ moment: at }) => at));
  return (
    <section class="steps" aria-label="Steps" style={{ '--lanes': `${lanes * model.nodes.length}px` }}>
      <Filter {...shown} search={search} />
      <div class="lane-names">
        <span class="lanes">
          {model.nodes.map((name) => (
            <button
              key={name}
              type="button"
              tabIndex={-1}
              style={{ width: `${lanes}px` }}
              title={titleOf(name, model.histories.get(name)?.roles.at(moment))}
              aria-label={`${name}: show its state`}
              onClick={() => change({ node: name, tab: view.tab === 'disk' ? 'disk' : 'state' })}
            >
              {laneName(name, lanes)}
            </button>
          ))}
        </span>
      </div>
      <div
        class="scroller"
        ref={scroller}
        role="listbox"
        aria-label="Moments of the run"
        aria-activedescendant={rows[current] === moment ? `moment-${moment}` : undefined}
        tabIndex={0}
        onScroll={(event) => setTop(event.currentTarget.scrollTop)}
      >
        <div class="rows" role="presentation" style={{ height: `${rows.length * ROW}px` }}>
          <Lanes {...shown} first={first} end={end} laneWidth={lanes} />
          {window.map((at, place) => {
            const { mark, words, note } = model.line(at);
            const { id, time } = model.moments[at] ?? { id: '0', time: 0 };
            const classes = [
              'row',
              at === moment ? 'current' : '',
              at === pin ? 'pinned' : '',
              culprits.has(at) ? 'culprit' : '',
            ];
            return (
              <div
                key={at}
                id={`moment-${at}`}
                role="option"
                aria-selected={at === moment}
                aria-setsize={rows.length}
                aria-posinset={first + place + 1}
                class={classes.filter((one) => one !== '').join(' ')}
                style={{ top: `${(first + place) * ROW}px` }}
                onClick={() => go(at)}
              >
                <span class="id">{id}</span>
                <span class="ms">{millis(time)}</span>
                <span class="lanes" />
                <span class={`mark mark-${markName(mark)}`} aria-hidden="true">
                  {mark}
                </span>
                <span class="words" title={note === '' ? words : `${words} — ${note}`}>
                  {culprits.has(at) && <b class="star">★ </b>}
                  {at === certain && <b class="star">◆ </b>}
                  {words}
                  {note !== '' && <span class="note"> — {note}</span>}
                </span>
              </div>
            );
          })}
        </div>
      </div>
      {rows.length === 0 && <p class="nothing">No moment matches the filter.</p>}
    </section>
  );
}

const titleOf = (node: string, role: string | undefined): string =>
  `${node}${role === undefined ? '' : `, ${role}`}: show its state`;

const markName = (mark: string): string =>
  ({ '→': 'message', '✕': 'lost', '⚡': 'fault', '✝': 'fault', '┬': 'operation', '┴': 'operation' })[mark] ?? 'other';

function Filter({
  model,
  view,
  moment,
  rows,
  change,
  go,
  search,
}: Shown & { readonly search: RefObject<HTMLInputElement | null> }): JSX.Element {
  const { kinds = KINDS, nodes = model.nodes } = view;
  const [typed, setTyped] = useState(view.find);
  useEffect(() => setTyped(view.find), [view.find]);
  useEffect(() => {
    if (typed === view.find) return undefined;
    // A long run is searched when typing pauses, not at each letter.
    const timer = setTimeout(() => change({ find: typed }), 150);
    return () => {
      clearTimeout(timer);
    };
  }, [typed, view.find, change]);
  const isFiltered = view.find !== '' || view.quiet || view.kinds !== undefined || view.nodes !== undefined;
  const toggled = <T extends string>(all: readonly T[], chosen: readonly T[], one: T): readonly T[] | undefined => {
    const next = all.filter((other) => (other === one) !== chosen.includes(other));
    return next.length === all.length ? undefined : next;
  };
  return (
    <div class="filter" role="search" aria-label="Filter the moments">
      <input
        ref={search}
        type="search"
        aria-label="Search"
        placeholder="search: put x, s1, lost …  ( / )"
        value={typed}
        onInput={(event) => setTyped(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape' && typed !== '') {
            // Only then is it the page's, which leaves the field.
            event.preventDefault();
            setTyped('');
            change({ find: '' });
          }
          if (event.key !== 'Enter') return;
          const to = nextMatch(shownMoments(model, { ...view, find: typed }), moment, event.shiftKey ? -1 : 1);
          if (to !== undefined) go(to, { find: typed });
        }}
      />
      <span class="count" role="status">
        {isFiltered ? `${rows.length} of ${model.moments.length}` : `${model.moments.length} moments`}
      </span>
      {isFiltered && (
        <button type="button" onClick={() => change({ find: '', quiet: false, kinds: undefined, nodes: undefined })}>
          show all
        </button>
      )}
      <label title="Heartbeats, timers and their like, which follow from no operation">
        <input type="checkbox" checked={view.quiet} onChange={() => change({ quiet: !view.quiet })} /> hide background
      </label>
      <details class="choices">
        <summary>
          {view.kinds === undefined && view.nodes === undefined
            ? 'filter'
            : `filter: ${kinds.length} kinds, ${nodes.length} nodes`}
        </summary>
        <div class="menu">
          <fieldset>
            <legend>Kinds</legend>
            {KINDS.map((kind) => (
              <label key={kind}>
                <input
                  type="checkbox"
                  checked={kinds.includes(kind)}
                  onChange={() => change({ kinds: toggled(KINDS, kinds, kind) })}
                />
                {LABELS[kind]}
              </label>
            ))}
          </fieldset>
          <fieldset>
            <legend>Nodes</legend>
            {model.nodes.map((node) => (
              <label key={node}>
                <input
                  type="checkbox"
                  checked={nodes.includes(node)}
                  onChange={() => change({ nodes: toggled(model.nodes, nodes, node) })}
                />
                {node}
              </label>
            ))}
          </fieldset>
        </div>
      </details>
    </div>
  );
}
