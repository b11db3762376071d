/** The keys, in a dialog. */
import { useEffect, useRef } from 'preact/hooks';
import type { JSX } from 'preact';
import { KEYS } from './keyboard.js';

export function Help({ close }: { readonly close: () => void }): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog ref={dialog} class="help" aria-labelledby="help-title" onClose={close}>
      <h2 id="help-title">Keys</h2>
      <dl>
        {KEYS.map(([keys, does]) => (
          <div key={keys}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <p>
        In the overview and the list, <b>⚡</b> is a fault, <b>✕</b> a message that was lost, <b>★</b> an operation that
        shows the failure, <b>◆</b> the point from which the failure is certain. The address of the page always names
        what is shown: copy it to come back.
      </p>
      <button type="button" onClick={() => dialog.current?.close()}>
        Close
      </button>
    </dialog>
  );
}
