/** The signs of a player, drawn: not every font has them. */
import type { JSX } from 'preact';

const PATHS = {
  first: 'M3 3v10M13 3 5 8l8 5z',
  back: 'M12 3 4 8l8 5z',
  play: 'M4 2.5v11L13 8z',
  pause: 'M4 3h3v10H4zM9 3h3v10H9z',
  next: 'M4 3l8 5-8 5z',
  last: 'M13 3v10M3 3l8 5-8 5z',
  pin: 'M5 2h6l-1 5 2 2H4l2-2zM8 9v5',
} as const;

export type IconName = keyof typeof PATHS;

export const Icon = ({ name }: { readonly name: IconName }): JSX.Element => (
  <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
    <path d={PATHS[name]} />
  </svg>
);
