/** The plan, part by part: what each was, and what the run is without it, which can be looked at instead. */
import type { JSX } from 'preact';
import { formatTime } from '../kernel/time.js';
import type { PlanPart } from '../recording/recording.js';
import type { Shown } from './app.js';
import type { RunModel } from './run-model.js';

const SIGNS = { operation: '┬', fault: '⚡', fate: '✉', point: '◇' } as const;
const TITLES = {
  operation: 'Operations',
  fault: 'Faults',
  fate: 'Decided fates of messages',
  point: 'Fault points of the protocol',
} as const;
const GROUPS = ['operation', 'fault', 'fate', 'point'] as const;

export function PlanPanel(shown: Shown & { readonly main: RunModel }): JSX.Element {
  const { model } = shown;
  const { parts, network, plan } = model.recording;
  const isKnown = parts.some(({ without }) => without !== undefined);
  return (
    <>
      <p class="quiet">
        {isKnown
          ? 'Switch a part off to see the run without it: everything on this page then shows that run.'
          : 'What the run would be without each part was not tried: the plan is too large, or it does not fail.'}
      </p>
      {GROUPS.map((kind) => {
        const group = parts.filter((part) => part.kind === kind);
        return (
          group.length > 0 && (
            <section key={kind} aria-label={TITLES[kind]}>
              <h3>{TITLES[kind]}</h3>
              <ul class="parts">
                {group.map((part) => (
                  <Part key={part.place} part={part} shown={shown} />
                ))}
              </ul>
            </section>
          )
        );
      })}
      <h3>For all</h3>
      <ul class="parts">
        <li>{network}</li>
        <li>everything heals at {formatTime(plan.healAt)}</li>
        {plan.servers !== undefined && <li>{plan.servers} servers are enough</li>}
      </ul>
    </>
  );
}

function Part({
  part,
  shown,
}: {
  readonly part: PlanPart;
  readonly shown: Shown & { readonly main: RunModel };
}): JSX.Element {
  const { model, main, view, moment, change, go } = shown;
  const { kind, place, words, at, without } = part;
  const id = `${kind}-${place}`;
  const isOff = view.without === id;
  const canSwitch = without?.run !== undefined;
  const toggle = (): void => {
    const step = model.moments[moment]?.step ?? 0;
    const target = isOff ? step : Math.min(step, without?.differsAtStep ?? step);
    change({ without: isOff ? undefined : id, at: String(target), message: undefined });
  };
  const began = kind === 'fault' ? main.faults.find((fault) => fault.place === place)?.from : undefined;
  return (
    <li class={isOff ? 'part off' : 'part'}>
      <button
        type="button"
        role="switch"
        class="switch"
        aria-checked={!isOff}
        aria-label={`${words}: part of the run`}
        disabled={!canSwitch}
        title={canSwitch ? (isOff ? 'Put it back' : 'See the run without it') : 'The run without it was not recorded'}
        onClick={toggle}
      />
      <span class="what">
        <span aria-hidden="true">{SIGNS[kind]}</span> <span class="text">{words}</span>
        {at !== undefined && <span class="quiet"> at {formatTime(at)}</span>}{' '}
        {began !== undefined && model === main && (
          <button type="button" class="link" onClick={() => go(began)}>
            step {main.moments[began]?.id}
          </button>
        )}
        {without !== undefined && (
          <span class={`outcome ${without.outcome === 'does not fail' ? 'needed' : 'other'}`}>
            without it, the run <b>{without.outcome}</b>
            {without.outcome === 'fails otherwise' &&
              without.run?.failure !== undefined &&
              ` (${without.run.failure.signature})`}
          </span>
        )}
      </span>
    </li>
  );
}
