/**
 * Colours, dashes and the key of a space-time picture. Hues are those of Okabe and Ito (2008), darkened or lightened until
 * text on the background has the contrast that WCAG AA asks for; nothing is told by colour alone.
 */

/** By name, the colour on white and the colour on black. */
export const COLOURS = {
  paper: ['#ffffff', '#0d1117'],
  ink: ['#1b1f24', '#e6edf3'],
  quiet: ['#57606a', '#9aa4ae'],
  lane: ['#c5ccd3', '#3a424b'],
  /** Sky blue: operations. */
  operation: ['#d8ecf8', '#12364b'],
  'operation-edge': ['#0a6aa1', '#56b4e9'],
  /** Vermillion: what shows the failure. */
  culprit: ['#b04300', '#ff9a5c'],
  'culprit-fill': ['#ffe0cc', '#4f2408'],
  /** Bluish green: roles. */
  role: ['#00694d', '#3fcf9f'],
  /** Reddish purple: links. */
  link: ['#8f3f70', '#e39ac2'],
  /** Blue: pauses. */
  pause: ['#0a5c94', '#6cb6f5'],
  /** Orange: disks. */
  disk: ['#8a5a00', '#e8a92c'],
  /** Yellow-green: clocks. */
  clock: ['#5c6400', '#d9d04a'],
  control: ['#00694d', '#3fcf9f'],
  crash: ['#1b1f24', '#e6edf3'],
} as const satisfies Readonly<Record<string, readonly [light: string, dark: string]>>;

const variables = (which: 0 | 1): string =>
  Object.entries(COLOURS)
    .map(([name, colours]) => `--${name}: ${colours[which]}`)
    .join('; ');

/** The width of a character of the text, in pixels. */
export const CHARACTER = 6.7;
export const FONT = 11;

export const STYLE = `
  .space-time { color-scheme: light dark; ${variables(0)};
    font: ${FONT}px ui-monospace, 'DejaVu Sans Mono', monospace }
  @media (prefers-color-scheme: dark) { .space-time { ${variables(1)} } }
  .space-time .paper { fill: var(--paper) }
  .space-time text { fill: var(--ink); stroke: var(--paper); stroke-width: 3; stroke-linejoin: round; paint-order: stroke }
  .space-time .quiet text, .space-time text.quiet, .space-time .aside text { fill: var(--quiet) }
  .space-time .bold, .space-time .culprit text { font-weight: bold }
  .space-time .lane { stroke: var(--lane); stroke-width: 1.5 }
  .space-time .lane.down { stroke: var(--crash); stroke-width: 9; stroke-dasharray: 1.5 3.5; opacity: 0.55 }
  .space-time .flight { stroke: var(--ink); stroke-width: 1.2; fill: none; stroke-linejoin: round }
  .space-time .head { fill: var(--ink) } .space-time .dot { fill: var(--ink); stroke: var(--paper) }
  .space-time .anchor { fill: var(--paper); stroke: var(--ink) }
  .space-time .aside .flight { stroke: var(--quiet); stroke-width: 0.8; opacity: 0.6 }
  .space-time .aside .head, .space-time .aside .dot { fill: var(--quiet); opacity: 0.6 }
  .space-time .culprit .flight { stroke: var(--culprit); stroke-width: 2.2 }
  .space-time .culprit .head, .space-time .culprit .dot, .space-time .culprit text { fill: var(--culprit) }
  .space-time .lost .flight { stroke-dasharray: 5 3 } .space-time .copy .flight { stroke-dasharray: 9 2 2 2 }
  .space-time .overtaken .flight { stroke-dasharray: 2 2 }
  .space-time .cross { stroke: var(--ink); stroke-width: 2; fill: none } .space-time .aside .cross { stroke: var(--quiet) }
  .space-time .culprit .cross { stroke: var(--culprit) }
  .space-time .timer { stroke: var(--ink); fill: var(--paper) } .space-time .aside .timer { stroke: var(--quiet) }
  .space-time .bar { fill: var(--operation); stroke: var(--operation-edge); stroke-width: 1.2 }
  .space-time .culprit .bar { fill: var(--culprit-fill); stroke: var(--culprit); stroke-width: 2.4 }
  .space-time .aside .bar { fill: var(--paper); stroke: var(--quiet) } .space-time .open { stroke-dasharray: 4 3 }
  .space-time .role text { fill: var(--role) } .space-time .role.aside text { fill: var(--quiet) }
  .space-time .role rect { fill: var(--paper); stroke: var(--role); stroke-width: 1.5 }
  .space-time .band { stroke-width: 5; fill: none } .space-time .link .band { stroke-width: 3 }
  .space-time .field { opacity: 0.08; stroke: none } .space-time .edge { stroke-width: 1.5; fill: none; stroke-dasharray: 8 3 }
  ${['link', 'pause', 'disk', 'clock', 'control', 'crash'].map(family).join('\n  ')}
  .space-time .link .band { stroke-dasharray: 8 3 } .space-time .pause .band { stroke-dasharray: 3 3 }
  .space-time .disk .band { stroke-dasharray: 2 2 } .space-time .clock .band { stroke-dasharray: 10 2 2 2 }
  .space-time .rule { stroke: var(--quiet); stroke-dasharray: 6 4 } .space-time .break { stroke: var(--lane); fill: none }
  .space-time g:hover > .flight { stroke-width: 3 }`;

function family(name: string): string {
  const of = `.space-time .${name}`;
  return `${of} text { fill: var(--${name}) } ${of} .band { stroke: var(--${name}) } ${of} .field, ${of} .mark { fill: var(--${name}) } ${of} .edge { stroke: var(--${name}) }`;
}
