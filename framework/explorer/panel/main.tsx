/** The panel of vitest's UI: the properties of each system, run again at one click, and the findings that are kept. */
import { render } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { Board, FindingFile, FindingRow, PropertyRow } from '../../vitest/plugin/board.js';
import { askRun, fetchBoard, openFinding } from './server.js';
import { Findings } from './findings.js';
import { Properties } from './properties.js';

/** How often the board is asked for, in milliseconds: while something runs, and while nothing does. */
const POLL = { running: 500, idle: 2_000 } as const;

function Panel() {
  const [board, setBoard] = useState<Board>();
  const [wanted, setWanted] = useState('');
  const [problem, setProblem] = useState('');

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let gone = false;
    const poll = async () => {
      let next: Board | undefined;
      if (!document.hidden) next = await fetchBoard().catch(() => undefined);
      if (gone) return;
      if (next !== undefined) setBoard(next);
      timer = setTimeout(() => void poll(), next?.running === true ? POLL.running : POLL.idle);
    };
    void poll();
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, []);

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

  const run = (property: PropertyRow, how: Parameters<typeof askRun>[1]) => {
    setBoard({ ...board, running: true });
    void askRun(property.id, how).then((refused) => {
      setProblem(refused ?? '');
    });
  };
  const open = ({ system: found }: FindingRow, file: FindingFile) => {
    const property = board.properties.find(({ system }) => system === found);
    void openFinding({ ...file, system: found }, property?.id).then((refused) => {
      setProblem(refused ?? '');
    });
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
        <span role="status">{board.running ? 'running…' : ''}</span>
      </header>
      {problem !== '' && <p role="alert">{problem}</p>}
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
          busy={board.running}
          run={run}
        />
        <Findings rows={shown.findings} all={board.findings.length} busy={board.running} open={open} />
      </main>
    </>
  );
}

const place = document.querySelector('#panel');
if (place !== null) render(<Panel />, place);
