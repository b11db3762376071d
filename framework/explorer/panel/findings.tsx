/** The findings of the panel: those that tests have just found, then those kept for good. */
import type { FindingRow } from '../../vitest/plugin/board.js';

export function Findings(props: {
  readonly rows: readonly FindingRow[];
  readonly all: number;
  readonly busy: boolean;
  readonly open: (finding: FindingRow) => void;
}) {
  const { rows, all, busy, open } = props;
  return (
    <section aria-labelledby="findings">
      <h2 id="findings">
        Findings <small>{rows.length === all ? all : `${rows.length} of ${all}`}</small>
      </h2>
      {all === 0 && <p class="quiet">None yet: a property that fails leaves its smallest plan here.</p>}
      <ul class="findings">
        {rows.map((finding) => (
          <li key={finding.path}>
            <button
              type="button"
              disabled={busy && !finding.hasPage}
              onClick={() => {
                open(finding);
              }}
            >
              Open
            </button>
            <div>
              <b>{finding.system}</b>
              {finding.mutant === null ? '' : ` · mutant ${finding.mutant}`}: {finding.signature}
              <div class="quiet">
                {finding.kind === 'found' ? 'just found' : 'kept'} · seed {finding.seed} · size {finding.size} ·{' '}
                {finding.path}
              </div>
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}
