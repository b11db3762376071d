/** Which key does what. Keys that an element needs for itself (a text field, a focused button) are left to it. */
import { TABS, type Tab } from './view.js';

export type Action =
  | { readonly kind: 'step'; readonly by: number }
  | { readonly kind: 'first' | 'last' | 'play' | 'search' | 'blame' | 'pin' | 'help' }
  | { readonly kind: 'tab'; readonly tab: Tab };

/** What the help says. */
export const KEYS: readonly (readonly [keys: string, does: string])[] = [
  ['→ ↓ j', 'next step'],
  ['← ↑ k', 'step before'],
  ['Shift + these', 'ten steps'],
  ['Home, End', 'first step, last step'],
  ['Space', 'play, pause'],
  ['b', 'blame: the point from which the failure is certain, then the operations that show it'],
  ['p', 'pin this step, to compare states with it; again: unpin'],
  ['/', 'search; then Enter: next match, Shift + Enter: match before, Escape: clear, and leave'],
  ['1 … 5', 'step, state, disk, history, plan'],
  ['?', 'this help'],
];

export function actionOf(event: KeyboardEvent): Action | undefined {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return undefined;
  const { key, shiftKey, target } = event;
  const element = target instanceof Element ? target : undefined;
  if (element?.closest('dialog') !== null && element !== undefined) return undefined;
  if (element?.matches('input[type=search], input[type=text], select, textarea') === true) {
    if (key === 'Escape' && element instanceof HTMLElement) element.blur();
    return undefined;
  }
  const by = shiftKey ? 10 : 1;
  switch (key) {
    case 'ArrowRight':
    case 'ArrowDown':
    case 'j':
    case 'J':
      return { kind: 'step', by };
    case 'ArrowLeft':
    case 'ArrowUp':
    case 'k':
    case 'K':
      return { kind: 'step', by: -by };
    case 'Home':
      return { kind: 'first' };
    case 'End':
      return { kind: 'last' };
    case ' ':
      return element?.matches('button, summary, a, input, [role=button]') === true ? undefined : { kind: 'play' };
    case '/':
      return { kind: 'search' };
    case 'b':
      return { kind: 'blame' };
    case 'p':
      return { kind: 'pin' };
    case '?':
      return { kind: 'help' };
    default: {
      const tab = /^[1-9]$/.test(key) ? TABS[Number(key) - 1] : undefined;
      return tab === undefined ? undefined : { kind: 'tab', tab };
    }
  }
}
