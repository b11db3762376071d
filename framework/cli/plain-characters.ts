/** What stands for the characters that reports draw with, where only ASCII can be shown: each as wide as what it is for. */
const PLAIN: Readonly<Record<string, string>> = {
  // Lanes and arrows.
  ...{ '│': '|', '┊': ':', '┼': '+', '─': '-', '┬': 'v', '┴': '^', '●': 'o', '▶': '>', '◀': '<', '╳': 'x', '⋮': ':' },
  // What befalls nodes.
  ...{ '✂': '/', '✝': 'X', '↑': '^', '‖': '=', '✗': 'x', '☠': 'X', '⚠': '!', '⛁': 'D', '≈': '~', '◷': '@', '☞': '&' },
  ...{ '▒': '#', '▓': '|', '⚡': '!', '◆': '#', '★': '*' },
  // Words and numbers.
  ...{ '✓': 'v', '↻': 'o', '→': '>', '⇄': '-', '—': '-', '–': '-', '−': '-', '…': '~', '×': 'x', '·': '-', '≤': '<' },
  ...{ µ: 'u', '²': '2', '⁷': '7', '§': 'S' },
};

/** `text` in ASCII. What has no plainer form, such as a user's own words, becomes a question mark. */
export const plainCharacters = (text: string): string =>
  text.replaceAll(/[^\p{ASCII}]/gu, (character) => PLAIN[character] ?? '?');
