/** Kinds of fault that a picture draws alike. Each family has a colour of its own and, for those who see none, a dash. */
import type { Fault, FaultKind } from '../faults/fault.js';

export type FaultFamily = 'crash' | 'pause' | 'link' | 'disk' | 'clock' | 'control';

const FAMILIES: { readonly [K in FaultKind]: FaultFamily } = {
  crash: 'crash',
  powerFailure: 'crash',
  permanentLoss: 'crash',
  crashInWrite: 'disk',
  writeError: 'disk',
  syncError: 'disk',
  lyingSync: 'disk',
  corruption: 'disk',
  misdirectedWrite: 'disk',
  staleRead: 'disk',
  slowDisk: 'disk',
  pause: 'pause',
  slowNode: 'pause',
  control: 'control',
  partition: 'link',
  majoritiesRing: 'link',
  flappingLink: 'link',
  slowLink: 'link',
  lossyLink: 'link',
  connectionReset: 'link',
  clock: 'clock',
};

export const familyOf = ({ kind }: Fault): FaultFamily => FAMILIES[kind];
