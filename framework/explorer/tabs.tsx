/** The tabs beside the steps: one panel each. */
import { useRef } from 'preact/hooks';
import type { JSX } from 'preact';
import { TABS, type Tab } from './view.js';

const NAMES: Readonly<Record<Tab, string>> = {
  step: 'Step',
  state: 'State',
  disk: 'Disk',
  history: 'History',
  plan: 'Plan',
};

export function Tabs({ tab, choose }: { readonly tab: Tab; readonly choose: (tab: Tab) => void }): JSX.Element {
  const list = useRef<HTMLDivElement>(null);
  const move = (event: KeyboardEvent): void => {
    const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (by === 0) return;
    event.preventDefault();
    const next = TABS[(TABS.indexOf(tab) + by + TABS.length) % TABS.length] ?? tab;
    choose(next);
    list.current?.querySelector<HTMLElement>(`#tab-${next}`)?.focus();
  };
  return (
    <div class="tabs" role="tablist" aria-label="What to look at" ref={list} onKeyDown={move}>
      {TABS.map((one, place) => (
        <button
          key={one}
          type="button"
          role="tab"
          id={`tab-${one}`}
          aria-controls="panel"
          aria-selected={one === tab}
          tabIndex={one === tab ? 0 : -1}
          title={`${NAMES[one]} (${place + 1})`}
          onClick={() => choose(one)}
        >
          {NAMES[one]}
        </button>
      ))}
    </div>
  );
}
