/** What clients asked and were told, as bars; where it is not linearizable, the longest legal order, and those that lead to each operation. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { JSX } from 'preact';
import { operationsOf, type RecordedOperation } from '../history/operations.js';
import { formatTime } from '../kernel/time.js';
import { operationKey } from '../report/causes.js';
import { answeredWords, cut } from '../report/describe.js';
import type { Shown } from './app.js';
import { AROUND, BAR, CHARACTER, HistoryLayout, type Point } from './history-layout.js';
import type { OperationSpan } from './run-model.js';

/** The width of the numbers of processes, which stay in sight, and what the words of a bar keep where it ends near them. */
const PROCESSES = 26;
const LABEL_MIN = 60;

const spanOf = (
  { process, invokedAt }: RecordedOperation,
  spans: ReadonlyMap<string, OperationSpan>,
): OperationSpan | undefined => spans.get(operationKey({ process, time: invokedAt }));

export function HistoryPanel(shown: Shown): JSX.Element {
  const { model, moment, go } = shown;
  const { run } = model;
  const linearization = run.failure?.linearization;
  const [isWhole, setWhole] = useState(false);
  const [pointed, point] = useState<number | undefined>();
  const box = useRef<HTMLDivElement>(null);
  const [sight, setSight] = useState<readonly [number, number]>([0, 800]);
  const contradiction = linearization?.contradiction ?? run.failure?.operations ?? [];
  const culprit = contradiction.at(-1);
  const [, room] = sight;

  const layout = useMemo(() => {
    const history = linearization?.history ?? run.history.slice(0, run.inspectionsFrom);
    const all = operationsOf(history);
    const concerned = new Set(linearization?.concerned);
    const operations = linearization === undefined || isWhole ? all : all.filter(({ index }) => concerned.has(index));
    return new HistoryLayout(operations, room);
  }, [run, linearization, isWhole, room]);
  const spans = useMemo(() => new Map(model.operations.map((one) => [one.key, one])), [model]);
  const orders = useMemo(() => new Map(linearization?.orders.map((one) => [one.to, one])), [linearization]);

  useEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const look = (): void => setSight([element.scrollLeft, element.clientWidth]);
    look();
    const observer = new ResizeObserver(look);
    observer.observe(element);
    return () => {
      observer.disconnect();
    };
  }, [layout]);
  const nowX = useMemo(() => layout.xAfter((one) => spanOf(one, spans), moment), [layout, spans, moment]);
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const { scrollLeft, clientWidth } = element;
    // The current step is in sight, in the middle where it was not.
    if (nowX < scrollLeft + PROCESSES || nowX > scrollLeft + clientWidth - 8)
      element.scrollLeft = nowX - clientWidth / 2;
  }, [nowX]);

  if (layout.operations.length === 0) return <p class="quiet">No client asked for anything in this run.</p>;
  const [left, wide] = sight;
  const visible = layout.operations.filter((one) => {
    const [from, to] = layout.span(one);
    return to >= left - 200 && from <= left + wide + 200;
  });
  const way = orders.get(pointed ?? -1);
  const shownOrder = pointed === undefined ? linearization?.order : way?.order;
  const points = shownOrder === undefined ? [] : layout.pointsOf(shownOrder);
  const skipped = (shownOrder?.length ?? 0) - points.length;
  const chosen = layout.byIndex.get(pointed ?? culprit ?? -1);
  const roleOf = (index: number): string =>
    index === culprit ? 'culprit' : contradiction.includes(index) ? 'named' : '';
  return (
    <>
      {linearization !== undefined && (
        <p class="legend">
          Not linearizable as a {linearization.spec}
          {linearization.key !== undefined && (
            <>
              , key <b>{linearization.key}</b>
            </>
          )}
          . <span class="green">━ a legal order</span> <span class="culprit-line">┅✕ has no place in it</span>{' '}
          <span class="named-line">▮ contradicts it</span>. Point at an operation for an order that leads to it.{' '}
          {linearization.concerned.length < linearization.history.length && (
            <label>
              <input type="checkbox" checked={isWhole} onChange={() => setWhole(!isWhole)} /> all keys
            </label>
          )}
        </p>
      )}
      {linearization === undefined && run.failure !== undefined && contradiction.length > 0 && (
        <p class="legend">
          <span class="culprit-line">★ shows the failure</span>: {run.failure.promise}. Legal orders are drawn only of
          what <code>checkLinearizability</code> found: a check that judges by it must return its violation, or one with
          the same <code>order</code>.
        </p>
      )}
      <div
        class="history"
        ref={box}
        tabIndex={0}
        role="group"
        aria-label="The history, operation by operation"
        onScroll={({ currentTarget: { scrollLeft, clientWidth } }) => setSight([scrollLeft, clientWidth])}
        onPointerLeave={() => point(undefined)}
      >
        <svg width={layout.width} height={layout.height}>
          {layout.processes.map((process) => (
            <line
              key={process}
              class="lane"
              x1={0}
              x2={layout.width}
              y1={layout.middle(process)}
              y2={layout.middle(process)}
            />
          ))}
          <line class="now" x1={nowX} x2={nowX} y1={4} y2={layout.height - 4} />
          {visible.map((one) => {
            const [from, to] = layout.span(one);
            const words = answeredWords(one);
            // Of a bar that begins out of sight the words are where it comes into sight.
            const start = Math.max(from, Math.min(left + PROCESSES, to - LABEL_MIN));
            const room = Math.max(2, Math.floor((to - start - AROUND) / CHARACTER));
            const span = spanOf(one, spans);
            return (
              <g
                key={one.index}
                class={`bar ${roleOf(one.index)} ${one.outcome.kind}`}
                role="button"
                tabIndex={0}
                aria-label={`process ${one.process}: ${words}`}
                onPointerEnter={() => point(one.index)}
                onFocus={() => point(one.index)}
                onClick={() => span !== undefined && go(span.from)}
                onKeyDown={(event) => {
                  if (event.key !== 'Enter' || span === undefined) return;
                  go(span.from);
                }}
              >
                <title>{`process ${one.process}: ${words}`}</title>
                <rect x={from} y={layout.middle(one.process) - BAR / 2} width={to - from} height={BAR} rx={4} />
                <text x={start + 6} y={layout.middle(one.process) + 4}>
                  {cut(words, room)}
                </text>
              </g>
            );
          })}
          <Order points={points} first={skipped + 1} isWay={pointed !== undefined} />
          {pointed === undefined && culprit !== undefined && linearization !== undefined && (
            <Nowhere from={points.at(-1)} layout={layout} culprit={culprit} />
          )}
          {layout.processes.map((process) => (
            <g key={process}>
              <rect class="process-paper" x={left} y={layout.middle(process) - 9} width={PROCESSES} height={18} />
              <text class="process" x={left + 8} y={layout.middle(process) + 4}>
                {process}
              </text>
            </g>
          ))}
        </svg>
      </div>
      {chosen !== undefined && (
        <Chosen
          one={chosen}
          span={spanOf(chosen, spans)}
          shown={shown}
          role={roleOf(chosen.index)}
          way={way?.order.flatMap((index) => layout.byIndex.get(index) ?? [])}
          state={way?.state}
          isJudged={linearization !== undefined}
        />
      )}
    </>
  );
}

