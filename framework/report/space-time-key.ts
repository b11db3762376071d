/** What the signs of a space-time picture mean: those that occur in it, what is not to scale, and what is not drawn. */
import { wrap } from './describe.js';
import { clean, columnsOf, shorten, text } from './picture-text.js';
import type { Layout } from './space-time-layout.js';
import { familyOf, type FaultFamily } from './fault-families.js';
import type { Item, Scene } from './space-time-scene.js';
import { CHARACTER } from './space-time-style.js';

interface Sign {
  readonly words: string;
  /** Drawn from (0, 0) to the right, 26 wide. */
  readonly body: string;
  readonly occurs: (item: Item) => boolean;
}

const LINE = '<path class="flight" d="M 0 0 H 20"/>';
const HEAD = '<path class="head" d="M 26 0 l -8 -4 v 8 z"/>';
const arrow = (kind: string): string => `<g class="${kind}">${LINE}${HEAD}</g>`;

const SIGNS: readonly Sign[] = [
  { words: 'shows the failure', body: arrow('culprit'), occurs: ({ emphasis }) => emphasis === 'culprit' },
  {
    words: 'in its causal past',
    body: arrow('past'),
    occurs: ({ emphasis, shape }) => emphasis === 'past' && shape.kind === 'message',
  },
  {
    words: 'not in it',
    body: arrow('aside'),
    occurs: ({ emphasis, shape }) => emphasis === 'aside' && shape.kind === 'message',
  },
  {
    words: 'lost',
    body: `<g class="lost">${LINE}<path class="cross" d="M 22 0 m -4 -4 l 8 8 m 0 -8 l -8 8"/></g>`,
    occurs: ({ shape }) => shape.kind === 'message' && shape.fate === 'lost',
  },
  {
    words: 'one of several copies',
    body: arrow('copy'),
    occurs: ({ shape }) => shape.kind === 'message' && shape.fate === 'copy',
  },
  {
    words: 'overtaken by a later one',
    body: arrow('overtaken'),
    occurs: ({ shape }) => shape.kind === 'message' && shape.fate === 'overtaken',
  },
  {
    words: 'operation',
    body: '<rect class="bar" x="4" y="-5" width="18" height="10" rx="3"/>',
    occurs: ({ shape }) => shape.kind === 'invoke',
  },
  {
    words: 'timer or disk sync',
    body: '<path class="timer" d="M 8 -5 h 10 l -10 10 h 10 z"/>',
    occurs: ({ shape }) => shape.kind === 'timer',
  },
  {
    words: 'becomes',
    body: '<g class="role"><rect x="8" y="-5" width="10" height="10" rx="2"/></g>',
    occurs: ({ shape }) => shape.kind === 'role',
  },
  {
    words: 'process down',
    body: '<path class="lane down" d="M 0 0 H 26"/>',
    occurs: ({ shape }) => shape.kind === 'life' && !shape.up,
  },
  ...(['link', 'pause', 'disk', 'clock', 'control'] as const).map((family) => ({
    words: FAMILY_WORDS(family),
    body: `<g class="${family}"><path class="band" d="M 0 0 H 26"/></g>`,
    occurs: ({ shape }: Item) => shape.kind === 'fault' && familyOf(shape.fault) === family,
  })),
];

function FAMILY_WORDS(family: Exclude<FaultFamily, 'crash'>): string {
  switch (family) {
    case 'link':
      return 'links cut or disturbed';
    case 'pause':
      return 'stands still, or slow';
    case 'disk':
      return 'disk trouble';
    case 'clock':
      return 'clock wrong';
    case 'control':
      return 'told from outside';
  }
}

const PITCH = 18;

export function drawKey(
  { items, hidden }: Scene,
  { bottom, width }: Layout,
): { readonly body: string; readonly height: number } {
  let [x, y] = [16, bottom + 24];
  const parts: string[] = [];
  for (const { words, body, occurs } of SIGNS) {
    if (!items.some(occurs)) continue;
    const needed = 32 + columnsOf(words) * CHARACTER + 18;
    if (x + needed > width - 16 && x > 16) [x, y] = [16, y + PITCH];
    parts.push(`<g transform="translate(${x} ${y - 4})">${body}</g>${text(x + 32, y, words, { kind: 'quiet' })}`);
    x += Math.ceil(needed);
  }
  const columns = Math.floor((width - 32) / CHARACTER);
  const scale =
    'Time runs down, in milliseconds, by the order of events and not to scale: a zigzag stands for an interval in which nothing is drawn, and says how long it was. Arrows are level in the row in which they arrive.';
  for (const line of [scale, notDrawn(hidden)].flatMap((words) => wrap(words, { columns, indent: 0 }).split('\n'))) {
    y += PITCH;
    parts.push(text(16, y, shorten(line, columns), { kind: 'quiet' }));
  }
  return { body: parts.join('\n'), height: y - bottom };
}

/** How many of what are only counted, the most first. */
function notDrawn(hidden: Scene['hidden']): string {
  const counts = new Map<string, number>();
  for (const { what } of hidden) if (what !== '') counts.set(what, (counts.get(what) ?? 0) + 1);
  const told = [...counts].sort(([, one], [, other]) => other - one).map(([what, count]) => `${what} ×${count}`);
  return told.length === 0 ? 'Everything is drawn.' : `Not drawn: ${clean(told.join(', '))}.`;
}
