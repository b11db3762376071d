/**
 * The monitor: it leases the role of primary, notices by silence that a lease has run out, and promotes another replica.
 * It stands for a replicated service and is taken to be reliable: it never crashes. But it can be cut off and slow, so
 * it suspects primaries that are well, and the protocol must be right all the same.
 */
import { protocol, type Context, type NodeId, type Role, type Time } from '../../framework/index.js';
import { firstOfEpochs, sharedLength, type Lineage } from './log.js';
import type { Message } from './messages.js';
import { FIRST_TERM, type Setting } from './replica-state.js';
import type { Report } from './rules.js';

/** What became of one failover: the monitor's own record of it, and the measure of what it may have lost. */
export interface Failover {
  /** On the monitor's clock: nobody reigns between the last lease's end and this. */
  readonly at: Time;
  readonly term: number;
  readonly deposed: NodeId;
  readonly promoted: NodeId;
  /** What every replica that could be reached reported, in the order of the replicas. */
  readonly reports: readonly Report[];
}

export interface MonitorState {
  term: number;
  /** The primary of `term`; while reports are gathered, the deposed one of the term before. */
  primary: NodeId;
  /** The log that the last primary began with, by which reports are compared. */
  lineage: Lineage;
  /** Synchronous only: who may be promoted. */
  inSync: NodeId[];
  version: number;
  /** Null unless a failover is under way. */
  reports: Report[] | null;
  /** The primary of `term` has been heard of. */
  confirmed: boolean;
  failovers: Failover[];
}

type MonitorContext = Context<Message, 'suspect' | 'round' | 'promote'>;

export function monitorRole(setting: Setting): Role<MonitorState, Message> {
  const { configuration } = setting;
  const [firstPrimary = ''] = configuration.replicas;
  return protocol<MonitorState, Message, 'suspect' | 'round' | 'promote'>({
    init(ctx) {
      ctx.setTimer('suspect', configuration.suspectMicros);
      return {
        term: FIRST_TERM,
        primary: firstPrimary,
        lineage: { term: FIRST_TERM, epochs: [] },
        inSync: [...configuration.replicas],
        version: 0,
        reports: null,
        confirmed: true,
        failovers: [],
      };
    },
    on: {
      beat(state, { term, sentAt }, from, ctx) {
        if (state.reports !== null || term !== state.term || from !== state.primary) return;
        state.confirmed = true;
        ctx.cancelTimer('promote');
        ctx.send(from, { kind: 'lease', term, sentAt });
        ctx.setTimer('suspect', configuration.suspectMicros);
      },
      change(state, { term, version, inSync }, from, ctx) {
        if (state.reports !== null || term !== state.term || from !== state.primary) return;
        if (version === state.version + 1) {
          state.version = version;
          state.inSync = [...inSync];
        }
        ctx.send(from, { kind: 'changed', term, version: state.version, inSync: state.inSync });
      },
      report(state, { term, epochs, level }, from, ctx) {
        if (state.reports === null || term !== state.term) return;
        if (state.reports.some(({ node }) => node === from)) return;
        state.reports.push({ node: from, epochs, shared: sharedLength(state.lineage, epochs), level });
        if (state.reports.length === configuration.replicas.length) promoteOne(state, setting, ctx);
      },
    },
    timers: {
      // Every lease has run out by now, on the slowest clock allowed: the term can end.
      suspect(state, ctx) {
        state.term++;
        state.reports = [];
        ctx.cancelTimer('promote');
        sendFence(state, setting, ctx);
      },
      round(state, ctx) {
        if (state.reports !== null && !promoteOne(state, setting, ctx)) sendFence(state, setting, ctx);
      },
      promote: (state, ctx) => sendPromote(state, setting, ctx),
    },
  });
}

function sendFence(state: MonitorState, { configuration }: Setting, ctx: MonitorContext): void {
  for (const node of configuration.replicas) ctx.send(node, { kind: 'fence', term: state.term });
  ctx.setTimer('round', configuration.reportRoundMicros);
}

/** Ends the failover if somebody who may be promoted has reported. */
function promoteOne(state: MonitorState, setting: Setting, ctx: MonitorContext): boolean {
  const { configuration, rules } = setting;
  const { reports } = state;
  const replicas = configuration.replicas.length;
  if (reports === null || !rules.enoughReports({ reports: reports.length, replicas })) return false;
  const inOrder = configuration.replicas.flatMap((node) => reports.filter((report) => report.node === node));
  const candidates = inOrder.filter(({ node }) => rules.mayBePromoted({ isInSync: state.inSync.includes(node) }));
  const promoted = candidates.length === 0 ? undefined : rules.promoted(candidates);
  const chosen = candidates.find(({ node }) => node === promoted);
  if (promoted === undefined || chosen === undefined) return false;
  state.failovers.push({ at: ctx.now(), term: state.term, deposed: state.primary, promoted, reports: inOrder });
  state.primary = promoted;
  state.lineage = { term: state.term, epochs: firstOfEpochs(chosen.epochs, chosen.shared) };
  // Whoever could not be reached would only hold up the new primary. It is admitted again when it has caught up.
  state.inSync = state.inSync.filter((node) => inOrder.some((report) => report.node === node));
  state.version++;
  state.reports = null;
  state.confirmed = false;
  ctx.cancelTimer('round');
  ctx.setTimer('suspect', configuration.suspectMicros);
  sendPromote(state, setting, ctx);
  return true;
}

/** Until the promoted replica is heard of, or suspected in its turn. */
function sendPromote(state: MonitorState, { configuration }: Setting, ctx: MonitorContext): void {
  const { term, inSync, version, primary, lineage } = state;
  if (state.reports !== null || state.confirmed) return;
  ctx.send(primary, { kind: 'promote', term, kept: lineage.epochs.at(-1)?.end ?? 0, inSync, version });
  ctx.setTimer('promote', configuration.reportRoundMicros);
}

export interface MonitorInspection {
  readonly kind: 'monitor';
  readonly primary: NodeId;
  readonly inSync: readonly NodeId[];
  /** How often the in-sync set was changed. */
  readonly changes: number;
  readonly failovers: readonly Failover[];
}

export function inspectMonitor({ primary, inSync, version, failovers }: MonitorState): MonitorInspection {
  return { kind: 'monitor', primary, inSync, changes: version, failovers };
}
