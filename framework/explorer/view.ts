/** What of a recording is shown, and its form in the address of the page, so that a link restores it. */
import { KINDS, type Kind } from './words.js';

export const TABS = ['step', 'state', 'disk', 'history', 'plan'] as const;
export type Tab = (typeof TABS)[number];

export interface View {
  /** A moment's name, such as `12` or `12+1`. */
  readonly at: string;
  readonly tab: Tab;
  /** The moment that states are compared with; undefined for the one before. */
  readonly pin: string | undefined;
  /** The node whose state or disk is open whatever happens. */
  readonly node: string | undefined;
  /** Nodes closed by hand: they stay so, whatever changes in them. */
  readonly closed: readonly string[];
  readonly find: string;
  /** Whether what follows from no operation is hidden. */
  readonly quiet: boolean;
  /** Undefined for all of them. */
  readonly kinds: readonly Kind[] | undefined;
  readonly nodes: readonly string[] | undefined;
  /** The part of the plan without which the run is shown, such as `fault-0`; undefined for the finding's own. */
  readonly without: string | undefined;
  /** The message that is looked into, by its key. */
  readonly message: string | undefined;
}

export const START: View = {
  at: '0',
  tab: 'step',
  pin: undefined,
  node: undefined,
  closed: [],
  find: '',
  quiet: false,
  kinds: undefined,
  nodes: undefined,
  without: undefined,
  message: undefined,
};

/** `#step=12&tab=state`: what is as it was at the start is left out, but for the step. */
export function toHash(view: View): string {
  const { at, tab, pin, node, closed, find, quiet, kinds, nodes, without, message } = view;
  const parts = new URLSearchParams({ step: at });
  if (tab !== START.tab) parts.set('tab', tab);
  if (find !== '') parts.set('find', find);
  if (quiet) parts.set('quiet', '1');
  if (kinds !== undefined) parts.set('kinds', kinds.join(','));
  if (closed.length > 0) parts.set('closed', closed.join(','));
  if (nodes !== undefined) parts.set('nodes', nodes.join(','));
  for (const [name, value] of Object.entries({ pin, node, without, message }))
    if (value !== undefined) parts.set(name, value);
  return `#${parts.toString()}`;
}

/** What `hash` says, and of `start` what it does not. Nothing in it is an error: it may be typed. */
export function fromHash(hash: string, start: View): View {
  const parts = new URLSearchParams(hash.replace(/^#/, ''));
  const given = (name: string): string | undefined => parts.get(name) ?? undefined;
  const tab = TABS.find((one) => one === given('tab'));
  const kinds = given('kinds')?.split(',');
  return {
    at: given('step') ?? start.at,
    tab: tab ?? START.tab,
    pin: given('pin'),
    node: given('node'),
    closed: given('closed')?.split(',') ?? [],
    find: given('find') ?? '',
    quiet: given('quiet') === '1',
    kinds: kinds === undefined ? undefined : KINDS.filter((one) => kinds.includes(one)),
    nodes: given('nodes')?.split(','),
    without: given('without'),
    message: given('message'),
  };
}
