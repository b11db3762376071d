/** A button in vitest's own UI that opens the panel beside it. vitest has no tabs of its own to offer to plugins. */
import type { IncomingMessage, ServerResponse } from 'node:http';

/** Adds the button to the UI's page, which vitest writes in one piece, if `request` asks for it. */
export function addLink(uiBase: string, panel: string, request: IncomingMessage, response: ServerResponse): void {
  if (new URL(request.url ?? '/', 'http://localhost').pathname !== uiBase) return;
  const write = response.write.bind(response) as (chunk: unknown) => boolean;
  response.write = (chunk: unknown) =>
    write(typeof chunk === 'string' ? chunk.replace('</body>', () => `${button(panel)}</body>`) : chunk);
}

const button = (panel: string): string => `
<style>
  #faultline-button { position: fixed; right: 12px; bottom: 12px; z-index: 1000; padding: 6px 12px; border-radius: 6px;
    border: 1px solid #888; background: #1b1f24; color: #fff; font: 13px system-ui, sans-serif; cursor: pointer }
  #faultline-panel { position: fixed; top: 0; right: 0; width: min(60rem, 75vw); height: 100vh; z-index: 999; border: 0;
    border-left: 1px solid #888; background: #fff }
</style>
<button id="faultline-button" type="button" aria-expanded="false" aria-controls="faultline-panel">faultline</button>
<iframe id="faultline-panel" title="faultline: properties and findings" hidden></iframe>
<script>
  {
    const [button, panel] = ['faultline-button', 'faultline-panel'].map((id) => document.getElementById(id));
    button.addEventListener('click', () => {
      if (panel.src === '') panel.src = ${JSON.stringify(panel)};
      panel.hidden = !panel.hidden;
      button.setAttribute('aria-expanded', String(!panel.hidden));
      button.textContent = panel.hidden ? 'faultline' : 'close faultline';
    });
  }
</script>`;
