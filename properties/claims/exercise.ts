/**
 * What keeps a promise under faults has to happen, or nothing is proved: reconfigurations, handoffs, repairs. How often each did,
 * by the messages that it consists of and by what the properties themselves counted.
 */
import { judge, planGenerator, simulate, type AnyMessage, type System } from '../../framework/index.js';
import { systems } from '../../models/index.js';
import type { Claim } from './claim.js';

/** A kind of message that has to arrive, or something that a property counts in `seen`. */
type Sign = { readonly message: string } | { readonly seen: string };

const message = (kind: string): Sign => ({ message: kind });
const seen = (what: string): Sign => ({ seen: what });

/** What a persistent subscription goes through, whatever its strategy. */
const PERSISTENT = {
  'events handled': seen('handled'),
  'events handled by two consumers': seen('byTwo'),
  'events that came to a consumer again': seen('again'),
  'events not handled, and told so': message('nack'),
  'events handled that were tried before': seen('retried'),
  'messages timed out': seen('timeOuts'),
  'consumers that were dropped': seen('disconnects'),
  'buffers full': seen('full'),
  'events parked': seen('parked'),
  'parked events replayed': seen('replays'),
  'parked events handled after that': seen('fromParked'),
};

/** By system, what has to happen in words, and by what it is known. */
export const MECHANISMS: Readonly<Record<string, Readonly<Record<string, Sign>>>> = {
  chain: {
    'a middle server failed, and its successor told where to resume': message('linked'),
    'joins as tail': seen('joinedAsTail'),
    'joins in the middle': seen('joinedInTheMiddle'),
    'updates copied to servers that join': seen('copied'),
    'updates that no tail had processed, unwritten': seen('unwritten'),
    'updates that followed a copy from the temporary log': seen('merged'),
    'leases granted': message('lease'),
  },
  'chain-replicated': {
    'masters elected': seen('elections'),
    'decisions of a master': seen('decisions'),
    'a middle server failed, and its successor told where to resume': message('linked'),
    'joins as tail': seen('joinedAsTail'),
    'joins in the middle': seen('joinedInTheMiddle'),
    'updates copied to servers that join': seen('copied'),
    'updates that no tail had processed, unwritten': seen('unwritten'),
    'updates that followed a copy from the temporary log': seen('merged'),
    'leases granted': message('lease'),
  },
  'primary-backup-sync': {
    failovers: seen('failovers'),
    'changes of the in-sync set': seen('changesOfInSyncSet'),
    'replicas fenced': message('fence'),
    'backups that joined a new primary': message('welcome'),
    'backups sent a checkpoint, being too far behind': message('install'),
    'leases granted': message('lease'),
  },
  'primary-backup-semi-sync': {
    failovers: seen('failovers'),
    degradations: seen('degradations'),
    'writes acknowledged alone': seen('acknowledgedAlone'),
    'backups that joined a new primary': message('welcome'),
  },
  'primary-backup-async': {
    'replicas promoted': message('promote'),
    'backups that joined a new primary': message('welcome'),
    'acknowledged writes lost within the lag': seen('lost'),
  },
  craq: {
    'heads lost': seen('headsLost'),
    'middles lost': seen('middlesLost'),
    'tails lost': seen('tailsLost'),
    'joins as head': seen('joinedAsHead'),
    'joins in the middle': seen('joinedInTheMiddle'),
    'joins as tail': seen('joinedAsTail'),
    'replicas synced': seen('synced'),
    'version queries': seen('versionQueries'),
    'test-and-sets that took': seen('testAndSets'),
  },
  dynamo: {
    'hints handed off': message('handedOver'),
    'hash trees compared': message('compare'),
    'objects exchanged after that': message('exchange'),
    siblings: seen('siblings'),
    'stale reads': seen('stale'),
  },
  'dynamo-strict': {
    'hints handed off': message('handedOver'),
    'hash trees compared': message('compare'),
    'objects exchanged after that': message('exchange'),
  },
  'crdt-state': { 'states merged': message('state') },
  'crdt-delta': {
    'intervals of deltas joined': message('joined'),
    'whole states, where an interval does not fit': message('everything'),
    'intervals refused, being meant for an earlier life': message('refused'),
  },
  'crdt-operations': { 'updates broadcast': message('broadcast'), 'logs compared': message('delivered') },
  corfu: {
    reconfigurations: seen('reconfigurations'),
    'units sealed': seen('seals'),
    'units removed': seen('removed'),
    'units repaired, and in the chain again': seen('repaired'),
    'sequencers replaced': seen('sequencers'),
    'positions filled with junk': seen('junk'),
    'records completed by a reader': seen('copied'),
    'positions trimmed': seen('trimmed'),
  },
  fawn: {
    'joins begun': seen('joins'),
    'joins merged': seen('merges'),
    'nodes given up': seen('failures'),
    'planned leaves': seen('leaves'),
  },
  shard: {
    'migrations of a slot': seen('migrations'),
    'changes of ownership': seen('flips'),
    'failovers in a group': seen('failovers'),
    'requests refused, the map being stale': seen('refused'),
  },
  raft: {
    elections: seen('elections'),
    'logs cut to that of the leader': seen('truncations'),
    'requests repeated, and recognised': seen('repeated'),
  },
  azure: {
    'extents allocated': seen('allocated'),
    'extents sealed': seen('seals'),
    'extents sealed without a replica': seen('sealedWithoutSome'),
    'replicas cut to the sealed length': seen('truncated'),
    'blocks copied up to it': seen('copied'),
    'commit lengths checked': message('check'),
    'loads that sealed first': seen('loadsThatSealed'),
    'records repeated by retries': seen('repeated'),
  },
  'change-consumers': {
    'rebalances of consumer groups': seen('rebalances'),
    'sessions that expired': seen('expired'),
    'commits and producers fenced': seen('fenced'),
    'writes of zombies fenced': seen('fencedWrites'),
    'partitions added': seen('grown'),
    'topics created anew': seen('recreated'),
    'records compacted away': seen('compacted'),
    'tombstones dropped': seen('tombstonesDropped'),
    'batches recognised that were sent again': seen('duplicates'),
    'events published again, and recognised': seen('eventsRepeated'),
    'chunks read, to fill a topic that was created anew': message('chunk'),
    'documents refused by their version': seen('refusedByVersion'),
    'documents displaced by a key change': seen('displaced'),
    'rows taken into the cache': seen('fills'),
    'rows refused by the cache, being out of date': seen('fillsRefused'),
  },
  'event-store': {
    'appends refused, another being first': message('conflict'),
    'commands acknowledged that had rivals': seen('contested'),
    'withdrawals, which might have overdrawn': seen('withdrawals'),
    'pages read by projections': message('page'),
  },
  'event-store-catch-up': {
    'pages of history read': message('slice'),
    'hand-overs to live': seen('handOvers'),
    'hand-overs that had to read on, up to where live began': seen('readOn'),
    'events that came in a page and live': seen('twice'),
    'subscriptions that the replica had forgotten': message('dropped'),
    'projections restored from a checkpoint': seen('restored'),
  },
  'event-store-persistent': {
    ...PERSISTENT,
    'events passed over, their consumer being busy': seen('passedOver'),
  },
  'event-store-round-robin': {
    ...PERSISTENT,
    'events sent while another consumer had one of the same stream': seen('shared'),
  },
  'event-store-single': {
    ...PERSISTENT,
    'events sent while another consumer had one of the same stream': seen('shared'),
  },
  cqrs: {
    'commands decided anew, the order having changed': seen('conflicts'),
    'events published again, and recognised': seen('repeated'),
    'queries refused, the table being behind': message('tooEarly'),
    'items of a bulk request rejected, and sent again': seen('itemsRepeated'),
    'documents refused, being older': seen('outdated'),
    'rows read from the cache': seen('fromCache'),
    'rows forgotten by the cache': message('invalidate'),
    'stale sets refused': seen('staleSetsRefused'),
    'cached rows expired': seen('expired'),
    'tables rebuilt': seen('tableRebuilds'),
    'search indexes rebuilt': seen('searchRebuilds'),
    'lists of several pages': seen('ofSeveralPages'),
    'lists read while orders came and went': seen('writtenMeanwhile'),
  },
  'event-store-aggregates': {
    'appends refused, another being first': message('conflict'),
    'snapshots saved': message('save'),
    'streams truncated': message('truncated'),
    'scavenges completed': seen('scavenges'),
    'acknowledged events that were truncated since': seen('truncated'),
    'aggregates cached in the end': seen('cached'),
    'states of the past that were no longer present': seen('past'),
    'states of the past, by time': seen('atATime'),
    'transfers completed': seen('completed'),
    'transfers refused': seen('refused'),
    'transfers that put the money back': seen('returned'),
  },
  cdc: {
    'slots created at a consistent point': message('slotCreated'),
    'snapshots begun anew, the slot being there': message('snapshotBegun'),
    'snapshots completed': seen('snapshots'),
    'chunks read of incremental snapshots': message('chunk'),
    'rows of chunks dropped, the stream having newer ones': seen('droppedFromChunks'),
    'transactions resumed in the middle': seen('resumedInside'),
    'events that came again': seen('replays'),
    'streams begun anew, the database having restarted': message('noSession'),
    'slots lost, and another snapshot taken': seen('slotsLost'),
    'connectors that stopped, the slot being lost': seen('stopped'),
    'changes of a primary key': seen('keyChanges'),
    'large values left out': seen('placeholders'),
    heartbeats: seen('heartbeats'),
  },
};

