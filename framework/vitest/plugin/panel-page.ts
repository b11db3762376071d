/** The panel as it is served: the page that `npm run build:explorer` makes, with vitest's token in it. */
import { builtPage } from '../../cli/explorer-page.js';

export const panelPage = (token: string): string =>
  builtPage('panel').replace('<!-- token -->', () => token.replaceAll('&', '&amp;').replaceAll('"', '&quot;'));
