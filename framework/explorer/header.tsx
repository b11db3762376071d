/** The failure in words, where it can be seen, and the commands to copy. */
import type { JSX } from 'preact';
import type { Shown } from './app.js';
import { CopyButton } from './copy-button.js';
import type { RunModel } from './run-model.js';
import { toHash } from './view.js';

const REPLAYED = {
  reproduced: undefined,
  'digest-changed': 'It still fails, but not by the steps that were recorded when it was found.',
  'not-reproduced': 'This finding does not fail any more: what is shown is the run of its plan as it is now.',
} as const;

const SHORT = { certain: '◆ point of no return', failure: '✗ failing step', end: '✗ at the end' } as const;

export function Header(shown: Shown & { readonly main: RunModel; readonly openHelp: () => void }): JSX.Element {
  const { model, main, view, moment, go, change, openHelp } = shown;
  const { recording } = model;
  const { system, mutant, breaks, signature, replayed, replayCommand, run } = recording;
  const { failure } = run;
  const removed = recording.parts.find(({ kind, place }) => view.without === `${kind}-${place}`);
  const link = (): string => `${location.href.replace(/#.*/, '')}${toHash(view)}`;
  return (
    <header>
      <div class="title">
        <h1>
          <span class="system">{system}</span>
          {mutant !== null && (
            <span class="mutant" title={breaks}>
              mutant {mutant}
            </span>
          )}
          <span class="promise">{failure?.promise ?? signature}</span>
        </h1>
        <div class="tools">
          {replayCommand !== undefined && (
            <CopyButton text={() => replayCommand} title={replayCommand}>
              Copy replay command
            </CopyButton>
          )}
          <CopyButton text={link} title="A link that restores this view">
            Copy link
          </CopyButton>
          <button type="button" onClick={openHelp} title="Keys (?)" aria-label="Help: keys">
            ?
          </button>
        </div>
      </div>
      <details class="why" open>
        <summary>{failure === undefined ? 'What was expected' : 'What happened'}</summary>
        <p>
          {failure?.explanation ??
            `${signature}. The run is ${run.verdict}${run.reason === undefined ? '' : `: ${run.reason}`}.`}
        </p>
        {REPLAYED[replayed] !== undefined && <p class="notice">{REPLAYED[replayed]}</p>}
      </details>
      <div class="facts">
        {model.blame.length > 0 && (
          <span class="blame">
            {model.blame.map((one) => (
              <button
                key={`${one.kind}${one.moment}`}
                type="button"
                class={`jump ${one.kind}`}
                aria-current={one.moment === moment ? 'step' : undefined}
                title={`${one.words} (b)`}
                onClick={() => go(one.moment)}
              >
                {one.kind === 'operation' ? `★ ${one.words}` : SHORT[one.kind]}
              </button>
            ))}
          </span>
        )}
        <span class="quiet">
          seed {recording.seed} · {model.run.steps} steps · digest {model.run.digest}
          {model.run.cutAfterStep !== undefined && ` · only the first ${model.run.cutAfterStep} steps are shown`}
        </span>
      </div>
      {removed !== undefined && (
        <p class="otherwise" role="status">
          <b>Without</b> “{removed.words}”, the run <b>{removed.without?.outcome ?? 'was not tried'}</b>.{' '}
          {removed.without?.run === undefined
            ? 'It was not recorded: shown is the finding.'
            : removed.without.differsAtStep === undefined
              ? 'Its steps are the same.'
              : `It differs from step ${removed.without.differsAtStep} on.`}{' '}
          {removed.without?.differsAtStep !== undefined && removed.without.run !== undefined && (
            <button type="button" onClick={() => go(model.atStep(removed.without?.differsAtStep ?? 0))}>
              go there
            </button>
          )}{' '}
          <button
            type="button"
            onClick={() =>
              change({ without: undefined, at: main.moments[main.atStep(model.moments[moment]?.step ?? 0)]?.id ?? '0' })
            }
          >
            back to the finding
          </button>
        </p>
      )}
    </header>
  );
}
