/** The connector: which handler answers which message. What the handlers do is in the files they come from. */
import { protocol, type Role } from '../../../framework/index.js';
import { onDescribed, onProduced } from '../../partitioned-log/index.js';
import { BROKER, DATABASE, type Message } from '../messages.js';
import type { Rules } from '../rules.js';
import { topicOf, type Schema } from '../schema.js';
import { deploymentMicrosMax, heartbeatMicros, offsetFlushMicros, retryMicros } from '../timing.js';
import { onChunk, onExecuted, retryChunk } from './incremental.js';
import type { Offset } from './offset.js';
import {
  connect,
  onRows,
  onReplicationRefused,
  onSlotCreated,
  onSlotExists,
  onSnapshotBegun,
  onSnapshotLost,
  readOn,
  streamWhenComplete,
} from './snapshot.js';
import {
  freshConnector,
  onProduceRetry,
  type Config,
  type ConnectorContext,
  type ConnectorState,
  type ConnectorTimer,
  type Environment,
  type SnapshotMode,
} from './state.js';
import { flushOffset, onAnswer, onOffsetStored } from './storing.js';
import { onFrames, onHeartbeatDue, onStatusDue, requestStream, startStreaming } from './streaming.js';

/** How a connector is deployed. */
export interface Deployment {
  /** Default: any of them, by the seed. */
  readonly mode?: SnapshotMode;
  readonly flushMicros?: number;
  readonly withinMicros?: number;
  /** How often it asks whether its topics are what they were (`metadata.max.age.ms`). Default: never. */
  readonly metadataMicros?: number;
}

const MODES: readonly SnapshotMode[] = ['initial', 'when_needed', 'always', 'no_data'];

export function connector(schema: Schema, rules: Rules, deployment: Deployment = {}): Role<ConnectorState, Message> {
  const { withinMicros = deploymentMicrosMax, flushMicros = offsetFlushMicros } = deployment;
  const undeployed = (ctx: ConnectorContext): ConnectorState => {
    ctx.setTimer('deploy', ctx.random.between(0, withinMicros));
    return freshConnector({ boot: 1, config: null, stored: null }, schema);
  };
  const askForMetadata = (ctx: ConnectorContext): void => {
    const { metadataMicros } = deployment;
    if (metadataMicros === undefined) return;
    for (const table of schema.captured)
      ctx.send(BROKER, { kind: 'describeTopic', id: 'metadata', topic: topicOf(table) });
    ctx.setTimer('metadata', metadataMicros);
  };
  const begin = (state: ConnectorState, environment: Environment): void => {
    const { ctx } = environment;
    connect(state, environment);
    flushOffset(state, environment);
    ctx.setTimer('heartbeat', heartbeatMicros);
    askForMetadata(ctx);
  };

  return protocol<ConnectorState, Message, ConnectorTimer>({
    init: undeployed,
    recover(ctx) {
      const config = ctx.disk.get<Config>('config');
      if (config === undefined) return undeployed(ctx);
      const boot = (ctx.disk.get<number>('boot') ?? 1) + 1;
      ctx.disk.set('boot', boot);
      ctx.disk.sync('booted');
      return freshConnector({ boot, config, stored: ctx.disk.get<Offset>('offset') ?? null }, schema);
    },
    on: {
      slotCreated: (state, message, _from, ctx) => onSlotCreated(state, message, { ctx, rules, schema }),
      slotExists: (state, message, _from, ctx) => onSlotExists(state, message, { ctx, rules, schema }),
      snapshotBegun: (state, message, _from, ctx) => onSnapshotBegun(state, message, { ctx, rules, schema }),
      snapshotLost: (state, message, _from, ctx) => onSnapshotLost(state, message, { ctx, rules, schema }),
      rows: (state, message, _from, ctx) => onRows(state, message, { ctx, rules, schema }),
      frames: (state, message, _from, ctx) => onFrames(state, message, { ctx, rules, schema }),
      noSession(state, { session }, _from, ctx) {
        // The database has restarted: what was processed is still here, and the stream goes on from there.
        const { phase } = state;
        if (phase.kind === 'streaming' && phase.session === session) startStreaming(state, { ctx, rules, schema });
      },
      replicationRefused: (state, message, _from, ctx) => onReplicationRefused(state, message, { ctx, rules, schema }),
      status(state, { id }, from, ctx) {
        ctx.send(from, { kind: 'connectorStatus', id, hasFailed: state.phase.kind === 'failed' });
      },
      executed: (state, { id }, _from, ctx) => onExecuted(state, id, { ctx, rules, schema }),
      chunk: (state, message, _from, ctx) => onChunk(state, message, { ctx, rules, schema }),
      produced: (state, message, _from, ctx) =>
        onAnswer(state, onProduced(state.producer, message), { ctx, rules, schema }),
      topicDescribed: (state, message, _from, ctx) =>
        onAnswer(state, onDescribed(state.producer, message), { ctx, rules, schema }),
    },
    timers: {
      deploy(state, ctx) {
        state.config = { mode: deployment.mode ?? ctx.random.pick(MODES), flushMicros };
        ctx.disk.set('config', state.config);
        ctx.disk.set('boot', state.boot);
        ctx.disk.sync('booted');
      },
      booted: (state, ctx) => begin(state, { ctx, rules, schema }),
      retry: (state, ctx) => retry(state, { ctx, rules, schema }),
      status: (state, ctx) => onStatusDue(state, { ctx, rules, schema }),
      flushOffset: (state, ctx) => flushOffset(state, { ctx, rules, schema }),
      offsetStored(state, ctx) {
        onOffsetStored(state, { ctx, rules, schema });
        streamWhenComplete(state, { ctx, rules, schema });
      },
      heartbeat: (state, ctx) => onHeartbeatDue(state, { ctx, rules, schema }),
      metadata: (_state, ctx) => askForMetadata(ctx),
      chunkRetry: (state, ctx) => retryChunk(state, { ctx, rules, schema }),
      produceRetry: (state, ctx) => onProduceRetry(state, ctx),
    },
  });
}

/** No answer came: the request that the phase waits for is repeated. */
function retry(state: ConnectorState, environment: Environment): void {
  const { ctx } = environment;
  const { phase } = state;
  switch (phase.kind) {
    case 'connecting':
      ctx.send(DATABASE, { kind: 'createSlot', id: phase.id });
      ctx.setTimer('retry', retryMicros);
      return;
    case 'snapshotting':
      ctx.send(DATABASE, { kind: 'beginSnapshot', id: phase.id });
      ctx.setTimer('retry', retryMicros);
      return;
    case 'scanning':
      readOn(phase, environment);
      return;
    case 'streaming':
      if (!phase.started && state.position !== null) requestStream(phase, state.position, environment);
      return;
    case 'undeployed':
    case 'completing':
    case 'failed':
      return;
  }
}
