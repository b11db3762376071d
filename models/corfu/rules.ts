/** The decisions on which safety rests, apart from the handlers so that a mutant can break one of them and no other. */
import type { NodeId } from '../../framework/index.js';
import type { Page } from './messages.js';

export interface Rules {
  /** Whether the page that a client finds at the position that it was given is its own. */
  isMine(pages: { readonly mine: Page; readonly found: Page }): boolean;

  /** Whether a unit may be a member of the chain: `copied` is whether it has all that was acknowledged without it. */
  mayEnterChain(unit: { readonly copied: boolean }): boolean;

  /**
   * Whether a read knows enough when these units have answered in its epoch. Some unit of the chain is sealed before there
   * is another projection, so that those of an older one cannot all answer.
   */
  isReadComplete(read: {
    readonly answered: readonly NodeId[];
    readonly replicas: readonly NodeId[];
    readonly tail: NodeId;
  }): boolean;

  /** The order in which junk is written: as everything, from the head, where writers meet. */
  fillOrder(replicas: readonly NodeId[]): readonly NodeId[];
}

export const rules: Rules = {
  isMine: ({ mine, found }) => mine.kind === 'data' && found.kind === 'data' && mine.nonce === found.nonce,
  mayEnterChain: ({ copied }) => copied,
  isReadComplete: ({ answered, replicas }) => replicas.every((one) => answered.includes(one)),
  fillOrder: (replicas) => replicas,
};
