/** Time travel by buttons and a slider. */
import type { JSX } from 'preact';
import { formatTime } from '../kernel/time.js';
import type { Shown } from './app.js';
import { nextRow } from './rows.js';
import { Icon, type IconName } from './icon.js';

const SPEEDS = [1, 4, 16, 64] as const;

export function Controls(
  shown: Shown & { readonly speed: number; readonly setSpeed: (speed: number) => void },
): JSX.Element {
  const { model, moment, pin, rows, go, change, speed, setSpeed } = shown;
  const { moments } = model;
  const at = moments[moment];
  const button = (name: string, icon: IconName, to: () => number): JSX.Element => (
    <button type="button" aria-label={name} title={name} onClick={() => go(to())}>
      <Icon name={icon} />
    </button>
  );
  return (
    <div class="controls">
      {button('First step', 'first', () => rows[0] ?? 0)}
      {button('Step before', 'back', () => nextRow(rows, moment, -1))}
      <button
        type="button"
        class="play"
        aria-label={speed > 0 ? 'Pause' : 'Play'}
        title={speed > 0 ? 'Pause (space)' : 'Play (space)'}
        onClick={() => setSpeed(speed > 0 ? 0 : 1)}
      >
        <Icon name={speed > 0 ? 'pause' : 'play'} />
      </button>
      {button('Next step', 'next', () => nextRow(rows, moment, 1))}
      {button('Last step', 'last', () => rows.at(-1) ?? 0)}
      {speed > 0 && (
        <select aria-label="Speed" value={speed} onChange={(event) => setSpeed(Number(event.currentTarget.value))}>
          {SPEEDS.map((one) => (
            <option key={one} value={one}>
              {one}×
            </option>
          ))}
        </select>
      )}
      <input
        type="range"
        aria-label="Moment"
        aria-valuetext={`step ${at?.id ?? 0} at ${formatTime(at?.time ?? 0)}`}
        min={0}
        max={Math.max(0, moments.length - 1)}
        value={moment}
        onInput={(event) => go(Number(event.currentTarget.value))}
      />
      <output class="where">
        step <b>{at?.id ?? 0}</b> of {moments.at(-1)?.step ?? 0} · {formatTime(at?.time ?? 0)}
      </output>
      <button
        type="button"
        class="pin"
        aria-pressed={pin !== undefined}
        title={pin === undefined ? 'Compare states with this step from now on (p)' : 'Unpin (p at that step)'}
        onClick={() => change({ pin: pin === undefined ? at?.id : undefined })}
      >
        <Icon name="pin" /> {pin === undefined ? 'pin' : `pinned ${moments[pin]?.id ?? ''}`}
      </button>
    </div>
  );
}
