/** The explorer: the failure in words, the whole run at a glance, its steps, and what is behind the current one. */
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { JSX } from 'preact';
import type { Recording } from '../recording/recording.js';
import { momentCalled } from '../recording/timeline.js';
import { Controls } from './controls.js';
import { DiskPanel } from './disk-panel.js';
import { Header } from './header.js';
import { Help } from './help.js';
import { HistoryPanel } from './history-panel.js';
import { actionOf } from './keyboard.js';
import { Overview } from './overview.js';
import { PlanPanel } from './plan-panel.js';
import { modelOf, type RunModel } from './run-model.js';
import { StatePanel } from './state-panel.js';
import { StepList } from './step-list.js';
import { StepPanel } from './step-panel.js';
import { nextRow, shownMoments } from './rows.js';
import { TAB_NAMES, Tabs } from './tabs.js';
import { fromHash, START, toHash, type View } from './view.js';

/** What every part of the page is given. */
export interface Shown {
  readonly model: RunModel;
  readonly view: View;
  /** The current moment, and the one that states are compared with. */
  readonly moment: number;
  readonly pin: number | undefined;
  /** The moments that the filter lets through, in order. */
  readonly rows: readonly number[];
  readonly change: (part: Partial<View>) => void;
  /** Goes to a moment, with whatever else is to change. */
  readonly go: (moment: number, part?: Partial<View>) => void;
}

/** Between two steps of play. */
const PLAY_MILLIS = 250;

export function App({ recording }: { readonly recording: Recording }): JSX.Element {
  const main = useMemo(() => modelOf(recording, recording.run), [recording]);
  const start = useMemo((): View => {
    return { ...START, at: main.moments[main.start]?.id ?? START.at };
  }, [main]);
  const [view, setView] = useState(() => fromHash(location.hash, start));
  const [speed, setSpeed] = useState(0);
  const [isHelpOpen, setHelpOpen] = useState(false);
  const search = useRef<HTMLInputElement>(null);

  const other = recording.parts.find(({ kind, place }) => view.without === `${kind}-${place}`)?.without?.run;
  const model = useMemo(() => (other === undefined ? main : modelOf(recording, other)), [recording, main, other]);
  const moment = momentCalled(model.moments, view.at);
  const pin = view.pin === undefined ? undefined : momentCalled(model.moments, view.pin);
  const { find, quiet, kinds, nodes } = view;
  const rows = useMemo(() => shownMoments(model, { find, quiet, kinds, nodes }), [model, find, quiet, kinds, nodes]);

  const change = useCallback((part: Partial<View>) => {
    setView((before) => ({ ...before, ...part }));
  }, []);
  const go = useCallback(
    (to: number, part: Partial<View> = {}) => {
      const bounded = Math.max(0, Math.min(model.moments.length - 1, to));
      change({ ...part, at: model.moments[bounded]?.id ?? START.at });
    },
    [model, change],
  );

  useEffect(() => {
    // Browsers allow so many changes of the address in a while, and scrubbing makes more.
    const timer = setTimeout(() => {
      history.replaceState(null, '', toHash(view));
    }, 150);
    return () => {
      clearTimeout(timer);
    };
  }, [view]);

  useEffect(() => {
    const follow = (): void => {
      setView(fromHash(location.hash, start));
    };
    addEventListener('hashchange', follow);
    return () => {
      removeEventListener('hashchange', follow);
    };
  }, [start]);

  // Before the next event, not after the next paint: a key that follows quickly steps from where this one led.
  useLayoutEffect(() => {
    const press = (event: KeyboardEvent): void => {
      const action = actionOf(event);
      if (action === undefined) return;
      event.preventDefault();
      switch (action.kind) {
        case 'step':
          go(nextRow(rows, moment, action.by));
          break;
        case 'first':
          go(rows[0] ?? 0);
          break;
        case 'last':
          go(rows.at(-1) ?? 0);
          break;
        case 'play':
          setSpeed((now) => (now > 0 ? 0 : 1));
          break;
        case 'search':
          search.current?.focus();
          search.current?.select();
          break;
        case 'blame': {
          const { blame } = model;
          const next = blame.find((one) => one.moment > moment) ?? blame[0];
          if (next !== undefined) go(next.moment);
          break;
        }
        case 'pin':
          change({ pin: pin === moment ? undefined : model.moments[moment]?.id, tab: 'state' });
          break;
        case 'help':
          setHelpOpen((isOpen) => !isOpen);
          break;
        case 'tab':
          change({ tab: action.tab });
          break;
      }
    };
    addEventListener('keydown', press);
    return () => {
      removeEventListener('keydown', press);
    };
  }, [model, rows, moment, pin, go, change]);

  const isAtEnd = moment >= (rows.at(-1) ?? 0);
  useEffect(() => {
    if (speed === 0) return undefined;
    if (isAtEnd) {
      setSpeed(0);
      return undefined;
    }
    const timer = setTimeout(() => {
      go(nextRow(rows, moment, 1));
    }, PLAY_MILLIS / speed);
    return () => {
      clearTimeout(timer);
    };
  }, [speed, isAtEnd, rows, moment, go]);

  const shown: Shown = { model, view, moment, pin, rows, change, go };
  const panels = {
    step: () => <StepPanel {...shown} />,
    state: () => <StatePanel {...shown} />,
    disk: () => <DiskPanel {...shown} />,
    history: () => <HistoryPanel {...shown} />,
    plan: () => <PlanPanel {...shown} main={main} />,
  };
  return (
    <div class="explorer">
      <Header {...shown} main={main} openHelp={() => setHelpOpen(true)} />
      <section class="time" aria-label="Time travel">
        <Overview {...shown} />
        <Controls {...shown} speed={speed} setSpeed={setSpeed} />
      </section>
      <main>
        <StepList {...shown} search={search} />
        <section class="side" aria-label="Details">
          <Tabs tab={view.tab} choose={(tab) => change({ tab })} />
          <div
            class="panel"
            role="tabpanel"
            id="panel"
            tabIndex={0}
            aria-labelledby={`tab-${view.tab}`}
            data-tab={view.tab}
          >
            {view.tab !== 'step' && <h2 class="unseen">{TAB_NAMES[view.tab]}</h2>}
            {panels[view.tab]()}
          </div>
        </section>
      </main>
      {isHelpOpen && <Help close={() => setHelpOpen(false)} />}
    </div>
  );
}
