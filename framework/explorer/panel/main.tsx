/** The panel of vitest's UI: the properties of each system, run again at one click, and the findings that are kept. */
import { render } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { FindingFile, FindingRow, PropertyRow } from '../../vitest/plugin/board.js';
import type { Refusal } from '../../vitest/plugin/routes.js';
import { Findings } from './findings.js';
import { Properties } from './properties.js';
import { askRun, openFinding } from './server.js';
import { useBoard } from './use-board.js';

function Panel() {
  const { board, hasStopped, refresh } = useBoard();
  const [wanted, setWanted] = useState('');
  const [refused, setRefused] = useState<Refusal>();
  /** Whether a run has been asked for that the board does not tell of yet. */
  const [isAsking, setAsking] = useState(false);

  useEffect(() => {
    if (refused?.passes === true && board?.running === false) setRefused(undefined);
  }, [refused, board]);

  const shown = useMemo(() => {
    const words = wanted.toLowerCase().split(/\s+/).filter(Boolean);
    const fits = (texts: readonly (string | null | undefined)[]) => {
      const text = texts.join(' ').toLowerCase();
      return words.every((word) => text.includes(word));
    };
    return {
      properties: (board?.properties ?? []).filter(({ name, system, state }) => fits([name, system, state])),
      findings: (board?.findings ?? []).filter(({ system, mutant, signature, files }) =>
        fits([system, mutant, signature, ...files.flatMap(({ seed, path }) => [seed, path])]),
      ),
    };
  }, [board, wanted]);

  if (board === undefined) return <p class="quiet">Asking vitest…</p>;

  const isRunning = board.running || isAsking;
  const run = async (property: PropertyRow, how: Parameters<typeof askRun>[1]) => {
    setAsking(true);
    const refusal = await askRun(property.id, how);
    await refresh();
    setRefused(refusal);
    setAsking(false);
  };
  const open = async ({ system: found }: FindingRow, file: FindingFile) => {
    const property = board.properties.find(({ system }) => system === found);
    setRefused(await openFinding({ ...file, system: found }, property?.id));
  };
  return (
    <>
      <header>
        <h1>faultline</h1>
        <input
          type="search"
          aria-label="Show only what contains these words"
          placeholder="system, promise, mutant, state…"
          value={wanted}
          onInput={({ currentTarget }) => {
            setWanted(currentTarget.value);
          }}
        />
        <span role="status">{hasStopped ? 'vitest has stopped' : isRunning ? 'running…' : ''}</span>
      </header>
      {refused !== undefined && <p role="alert">{refused.problem}</p>}
      {board.unreadable.map((text) => (
        <p role="alert" key={text}>
          {text}
        </p>
      ))}
      <main>
        <Properties
          rows={shown.properties}
          all={board.properties.length}
          choices={board.choices}
          busy={isRunning || hasStopped}
          run={(property, how) => void run(property, how)}
        />
        <Findings
          rows={shown.findings}
          all={board.findings.length}
          busy={isRunning || hasStopped}
          open={(finding, file) => void open(finding, file)}
        />
      </main>
    </>
  );
}

const place = document.querySelector('#panel');
if (place !== null) render(<Panel />, place);
