/** Turns what the world and the clients report into a trace. Messages are copied: the world goes on using them. */
import type { Patch } from 'immer';
import type { Fault } from '../faults/fault.js';
import type { AnyOperation } from '../history/entry.js';
import { copyPlain } from '../kernel/plain-data.js';
import type { WorldEvent } from '../world/event.js';
import type { WorldNode } from '../world/node.js';
import type { AnyMessage } from '../world/protocol.js';
import type { Completion } from '../world/context.js';
import type { DiskChange } from '../world/disk.js';
import type { Loss, World, WorldObserver } from '../world/world.js';
import type { ClientsObserver } from './clients.js';
import type { TraceEvent } from './trace.js';

export class TraceRecorder implements WorldObserver, ClientsObserver {
  readonly events: TraceEvent[] = [];
  private world: World | undefined;

  attach(world: World): void {
    this.world = world;
  }

  private at(): { step: number; time: number } {
    return { step: this.world?.steps ?? 0, time: this.world?.now ?? 0 };
  }

  sent(event: { from: WorldNode; to: WorldNode; message: AnyMessage; nth: number; copies: readonly number[] }): void {
    const { from, to, nth } = event;
    this.events.push({
      ...this.at(),
      kind: 'send',
      from: from.name,
      to: to.name,
      nth,
      message: copyPlain(event.message),
      delaysMicros: [...event.copies],
    });
  }

  lost(event: { nth: number; from: WorldNode; to: WorldNode; reason: Loss }): void {
    const { from, to, nth, reason } = event;
    this.events.push({ ...this.at(), kind: 'lost', from: from.name, to: to.name, nth, reason });
  }

  stepping(event: WorldEvent): void {
    const { node, from, message, nth, timer, key, cause } = event;
    if (node === undefined) return;
    if (event.kind === 'deliver') {
      if (from === undefined || message === undefined) return;
      const delivered = { node: node.name, from: from.name, nth, cause, message: copyPlain(message) };
      this.events.push({ ...this.at(), kind: 'deliver', ...delivered });
    } else if (event.kind === 'timer' || event.kind === 'synced') {
      this.events.push({ ...this.at(), kind: event.kind, node: node.name, timer, key, cause });
    }
  }

  patched(node: WorldNode, patches: readonly Patch[]): void {
    this.events.push({ ...this.at(), kind: 'state', node: node.name, patches });
  }

  died(node: WorldNode): void {
    this.events.push({ ...this.at(), kind: 'down', node: node.name });
  }

  diskChanged(node: WorldNode, change: DiskChange): void {
    this.events.push({ ...this.at(), kind: 'disk', node: node.name, change });
  }

  invoked(client: WorldNode, process: number, operation: AnyOperation): void {
    this.events.push({ ...this.at(), kind: 'invoke', node: client.name, process, operation });
  }

  completed(client: WorldNode, process: number, completion: Completion): void {
    this.events.push({ ...this.at(), kind: 'complete', node: client.name, process, completion });
  }

  faultBegins(fault: Fault): void {
    this.events.push({ ...this.at(), kind: 'fault-begins', fault });
  }

  faultEnds(fault: Fault): void {
    this.events.push({ ...this.at(), kind: 'fault-ends', fault });
  }

  phase(phase: 'heal' | 'probes' | 'final reads' | 'end'): void {
    this.events.push({ ...this.at(), kind: 'phase', phase });
  }
}
