/** What the shop promises. Each property is judged from what clients saw and what the nodes held in the end. */
import { converged } from './convergence.js';
import type { ShopProperty } from './evidence.js';
import { commands } from './command-properties.js';
import { queries } from './query-properties.js';

export const properties: readonly ShopProperty[] = [...commands, ...converged, ...queries];
