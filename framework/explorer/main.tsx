/** Where the page begins: it reads the recording that was put into it and shows it. */
import { setAutoFreeze } from 'immer';
import { render } from 'preact';
import type { Recording } from '../recording/recording.js';
import { App } from './app.js';

// States are only ever read here, and freezing each would cost more than replaying it.
setAutoFreeze(false);

/** In the page as base64 of gzip of JSON, or behind the address in `data-url`. */
async function readRecording(): Promise<Recording> {
  const element = document.querySelector<HTMLElement>('#recording');
  const url = element?.dataset.url;
  if (url !== undefined) {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`${url}: ${response.status} ${response.statusText}`);
    return (await response.json()) as Recording;
  }
  const text = element?.textContent.trim() ?? '';
  if (!/^[A-Za-z0-9+/=]+$/.test(text)) throw new Error('there is no recording in this page');
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return (await new Response(stream).json()) as Recording;
}

async function show(root: HTMLElement): Promise<void> {
  try {
    const recording = await readRecording();
    document.title = `${recording.mutant ?? recording.system}: ${recording.signature} · faultline`;
    root.replaceChildren();
    render(<App recording={recording} />, root);
  } catch (error) {
    const message = document.createElement('p');
    message.className = 'loading';
    message.textContent = `This recording cannot be shown: ${error instanceof Error ? error.message : String(error)}`;
    root.replaceChildren(message);
  }
}

const root = document.querySelector<HTMLElement>('#explorer');
if (root !== null) void show(root);
