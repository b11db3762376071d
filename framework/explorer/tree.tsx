/** Plain data as a tree that opens and closes, with what changed in it marked. What did not change stays folded. */
import { useState } from 'preact/hooks';
import type { JSX } from 'preact';
import { cut } from '../report/describe.js';
import { differenceOf, type Difference } from '../recording/difference.js';
import type { Path } from '../recording/node-histories.js';

/** Which parts were opened or closed by hand, by path: kept while steps go by. */
type Opened = ReadonlyMap<string, boolean>;

/** So many parts are shown at once of a long list. */
const PARTS_MAX = 100;
/** Of parts that did not change, between some that did, so many are shown on either side. */
const CONTEXT = 2;
const PREVIEW = 90;

type Follow = (path: Path, direction: 'before' | 'after') => void;

interface Folding {
  readonly follow: Follow | undefined;
  readonly opened: Opened;
  readonly toggle: (path: string, isOpen: boolean) => void;
  /** Parts that did not change are open too, down to this depth. */
  readonly openTo: number;
}

/** `value`, or what became of `before` if that is given. */
export function Tree({
  value,
  before,
  openTo = 1,
  follow,
}: {
  readonly value: unknown;
  readonly before?: { readonly value: unknown } | undefined;
  readonly openTo?: number;
  /** Goes to where the part at `path` changed before or changes next: each part then has the buttons for it. */
  readonly follow?: Follow;
}): JSX.Element {
  const [opened, setOpened] = useState<Opened>(new Map());
  const difference: Difference = before === undefined ? { kind: 'same', value } : differenceOf(before.value, value);
  const toggle = (path: string, isOpen: boolean): void => {
    setOpened((all) => new Map(all).set(path, isOpen));
  };
  return (
    <ul class="tree">
      <Part name="" path="" names={[]} difference={difference} folding={{ opened, toggle, openTo, follow }} />
    </ul>
  );
}

const SIGNS = { same: '', added: '+', removed: '−', replaced: '~', changed: '' } as const;
const SAID = { same: '', added: 'added: ', removed: 'removed: ', replaced: 'changed: ', changed: '' } as const;

interface PartProps {
  readonly name: string;
  /** What it is known by while it is open or closed: before and after a replacement there are two of the same names. */
  readonly path: string;
  readonly names: Path;
  readonly difference: Difference;
  readonly folding: Folding;
}

function Part({ name, path, names, difference, folding }: PartProps): JSX.Element {
  const { kind } = difference;
  const { follow } = folding;
  const depth = names.length;
  const ways = follow !== undefined && depth > 0 && <Ways names={names} follow={follow} />;
  const key = name !== '' && (
    <>
      <span class="key">{name}</span>
      <span class="colon">: </span>
    </>
  );
  const sign = SIGNS[kind] !== '' && (
    <span class="sign">
      <span aria-hidden="true">{SIGNS[kind]}</span>
      <span class="unseen">{SAID[kind]}</span>
    </span>
  );
  if (kind === 'replaced' && !isCompound(difference.before) && !isCompound(difference.after))
    return (
      <li class="replaced">
        {sign}
        {key}
        <del>{leaf(difference.before)}</del> <span aria-hidden="true">→</span> <ins>{leaf(difference.after)}</ins>
        {ways}
      </li>
    );
  if (kind === 'replaced')
    return (
      <>
        <Part
          {...{ name, path: `${path}−`, names, folding }}
          difference={{ kind: 'removed', value: difference.before }}
        />
        <Part {...{ name, path, names, folding }} difference={{ kind: 'added', value: difference.after }} />
      </>
    );
  if (kind !== 'changed' && !isCompound(difference.value))
    return (
      <li class={kind}>
        {sign}
        {key}
        <span class="leaf">{leaf(difference.value)}</span>
        {ways}
      </li>
    );
  const isOpen = folding.opened.get(path) ?? (kind === 'changed' || depth < folding.openTo);
  const [parts, isArray] = partsOf(difference);
  const count = parts.length;
  return (
    <li class={kind}>
      <button type="button" class="fold" aria-expanded={isOpen} onClick={() => folding.toggle(path, !isOpen)}>
        {sign}
        {key}
        {isOpen ? (
          <span class="count">{isArray ? `[${count}]` : `{${count}}`}</span>
        ) : (
          <span class="preview">{cut(JSON.stringify(valueOf(difference)), PREVIEW)}</span>
        )}
      </button>
      {ways}
      {isOpen && count > 0 && <Parts {...{ parts, path, names, folding }} isFolding={kind === 'changed'} />}
    </li>
  );
}

