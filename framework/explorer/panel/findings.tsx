/** The findings of the panel: one entry for each way to fail, with the seeds that show it and where each comes from. */
import type { FindingFile, FindingRow } from '../../vitest/plugin/board.js';
import { isRecorded } from './server.js';

/** So many files of a finding are shown at once; the others unfold. */
const FILES_SHOWN = 3;

type Open = (finding: FindingRow, file: FindingFile) => void;

export function Findings(props: {
  readonly rows: readonly FindingRow[];
  readonly all: number;
  readonly busy: boolean;
  readonly open: Open;
}) {
  const { rows, all, busy, open } = props;
  return (
    <section aria-labelledby="findings">
      <h2 id="findings">
        Findings <small>{rows.length === all ? all : `${rows.length} of ${all}`}</small>
      </h2>
      {all === 0 && <p class="quiet">None yet: a property that fails leaves its smallest plan here.</p>}
      <ul class="findings">
        {rows.map((finding) => {
          const { system, mutant, signature, files } = finding;
          const rest = files.slice(FILES_SHOWN);
          const hasPassed = files.every((file) => file.hasPassedSince);
          return (
            <li
              key={`${system} ${mutant ?? ''} ${signature}`}
              class={hasPassed ? 'quiet' : mutant === null ? 'open' : undefined}
            >
              <b>{system}</b>
              {mutant === null ? '' : ` · mutant ${mutant}`}: {signature}
              {hasPassed && <div>{PASSED}</div>}
              <Files finding={finding} files={files.slice(0, FILES_SHOWN)} busy={busy} open={open} />
              {rest.length > 0 && (
                <details>
                  <summary>
                    {rest.length} more {rest.length === 1 ? 'seed' : 'seeds'}
                  </summary>
                  <Files finding={finding} files={rest} busy={busy} open={open} />
                </details>
              )}
            </li>
          );
        })}
      </ul>
    </section>
  );
}

/** Of a seed, no more is known: its plan was tried, not the smaller one in the file. */
const PASSED = 'Its property has passed since: open it to see whether it still fails.';

const ORIGINS = {
  test: 'found by a test since vitest started',
  saved: 'saved before, or by the command line',
  regression: 'kept',
} as const;

function Files(props: {
  readonly finding: FindingRow;
  readonly files: readonly FindingFile[];
  readonly busy: boolean;
  readonly open: Open;
}) {
  const { finding, files, busy, open } = props;
  return (
    <ul class="files">
      {files.map((file) => (
        <li key={file.path}>
          <button
            type="button"
            disabled={busy && !isRecorded(file)}
            aria-label={`Open seed ${file.seed} in the explorer: ${file.path}`}
            onClick={() => {
              open(finding, file);
            }}
          >
            Open seed {file.seed}
          </button>
          <span class="quiet">
            size {file.size} · {ORIGINS[file.origin]}
            {file.hasPassedSince ? ', passed since' : ''} · {file.path}
          </span>
        </li>
      ))}
    </ul>
  );
}
