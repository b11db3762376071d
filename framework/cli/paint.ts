/**
 * Colours for text that is complete without them: they only help to find again what the words and marks say. Each rule knows
 * a form that reports and tables have.
 */
import type pc from 'picocolors';

export type Colours = ReturnType<typeof pc.createColors>;

type Rule = readonly [form: RegExp, paint: (line: string, pc: Colours) => string];

const bad = new Set(['invalid', 'not caught', 'caught by another promise', 'not deterministic']);
const verdictColour = (verdict: string, pc: Colours) =>
  bad.has(verdict) ? pc.red(verdict) : verdict === 'unknown' ? pc.yellow(verdict) : pc.green(verdict);

/** The first that fits is applied, to one line. */
const RULES: readonly Rule[] = [
  [/^ *★/, (line, pc) => pc.bold(line)],
  [/(^ *| )✗ /, (line, pc) => line.replace(/✗ .*/, (rest) => pc.bold(pc.red(rest)))],
  [/(^ *|: )✓ /, (line, pc) => line.replace('✓', pc.green('✓'))],
  [/^(faultline:) /, (line, pc) => line.replace('faultline:', pc.red('faultline:'))],
  [/(^|: )[?↻] /, (line, pc) => line.replace(/[?↻]/, (mark) => pc.yellow(mark))],
  [/^ {2}(replay|command) {3,}/, (line, pc) => line.replace(/(?<= {3})\S.*/, (command) => pc.bold(pc.cyan(command)))],
  [/^ +(npm run|npx|FAULTLINE_\w+=)\b/, (line, pc) => line.replace(/\S.*/, (command) => pc.bold(pc.cyan(command)))],
  [/^ {2}(promised|happened|seed|certain|digest|saved as|also) {3,}/, labelled],
  [/⚡ /, (line, pc) => line.replace(/⚡ .*/, (rest) => pc.yellow(rest))],
  [/^─[─ ]*$/, (line, pc) => pc.dim(line)],
  [
    /\d {2,}(valid|invalid|unknown|caught|not caught|not deterministic)\b/,
    (line, pc) =>
      line.replace(
        /(?<=\d {2,})(valid|invalid|unknown|caught by another promise|caught|not caught|not deterministic)\b/,
        (verdict) => verdictColour(verdict, pc),
      ),
  ],
];

function labelled(line: string, pc: Colours): string {
  return line.replace(/^ {2}[a-z]+( as)?/, (label) => pc.dim(label));
}

export function paint(text: string, pc: Colours): string {
  return text
    .split('\n')
    .map((line) => RULES.find(([form]) => form.test(line))?.[1](line, pc) ?? line)
    .join('\n');
}