function Ways({ names, follow }: { readonly names: Path; readonly follow: Follow }): JSX.Element {
  const way = (direction: 'before' | 'after', sign: string, says: string): JSX.Element => (
    <button
      type="button"
      aria-label={`${names.join('.')}: ${says}`}
      title={says}
      onClick={() => follow(names, direction)}
    >
      {sign}
    </button>
  );
  return (
    <span class="ways">
      {way('before', '◂ change', 'its last change before this step')}
      {way('after', 'change ▸', 'its next change')}
    </span>
  );
}

type NamedPart = readonly [name: string, part: Difference];

/** Long stretches of what did not change are one line; so is what is beyond `PARTS_MAX`. */
function Parts({
  parts,
  path,
  names,
  folding,
  isFolding,
}: Omit<PartProps, 'name' | 'difference'> & {
  readonly parts: readonly NamedPart[];
  readonly isFolding: boolean;
}): JSX.Element {
  const isShown = (index: number): boolean => {
    if (!isFolding || parts.length <= 12) return index < PARTS_MAX;
    for (let near = Math.max(0, index - CONTEXT); near <= index + CONTEXT; near++)
      if (parts[near] !== undefined && parts[near]?.[1].kind !== 'same') return true;
    return false;
  };
  const items: JSX.Element[] = [];
  for (let index = 0; index < parts.length; index++) {
    const [name, part] = parts[index] as NamedPart;
    const hiddenFrom = `${path}/…${index}`;
    if (isShown(index) || folding.opened.get(`${path}/…`) === true) {
      items.push(
        <Part
          key={`${name}${part.kind}`}
          name={name}
          path={`${path}/${name}`}
          names={[...names, name]}
          difference={part}
          folding={folding}
        />,
      );
      continue;
    }
    let end = index;
    while (end < parts.length && !isShown(end)) end++;
    items.push(
      <li key={hiddenFrom}>
        <button type="button" class="more" onClick={() => folding.toggle(`${path}/…`, true)}>
          … {end - index} {isFolding ? 'unchanged' : 'more'}
        </button>
      </li>,
    );
    index = end - 1;
  }
  return <ul>{items}</ul>;
}

const isCompound = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && Object.keys(value).length > 0;

const leaf = (value: unknown): string => (value === undefined ? 'undefined' : JSON.stringify(value));

function partsOf(difference: Exclude<Difference, { kind: 'replaced' }>): [readonly NamedPart[], boolean] {
  if (difference.kind === 'changed') return [difference.parts, difference.isArray];
  const { value, kind } = difference;
  const parts = Object.entries(value as object).map(([name, one]: [string, unknown]): NamedPart => [
    name,
    { kind, value: one },
  ]);
  return [parts, Array.isArray(value)];
}

/** The value that a difference leads to. */
function valueOf(difference: Difference): unknown {
  switch (difference.kind) {
    case 'same':
    case 'added':
    case 'removed':
      return difference.value;
    case 'replaced':
      return difference.after;
    case 'changed': {
      const kept = difference.parts.filter(([, { kind }]) => kind !== 'removed');
      return difference.isArray
        ? kept.map(([, part]) => valueOf(part))
        : Object.fromEntries(kept.map(([name, part]) => [name, valueOf(part)]));
    }
  }
}
