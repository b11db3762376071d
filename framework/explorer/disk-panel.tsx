/** The disk of every node: its records and values as the node reads them, and which of them a crash would leave. */
import type { JSX } from 'preact';
import type { DiskRecord } from '../world/disk.js';
import { describeValue } from '../report/describe.js';
import type { DiskState } from '../recording/node-histories.js';
import type { Shown } from './app.js';
import { NodeSection } from './node-section.js';
import { Tree } from './tree.js';
import { diskWords } from './words.js';

/** The last records of a log that are shown. */
const RECORDS_MAX = 200;

export function DiskPanel(shown: Shown): JSX.Element {
  const { model, view, moment } = shown;
  const here = model.nodeAt(moment);
  const disks = model.nodes.flatMap((node) => {
    const disk = model.histories.get(node)?.disk;
    const isUsed = disk?.neighbour(-1, 'after') !== undefined;
    if (disk === undefined || !isUsed) return [];
    const changes = disk.changesIn(moment);
    const isOpen = changes.length > 0 || view.node === node || node === here;
    return [{ node, disk, now: disk.at(moment), changes, isOpen }];
  });
  // Where this step has nothing to do with a disk, none matters more than the others.
  const areAllOpen = !disks.some(({ isOpen }) => isOpen);
  if (disks.length === 0) return <p class="quiet">No node of this run writes to its disk.</p>;
  return (
    <>
      <p class="legend">
        <span class="durable">● synced: a crash leaves it</span>{' '}
        <span class="unsynced">○ not synced: a crash may lose it</span>{' '}
        <span class="ghost">◌ still on disk, though truncated or replaced</span>
      </p>
      {disks.map(({ node, disk, now, changes, isOpen }) => (
        <NodeSection
          key={node}
          shown={shown}
          node={node}
          opensItself={isOpen || areAllOpen}
          badges={[
            ...(now.unsynced.length > 0 ? [`unsynced ${now.unsynced.length}`] : []),
            ...(changes.length > 0 ? ['changed'] : []),
          ]}
          neighbours={{ before: disk.neighbour(moment, 'before'), after: disk.neighbour(moment, 'after') }}
        >
          {() => (
            <>
              {changes.length > 0 && (
                <ul class="changes">
                  {changes.map((change, place) => (
                    <li key={place}>{diskWords(change)}</li>
                  ))}
                </ul>
              )}
              <Contents disk={now} />
            </>
          )}
        </NodeSection>
      ))}
    </>
  );
}

function Contents({ disk: { cached, durable } }: { readonly disk: DiskState }): JSX.Element {
  const logs = [...new Set([...cached.logs.keys(), ...durable.logs.keys()])];
  const keys = [...new Set([...cached.values.keys(), ...durable.values.keys()])];
  if (logs.length + keys.length === 0) return <p class="quiet">The disk is empty.</p>;
  return (
    <>
      {logs.map((log) => (
        <Log key={log} name={log} cached={cached.logs.get(log) ?? []} durable={durable.logs.get(log) ?? []} />
      ))}
      {keys.length > 0 && (
        <table class="disk">
          <caption>values</caption>
          <tbody>
            {keys.map((key) => {
              const [now, kept] = [cached.values.get(key), durable.values.get(key)];
              const isDurable = durable.values.has(key) && JSON.stringify(now) === JSON.stringify(kept);
              return (
                <tr key={key} class={isDurable ? 'durable' : 'unsynced'}>
                  <td class="place">{isDurable ? '●' : '○'}</td>
                  <th scope="row">{key}</th>
                  <td>
                    <Tree value={now} openTo={0} />
                    {!isDurable && durable.values.has(key) && (
                      <span class="ghost">◌ on disk: {describeValue(kept)}</span>
                    )}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
    </>
  );
}

function Log({
  name,
  cached,
  durable,
}: {
  readonly name: string;
  readonly cached: readonly DiskRecord[];
  readonly durable: readonly DiskRecord[];
}): JSX.Element {
  const from = Math.max(0, cached.length - RECORDS_MAX);
  const ghosts = durable.slice(cached.length);
  return (
    <table class="disk">
      <caption>
        log {name} <span class="quiet">({cached.length})</span>
      </caption>
      <tbody>
        {from > 0 && (
          <tr>
            <td colSpan={3} class="quiet">
              … {from} earlier records
            </td>
          </tr>
        )}
        {cached.slice(from).map((record, place) => {
          const index = from + place;
          const isDurable = durable[index] === record;
          return (
            <Row
              key={index}
              {...{ index, record }}
              kind={isDurable ? 'durable' : 'unsynced'}
              instead={isDurable ? undefined : durable[index]}
            />
          );
        })}
        {ghosts.map((record, place) => (
          <Row key={`ghost${place}`} index={cached.length + place} record={record} kind="ghost" instead={undefined} />
        ))}
        {cached.length + ghosts.length === 0 && (
          <tr>
            <td colSpan={3} class="quiet">
              no records
            </td>
          </tr>
        )}
      </tbody>
    </table>
  );
}

const SIGNS = { durable: '●', unsynced: '○', ghost: '◌' } as const;
const SAID = { durable: 'synced', unsynced: 'not synced', ghost: 'on disk only' } as const;

function Row({
  index,
  record,
  kind,
  instead,
}: {
  readonly index: number;
  readonly record: DiskRecord;
  readonly kind: keyof typeof SIGNS;
  readonly instead: DiskRecord | undefined;
}): JSX.Element {
  return (
    <tr class={kind}>
      <td class="place" title={SAID[kind]}>
        <span aria-hidden="true">{SIGNS[kind]}</span>
        <span class="unseen">{SAID[kind]}</span>
      </td>
      <th scope="row">{index}</th>
      <td>
        <Tree value={record.record} openTo={0} />
        {record.damaged !== undefined && <span class="badge down">{record.damaged}</span>}
        {instead !== undefined && <span class="ghost">◌ on disk: {describeValue(instead.record)}</span>}
      </td>
    </tr>
  );
}
