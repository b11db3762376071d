/** The space-time diagram beside the rows in sight: one lane for each node, time running down with the rows. */
import type { JSX } from 'preact';
import { headlineOf } from './words.js';
import type { Shown } from './app.js';
import type { Flight, RunModel } from './run-model.js';
import { ROW, rowOf } from './rows.js';

/** How wide a lane is: all of them together leave room for the words. */
export const laneWidth = (nodes: number, listWidth: number): number =>
  Math.max(14, Math.min(76, Math.floor(listWidth / 2 / Math.max(1, nodes))));

/** How many steps that led to the current one are shown. */
const CHAIN_MAX = 12;

interface Window {
  readonly first: number;
  readonly end: number;
  readonly laneWidth: number;
}

export function Lanes({ model, moment, rows, first, end, laneWidth: width }: Shown & Window): JSX.Element {
  const place = new Map(model.nodes.map((name, index) => [name, index]));
  const xOf = (node: string): number => ((place.get(node) ?? 0) + 0.5) * width;
  const [from, to] = [rows[first] ?? 0, rows[end - 1] ?? 0];
  /** The middle of the moment's row; of a moment that is not shown, the edge where it would be. */
  const yOf = (at: number): number => {
    const row = rowOf(rows, at);
    return (row - first + (rows[row] === at ? 0.5 : 0)) * ROW;
  };
  const height = (end - first) * ROW;
  const clipped = (y: number): number => Math.max(-ROW, Math.min(height + ROW, y));
  const chain = chainTo(model, moment);
  // Of what the filter hides not even the arrows are drawn.
  const arrows = [...model.flights.within(from, to)].filter(
    (flight) => rows[rowOf(rows, flight.to)] === flight.to || flight.arrives === 'under way',
  );
  const spans = <S extends { readonly from: number; readonly to: number }>(all: readonly S[]): readonly S[] =>
    all.filter((span) => span.from <= to && span.to >= from);
  return (
    <svg
      class="diagram"
      style={{ top: `${first * ROW}px` }}
      width={width * model.nodes.length}
      height={height}
      aria-hidden="true"
    >
      {model.nodes.map((name) => (
        <line key={name} class="life" x1={xOf(name)} x2={xOf(name)} y1={0} y2={height} />
      ))}
      {spans(model.downs).map(({ node, from: since, to: until }) => (
        <line
          key={`${node}${since}`}
          class="down"
          x1={xOf(node)}
          x2={xOf(node)}
          y1={clipped(yOf(since))}
          y2={clipped(yOf(until))}
        />
      ))}
      {spans(model.faults).flatMap(({ nodes, from: since, to: until, place: index }) =>
        nodes.flatMap((node) =>
          place.has(node) ? (
            <rect
              key={`${node}${since}-${index}`}
              class="fault"
              x={xOf(node) - width / 2 + 1}
              width={width - 2}
              y={clipped(yOf(since))}
              height={Math.max(2, clipped(yOf(until)) - clipped(yOf(since)))}
            />
          ) : (
            []
          ),
        ),
      )}
      {[...model.operationsIn.within(from, to)].map(({ node, from: called, to: returned, isCulprit, key }) => (
        <rect
          key={key}
          class={isCulprit ? 'operation culprit' : 'operation'}
          x={xOf(node) - 3}
          width={6}
          rx={2}
          y={clipped(yOf(called))}
          height={Math.max(4, clipped(yOf(returned)) - clipped(yOf(called)))}
        />
      ))}
      {arrows.map((flight) => (
        <Arrow
          key={`${flight.message.key}-${flight.to}`}
          flight={flight}
          ends={[xOf(flight.message.send.from), yOf(flight.from), xOf(flight.message.send.to), yOf(flight.to)]}
          role={roleOf(flight, moment, chain)}
        />
      ))}
      {rows.slice(first, end).map((at) => (
        <Dot key={at} model={model} at={at} y={yOf(at)} xOf={xOf} isCurrent={at === moment} />
      ))}
    </svg>
  );
}

function roleOf({ from, to }: Flight, moment: number, chain: ReadonlySet<number>): string {
  if (from === moment || to === moment) return 'near';
  return chain.has(from) && chain.has(to) ? 'chain' : '';
}

/** The moments that led to `moment`, each caused by the one before, itself included. */
export function chainTo(model: RunModel, moment: number): ReadonlySet<number> {
  const chain = new Set<number>();
  for (let at: number | undefined = moment; at !== undefined && !chain.has(at) && chain.size < CHAIN_MAX;) {
    chain.add(at);
    at = model.causeOf(at);
  }
  return chain;
}

function Arrow({
  flight,
  ends: [x1, y1, x2, y2],
  role,
}: {
  readonly flight: Flight;
  readonly ends: readonly [number, number, number, number];
  readonly role: string;
}): JSX.Element {
  const { arrives } = flight;
  if (arrives === 'delivered') {
    const length = Math.hypot(x2 - x1, y2 - y1) || 1;
    const [dx, dy] = [(x2 - x1) / length, (y2 - y1) / length];
    const [tipX, tipY] = [x2 - 3 * dx, y2 - 3 * dy];
    const wing = (side: number): string => `${tipX - 7 * dx + side * 3 * dy},${tipY - 7 * dy - side * 3 * dx}`;
    return (
      <g class={`arrow ${role}`}>
        <line x1={x1} y1={y1} x2={tipX - 4 * dx} y2={tipY - 4 * dy} />
        <polygon points={`${tipX},${tipY} ${wing(1)} ${wing(-1)}`} />
      </g>
    );
  }
  // What does not arrive breaks off before its end.
  const [stopX, stopY] = arrives === 'lost' ? [x1 + (x2 - x1) * 0.7, y1 + (y2 - y1) * 0.7] : [x2, y2];
  return (
    <g class={`arrow ${arrives === 'lost' ? 'lost' : 'open'} ${role}`}>
      <line x1={x1} y1={y1} x2={stopX} y2={stopY} />
      {arrives === 'lost' && <path d={`M ${stopX - 4} ${stopY - 4} l 8 8 m 0 -8 l -8 8`} />}
    </g>
  );
}

function Dot({
  model,
  at,
  y,
  xOf,
  isCurrent,
}: {
  readonly model: RunModel;
  readonly at: number;
  readonly y: number;
  readonly xOf: (node: string) => number;
  readonly isCurrent: boolean;
}): JSX.Element | null {
  const events = model.eventsOf(at);
  const main = headlineOf(events);
  if (main.kind === 'fault-begins' || main.kind === 'fault-ends')
    return (
      <g class="strike">
        {main.nodes.map((node) => (
          <text key={node} x={xOf(node)} y={y + 4}>
            {main.mark}
          </text>
        ))}
      </g>
    );
  if (!('node' in main)) return null;
  const changed = events.some(({ kind }) => kind === 'state');
  const radius = isCurrent ? 5 : 3;
  return main.kind === 'timer' || main.kind === 'synced' ? (
    <rect
      class={changed ? 'dot changed' : 'dot'}
      x={xOf(main.node) - radius}
      y={y - radius}
      width={2 * radius}
      height={2 * radius}
    />
  ) : (
    <circle class={changed ? 'dot changed' : 'dot'} cx={xOf(main.node)} cy={y} r={radius} />
  );
}
