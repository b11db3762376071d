/** The whole run at a glance: a lane for each node, moments from left to right. Drawn once; only the playhead moves. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { JSX } from 'preact';
import type { Shown } from './app.js';
import type { RunModel } from './run-model.js';

const TOP = 16;
const LANES_HEIGHT = 132;
const LABELS = 84;
const RIGHT = 10;

export function Overview({ model, moment, pin, go }: Shown): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [width, setWidth] = useState(0);
  const [scheme, setScheme] = useState(0);
  const lane = laneHeight(model);
  const height = TOP + lane * model.nodes.length + 4;

  useEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    const dark = matchMedia('(prefers-color-scheme: dark)');
    const repaint = (): void => setScheme((count) => count + 1);
    dark.addEventListener('change', repaint);
    return () => {
      observer.disconnect();
      dark.removeEventListener('change', repaint);
    };
  }, []);

  useEffect(() => {
    if (canvas.current !== null && width > 0) paint(canvas.current, model, { width, height, lane });
  }, [model, width, height, lane, scheme]);

  const count = Math.max(1, model.moments.length);
  const inner = Math.max(1, width - LABELS - RIGHT);
  const xOf = (at: number): number => LABELS + ((at + 0.5) / count) * inner;
  const scrub = (event: PointerEvent): void => {
    if (event.buttons !== 1 || box.current === null) return;
    const x = event.clientX - box.current.getBoundingClientRect().left - LABELS;
    go(Math.floor((x / inner) * count));
  };
  return (
    <div
      class="overview"
      ref={box}
      style={{ height: `${height}px` }}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        scrub(event);
      }}
      onPointerMove={scrub}
    >
      <canvas ref={canvas} role="img" aria-label={inWords(model)} />
      {width > 0 && pin !== undefined && <div class="pinhead" style={{ left: `${xOf(pin)}px` }} />}
      {width > 0 && <div class="playhead" style={{ left: `${xOf(moment)}px` }} />}
    </div>
  );
}

const laneHeight = ({ nodes }: RunModel): number =>
  Math.max(5, Math.min(15, Math.floor(LANES_HEIGHT / Math.max(1, nodes.length))));

function inWords({ nodes, moments, faults, operations, blame }: RunModel): string {
  return (
    `The run at a glance: ${nodes.length} nodes, ${moments.length} moments, ${faults.length} faults, ` +
    `${operations.length} operations. ${blame.map(({ words, moment }) => `Step ${moments[moment]?.id ?? 0}: ${words}.`).join(' ')}`
  );
}

interface Size {
  readonly width: number;
  readonly height: number;
  readonly lane: number;
}

function paint(canvas: HTMLCanvasElement, model: RunModel, { width, height, lane }: Size): void {
  const scale = devicePixelRatio;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const context = canvas.getContext('2d');
  if (context === null) return;
  context.scale(scale, scale);
  const style = getComputedStyle(canvas);
  const color = (name: string): string => style.getPropertyValue(`--${name}`);
  const { moments, nodes, run } = model;
  const count = Math.max(1, moments.length);
  const inner = Math.max(1, width - LABELS - RIGHT);
  const xOf = (moment: number): number => LABELS + (moment / count) * inner;
  const place = new Map(nodes.map((name, index) => [name, index]));
  const topOf = (node: string): number => TOP + (place.get(node) ?? 0) * lane;
  context.font = `11px ${style.fontFamily}`;
  context.textBaseline = 'middle';

  for (const [index, name] of nodes.entries()) {
    const top = TOP + index * lane;
    context.fillStyle = color('line');
    context.fillRect(LABELS, top + lane / 2, inner, 1);
    if (lane < 9 && index % Math.ceil(10 / lane) !== 0) continue;
    context.fillStyle = color('quiet');
    context.fillText(shortened(context, name, LABELS - 12), 8, top + lane / 2 + 1);
  }
  for (const { node, from, to } of model.downs) {
    context.fillStyle = color('down');
    context.fillRect(xOf(from), topOf(node) + 1, Math.max(2, xOf(to) - xOf(from)), lane - 2);
  }
  for (const { nodes: struck, from, to } of model.faults) {
    context.fillStyle = color('fault-band');
    for (const node of struck)
      if (place.has(node)) context.fillRect(xOf(from), topOf(node), Math.max(2, xOf(to) - xOf(from)), lane);
  }
  // Many steps may share a pixel: each column is painted once.
  const painted = new Set<number>();
  for (const { index, from, to } of moments)
    for (let at = from; at < to; at++) {
      const event = run.events[at];
      if (event === undefined || !('node' in event) || event.kind === 'disk' || event.kind === 'state') continue;
      const column = Math.round(xOf(index + 0.5)) * nodes.length + (place.get(event.node) ?? 0);
      if (painted.has(column)) continue;
      painted.add(column);
      context.fillStyle = color('tick');
      context.fillRect(Math.round(xOf(index + 0.5)), topOf(event.node) + lane * 0.25, 1, lane * 0.5 + 1);
    }
  for (const { node, from, to, isCulprit } of model.operations) {
    context.fillStyle = color(isCulprit ? 'bad' : 'operation');
    const bar = isCulprit ? lane - 2 : Math.max(2, lane * 0.4);
    context.fillRect(xOf(from), topOf(node) + (lane - bar) / 2, Math.max(3, xOf(to + 1) - xOf(from)), bar);
  }
  const losses = new Set<number>();
  for (const { index, from, to } of moments)
    for (let at = from; at < to; at++) {
      const event = run.events[at];
      if (event?.kind !== 'lost') continue;
      const x = Math.round(xOf(index + 0.5));
      const key = x * nodes.length + (place.get(event.to) ?? 0);
      if (losses.has(key)) continue;
      losses.add(key);
      context.strokeStyle = color('bad');
      const y = topOf(event.to) + lane / 2;
      context.beginPath();
      for (const slope of [-2.5, 2.5]) {
        context.moveTo(x - 2.5, y - slope);
        context.lineTo(x + 2.5, y + slope);
      }
      context.stroke();
    }
  let labelled = -Infinity;
  const label = (x: number, text: string, name: string): void => {
    context.fillStyle = color(name);
    const wide = context.measureText(text).width;
    const left = Math.min(x + 3, width - wide - 2);
    if (left < labelled) return;
    context.fillText(text, left, 8);
    labelled = left + wide + 6;
  };
  const mark = (moment: number, name: string): number => {
    const x = xOf(moment + 0.5);
    context.fillStyle = color(name);
    context.fillRect(x, TOP - 2, 1, height - TOP + 2);
    return x;
  };
  const labels: { readonly x: number; readonly text: string; readonly name: string }[] = [];
  for (const { from, mark: sign } of model.faults) labels.push({ x: xOf(from), text: sign, name: 'fault' });
  for (const { index, from, to } of moments)
    for (let at = from; at < to; at++) {
      const event = run.events[at];
      if (event?.kind === 'phase' && event.phase !== 'end')
        labels.push({ x: mark(index, 'line-strong'), text: event.phase, name: 'quiet' });
    }
  for (const { moment, kind } of model.blame)
    labels.push({
      x: mark(moment, 'bad'),
      text: kind === 'certain' ? '◆' : kind === 'failure' ? '✗' : '★',
      name: 'bad',
    });
  for (const { x, text, name } of labels.sort((one, other) => one.x - other.x)) label(x, text, name);
}

function shortened(context: CanvasRenderingContext2D, text: string, wide: number): string {
  if (context.measureText(text).width <= wide) return text;
  let length = text.length;
  while (length > 1 && context.measureText(`${text.slice(0, length)}…`).width > wide) length--;
  return `${text.slice(0, length)}…`;
}
