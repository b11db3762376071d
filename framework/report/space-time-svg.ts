/**
 * A run as a space-time diagram: lanes for clients and nodes, time running down, messages as arrows, operations as bars,
 * faults as bands. What shows the failure stands out, its causal past is plain, and the rest is faded, or only counted
 * where there is much. One self-contained SVG document, without scripts; follows the reader's light or dark scheme.
 */
import type { Failure } from '../simulation/judge.js';
import type { Run } from '../simulation/simulate.js';
import { wrap } from './describe.js';
import { escape } from './linearization-svg.js';
import { clean, shorten, text } from './picture-text.js';
import {
  drawBand,
  drawBars,
  drawBetween,
  drawField,
  drawItem,
  drawLane,
  drawNames,
  drawTimes,
} from './space-time-drawing.js';
import { drawKey } from './space-time-key.js';
import { layOut, type Layout } from './space-time-layout.js';
import { sceneOf, type Scene } from './space-time-scene.js';
import { CHARACTER, STYLE } from './space-time-style.js';

/** What is marked in a picture, and how much of a run it may hold. */
export interface SpaceTimeSvgOptions {
  /** The step from which on the failure is certain: a line tells where that is. */
  readonly certainFrom?: number | undefined;
  /** The most events that are drawn; of the rest, what is farthest from the failure is counted. Default 200. */
  readonly eventsMax?: number;
}

/** The most lines of what is above the picture: its title, and the explanation. */
const LINES_MAX = 4;

/** Draws `run`, which must have been recorded with its trace, and what in it shows `failure`. */
export function spaceTimeSvg(run: Run, failure: Failure | undefined, options: SpaceTimeSvgOptions = {}): string {
  const { certainFrom, eventsMax = 200 } = options;
  const scene = sceneOf(run, failure, { rowsMax: eventsMax, certainFrom });
  const told = failure === undefined ? 'a run' : failure.signature;
  const title = clean(`${run.system}${run.mutant === undefined ? '' : ` (mutant ${run.mutant})`}: ${told}`);
  const explanation = clean(failure?.explanation ?? '');
  const columns = Math.floor((layOut(scene, 0).width - 32) / CHARACTER);
  const heading = linesOf(title, columns);
  const lines = explanation === '' ? [] : linesOf(explanation, columns);
  const layout = layOut(scene, 62 + 16 * (heading.length + lines.length));
  const { width, top, bottom } = layout;
  const key = drawKey(scene, layout);
  const height = bottom + key.height + 16;
  const drawn = [
    ...layout.between.map((one) => drawBetween(one, layout)),
    ...layout.placed.map((placed) => drawItem(placed, layout)),
  ];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="space-time" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${escape(title)}</title>`,
    `<desc>${escape(explanation)}</desc>`,
    `<style>${STYLE}</style>`,
    `<rect class="paper" width="${width}" height="${height}"/>`,
    ...heading.map((line, place) => text(16, 24 + 16 * place, line, { kind: 'bold' })),
    ...lines.map((line, place) => text(16, 26 + 16 * (heading.length + place), line, { kind: 'quiet' })),
    drawNames(top - 22, layout),
    drawFirstRoles(scene, layout),
    ...layout.bands.map((band) => drawField(band, layout)),
    ...layout.lanes.map((node) => drawLane(node, layout)),
    ...layout.bands.map((band) => drawBand(band, layout)),
    ...drawBars(layout),
    ...layout.anchors.map(({ node, y }) => `<circle class="anchor" cx="${layout.x(node)}" cy="${y}" r="2.5"/>`),
    ...drawn.map(({ lines: behind }) => behind),
    ...drawTimes(layout),
    ...drawn.map(({ words }) => words),
    key.body,
    '</svg>',
    '',
  ]
    .filter((part, place, all) => part !== '' || place === all.length - 1)
    .join('\n');
}

function linesOf(words: string, columns: number): string[] {
  const lines = wrap(words, { columns, indent: 0 }).split('\n');
  if (lines.length > LINES_MAX) lines.splice(LINES_MAX, Infinity, '…');
  return lines.map((line) => shorten(line, columns));
}

const drawFirstRoles = ({ firstRoles }: Scene, { lanes, x, gap, top }: Layout): string =>
  lanes
    .map((node) =>
      text(x(node), top - 7, shorten(firstRoles.get(node) ?? '', Math.floor(gap / CHARACTER) - 1), {
        anchor: 'middle',
        kind: 'quiet',
      }),
    )
    .join('');
