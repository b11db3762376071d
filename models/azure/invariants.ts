/** What must hold after every step, between the extent nodes that are up. */
import { stateInvariant, type NodeId, type Role } from '../../framework/index.js';
import type { Message } from './messages.js';
import type { NodeState, Replica } from './replica.js';

type Nodes = ReadonlyMap<NodeId, NodeState>;
type Check = (nodes: Nodes, changed: NodeId) => string | undefined;

const textOf = ({ blocks }: Replica): string => blocks.map(({ request }) => request).join(' ');

/** "All of its replicas are bitwise identical once it is sealed" (§4.3.2), at one length, for good. */
function sealedIdentical(): Check {
  const sealed = new Map<number, { readonly text: string; readonly length: number; readonly node: NodeId }>();
  return (nodes, changed) => {
    for (const replica of nodes.get(changed)?.extents ?? []) {
      if (!replica.sealed) continue;
      const { extent, blocks } = replica;
      const first = sealed.get(extent);
      if (first === undefined) sealed.set(extent, { text: textOf(replica), length: blocks.length, node: changed });
      else if (first.length !== blocks.length || first.text !== textOf(replica))
        return `extent ${extent} is sealed at ${first.node} as [${first.text}] and at ${changed} as [${textOf(replica)}]`;
    }
    return undefined;
  };
}

/** The primary picks offsets, and no other ever does: no two replicas have different blocks at an offset. */
function offsetsUnique(): Check {
  const given = new Map<number, string[]>();
  const looked = new Map<NodeId, Map<number, number>>();
  return (nodes, changed) => {
    const lengths = looked.get(changed) ?? new Map<number, number>();
    looked.set(changed, lengths);
    for (const { extent, blocks } of nodes.get(changed)?.extents ?? []) {
      const requests = given.get(extent) ?? [];
      given.set(extent, requests);
      for (let offset = lengths.get(extent) ?? 0; offset < blocks.length; offset++) {
        const request = blocks[offset]?.request ?? '';
        const known = (requests[offset] ??= request);
        if (known !== request)
          return `offset ${offset} of extent ${extent} is request ${request} at ${changed}, and was given to ${known}`;
      }
      lengths.set(extent, blocks.length);
    }
    return undefined;
  };
}

export const INVARIANT_NAMES = {
  sealed: 'sealed replicas are bitwise identical',
  offsets: 'an offset is given once',
} as const;

export const azureInvariants = (node: Role<NodeState, Message>) => [
  stateInvariant(node, INVARIANT_NAMES.sealed, sealedIdentical),
  stateInvariant(node, INVARIANT_NAMES.offsets, offsetsUnique),
];