/** How often each mechanism of `system` was at work in the runs of the seeds 0 … `seeds` − 1. */
export function exercised(system: System, seeds: number): readonly (readonly [what: string, times: number])[] {
  const plan = planGenerator(system);
  const delivered = new Map<string, number>();
  const counted = new Map<string, number>();
  const nothing = (): void => undefined;
  const observer = {
    sent: nothing,
    lost: nothing,
    patched: nothing,
    stepping({ kind, message: arrived }: { readonly kind: string; readonly message: AnyMessage | undefined }): void {
      if (kind !== 'deliver' || arrived === undefined) return;
      delivered.set(arrived.kind, (delivered.get(arrived.kind) ?? 0) + 1);
    },
  };
  for (let seed = 0; seed < seeds; seed++) {
    const run = simulate(system, plan(seed), { observer });
    // A count that two properties share is not taken twice.
    const inRun = new Map(judge(system, run).results.flatMap(({ result }) => Object.entries(result.seen)));
    for (const [what, times] of inRun) counted.set(what, (counted.get(what) ?? 0) + times);
  }
  return Object.entries(MECHANISMS[system.name] ?? {}).map(([what, sign]) => [
    what,
    ('message' in sign ? delivered.get(sign.message) : counted.get(sign.seen)) ?? 0,
  ]);
}

const SEEDS = 200;

export function exercise(): Claim {
  const rows = systems.flatMap((system) =>
    exercised(system, SEEDS).map(([what, times]) => [system.name, what, times, (times / SEEDS).toFixed(2)] as const),
  );
  const idle = rows.filter(([, , times]) => times === 0).length;
  const silent = systems.filter(({ name }) => MECHANISMS[name] === undefined).length;
  return {
    title: 'What the models went through',
    text: `How often each mechanism was at work in the first ${SEEDS} runs of the default search, in all and in one run.`,
    headings: ['system', 'mechanism', 'times', 'in a run'],
    rows,
    holds: idle === 0 && silent === 0,
    conclusion:
      idle + silent === 0
        ? `All ${rows.length} were.`
        : `${idle} never were; ${silent} systems have none in properties/claims/exercise.ts.`,
  };
}