function Order({
  points,
  first,
  isWay,
}: {
  readonly points: readonly Point[];
  readonly first: number;
  readonly isWay: boolean;
}): JSX.Element {
  return (
    <g class={isWay ? 'way' : 'order'}>
      {points.length > 1 && <polyline points={points.map((point) => point.join()).join(' ')} />}
      {points.map(([x, y], place) => (
        <g key={place}>
          <circle cx={x} cy={y} r={7} />
          <text x={x} y={y + 3}>
            {first + place}
          </text>
        </g>
      ))}
    </g>
  );
}

/** From the end of the legal order to the operation that has no place after it. */
function Nowhere({
  from,
  layout,
  culprit,
}: {
  readonly from: Point | undefined;
  readonly layout: HistoryLayout;
  readonly culprit: number;
}): JSX.Element | null {
  const one = layout.byIndex.get(culprit);
  if (one === undefined) return null;
  const [x, y] = [layout.span(one)[0] + 12, layout.middle(one.process) + BAR / 2 + 4];
  const [startX, startY] = from ?? [x, y];
  return <path class="nowhere" d={`M ${startX} ${startY} L ${x} ${y} m -4 -4 l 8 8 m 0 -8 l -8 8`} />;
}

function Chosen({
  one,
  span,
  shown: { model, go },
  role,
  way,
  state,
  isJudged,
}: {
  readonly one: RecordedOperation;
  readonly span: OperationSpan | undefined;
  readonly shown: Shown;
  readonly role: string;
  readonly way: readonly RecordedOperation[] | undefined;
  readonly state: string | undefined;
  readonly isJudged: boolean;
}): JSX.Element {
  const step = (moment: number): JSX.Element => (
    <button type="button" class="link" onClick={() => go(moment)}>
      step {model.moments[moment]?.id}
    </button>
  );
  return (
    <section class="chosen" aria-live="polite">
      <h3>
        {role === 'culprit' ? '★ ' : ''}
        {answeredWords(one)}
      </h3>
      <p class="quiet">
        process {one.process}, {formatTime(one.invokedAt)} –{' '}
        {one.returnedAt === null ? 'never answered' : formatTime(one.returnedAt)}
        {span !== undefined && <>; called in {step(span.from)}</>}
        {span?.completion !== undefined && <>, answered in {step(span.to)}</>}
      </p>
      {way !== undefined && (
        <>
          <p>
            A legal order that leads to it
            {state !== undefined && (
              <>
                , and to the state <code>{cut(state, 200)}</code>
              </>
            )}
            :
          </p>
          <ol class="way-list" start={Math.max(1, way.length - 29)}>
            {way.slice(-30).map((step_) => (
              <li key={step_.index}>
                {answeredWords(step_)} <span class="quiet">process {step_.process}</span>
              </li>
            ))}
          </ol>
        </>
      )}
      {isJudged && way === undefined && role === 'culprit' && (
        <p class="culprit-line">No legal order of what was called before it leads to this answer.</p>
      )}
    </section>
  );
}
