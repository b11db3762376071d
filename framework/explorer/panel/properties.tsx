/** The properties of the panel, by system: how each stands, what it went through, and how to run it otherwise. */
import { useState } from 'preact/hooks';
import type { Board, PropertyRow } from '../../vitest/plugin/board.js';
import type { LiveRun } from '../../vitest/plugin/live-run.js';

type Run = (property: PropertyRow, how: Omit<LiveRun, 'test'>) => void;

export function Properties(props: {
  readonly rows: readonly PropertyRow[];
  readonly all: number;
  readonly choices: Board['choices'];
  readonly busy: boolean;
  readonly run: Run;
}) {
  const { rows, all, ...rest } = props;
  const systems = Map.groupBy(rows, ({ system, mutant }) => (mutant === undefined ? system : `${system} · ${mutant}`));
  return (
    <section aria-labelledby="properties">
      <h2 id="properties">
        Properties <small>{rows.length === all ? all : `${rows.length} of ${all}`}</small>
      </h2>
      {all === 0 && <p class="quiet">No test has declared any yet: call testSystem in one.</p>}
      {[...systems].map(([title, properties]) => (
        <div class="system" key={title}>
          <h3>{title}</h3>
          {properties.map((property) => (
            <Property key={property.id} property={property} {...rest} />
          ))}
        </div>
      ))}
    </section>
  );
}

const STATES = { passed: '✓ kept', failed: '✗ broken', pending: '… not run yet', skipped: '– skipped' } as const;

function Property(props: {
  readonly property: PropertyRow;
  readonly choices: Board['choices'];
  readonly busy: boolean;
  readonly run: Run;
}) {
  const { property, busy, run } = props;
  const { strategies, defaults, limits } = props.choices;
  const { asked, seeds = 0, state, verdict } = property;
  // Its test fails then too, but shows nothing that is wrong.
  const isUnproven = state === 'failed' && verdict === 'unknown';
  const last = { ...defaults, ...asked };
  const [seed, setSeed] = useState<number>();
  // As the last run was asked for, which may be told only after a while, unless something else is chosen.
  const [chosenRuns, setNumRuns] = useState<number>();
  const [chosenFaults, setFaultsMax] = useState<number>();
  const [chosenStrategy, setStrategy] = useState<typeof last.strategy>();
  const numRuns = chosenRuns ?? asked?.numRuns ?? defaults.numRuns;
  const faultsMax = chosenFaults ?? asked?.faultsMax ?? defaults.faultsMax;
  const strategy = chosenStrategy ?? last.strategy;
  /** Seeds that the last run did not have, unless one is named. */
  const fresh = seeds === 0 ? last.seed : last.seed + Math.max(seeds, numRuns);
  const start = (how: Partial<Omit<LiveRun, 'test'>>) => {
    run(property, { seed: seed ?? fresh, numRuns, faultsMax, strategy, ...how });
  };
  const more = Math.min(2 * faultsMax, limits.faultsMax);
  return (
    <div class={`property ${isUnproven ? 'unproven' : state}`}>
      <div class="standing">
        <span class="state">{isUnproven ? '? proved nothing' : STATES[state]}</span>
        <div>
          <b class="name">{property.properties.join('; ')}</b>
          {seeds > 0 && (
            <div class="quiet">
              Last run: seeds {last.seed} to {last.seed + seeds - 1}, {last.strategy}
              {asked?.faultsMax === undefined ? '' : `, at most ${asked.faultsMax} faults`}
            </div>
          )}
        </div>
      </div>
      <div class="again" role="group" aria-label={`Run again: ${property.properties.join('; ')}`}>
        <span class="quiet">Run again:</span>
        <button type="button" disabled={busy} title={`From seed ${fresh} on`} onClick={() => start({ seed: fresh })}>
          Other seeds
        </button>
        <button
          type="button"
          disabled={busy}
          title={`At most ${more} faults in a run`}
          onClick={() => {
            setFaultsMax(more);
            start({ seed: fresh, faultsMax: more });
          }}
        >
          More faults
        </button>
        <span class="quiet">Strategy:</span>
        {strategies
          .filter(({ name }) => name !== last.strategy)
          .map(({ name, title }) => (
            <button
              key={name}
              type="button"
              class="strategy"
              disabled={busy}
              title={`With another strategy: ${title}`}
              onClick={() => {
                setStrategy(name);
                start({ seed: last.seed, strategy: name });
              }}
            >
              {name}
            </button>
          ))}
      </div>
      <details>
        <summary>Details and settings</summary>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            start({});
          }}
        >
          <NumberField label="First seed" value={seed ?? fresh} min={0} set={setSeed} />
          <NumberField label="Seeds" value={numRuns} min={1} max={limits.numRuns} set={setNumRuns} />
          <NumberField label="Most faults" value={faultsMax} min={1} max={limits.faultsMax} set={setFaultsMax} />
          <label>
            Strategy
            <select
              value={strategy}
              onChange={({ currentTarget }) => {
                setStrategy(currentTarget.value as typeof strategy);
              }}
            >
              {strategies.map(({ name, title }) => (
                <option key={name} value={name} title={title}>
                  {name}
                </option>
              ))}
            </select>
          </label>
          <button type="submit" disabled={busy}>
            Run
          </button>
        </form>
        {property.exercised !== undefined && <p class="quiet">It {property.exercised}.</p>}
        {property.coverage !== undefined && (
          <p class="quiet">{property.coverage} different meetings of a message or timer with a state were seen.</p>
        )}
        <p class="quiet">
          {property.file}
          {property.line === undefined ? '' : `:${property.line}`}
        </p>
      </details>
    </div>
  );
}

function NumberField(props: {
  readonly label: string;
  readonly value: number;
  readonly min: number;
  readonly max?: number;
  readonly set: (value: number) => void;
}) {
  const { label, value, min, max, set } = props;
  return (
    <label>
      {label}
      <input
        type="number"
        required
        step={1}
        min={min}
        max={max}
        value={value}
        onInput={({ currentTarget }) => {
          if (currentTarget.validity.valid) set(currentTarget.valueAsNumber);
        }}
      />
    </label>
  );
}
