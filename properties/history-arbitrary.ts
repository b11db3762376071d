/** Small random histories of a key-value store, right and wrong ones, for the tests of histories and checkers. */
import fc from 'fast-check';
import type { Entry, History } from '../framework/history/entry.js';
import { time } from '../framework/kernel/time.js';
import { keyValue, type KeyValueOperation, type KeyValueValue } from '../models/specs/key-value.js';

export interface HistoryShape {
  readonly operationsMax: number;
  readonly clients: number;
  readonly keys: readonly string[];
}

/** One turn of a client: it invokes if it is idle; else its operation takes effect, or it learns an outcome. */
interface Turn {
  readonly client: number;
  readonly operation: KeyValueOperation;
  readonly outcome: 'ok' | 'wrong' | 'fail' | 'info' | 'effect';
  readonly wrongResult: KeyValueValue;
}

interface Client {
  process: number;
  open: { readonly operation: KeyValueOperation; result: unknown; done: boolean } | undefined;
}

/** Well-formed histories. Most are linearizable; some answers are replaced by wrong ones, which may be right by chance. */
export function historyArbitrary({
  operationsMax,
  clients,
  keys,
}: HistoryShape): fc.Arbitrary<History<KeyValueOperation>> {
  const key = fc.constantFrom(...keys);
  const value = fc.integer({ min: 1, max: 2 });
  const operation: fc.Arbitrary<KeyValueOperation> = fc.oneof(
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('get' as const), key }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('put' as const), key, value }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('append' as const), key, value }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('cas' as const), key, from: value, to: value }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('delete' as const), key }) },
  );
  const turn: fc.Arbitrary<Turn> = fc.record({
    client: fc.nat({ max: clients - 1 }),
    operation,
    outcome: fc.constantFrom('ok', 'ok', 'ok', 'effect', 'effect', 'wrong', 'fail', 'info'),
    wrongResult: fc.constantFrom(null, 1, 2),
  });
  const turns = fc.array(turn, { maxLength: operationsMax * 4, size: 'max' });
  return turns.map((list) => play(list, operationsMax, clients));
}

function play(turns: readonly Turn[], operationsMax: number, count: number): History<KeyValueOperation> {
  const history: Entry<KeyValueOperation>[] = [];
  const store = new Map<string, KeyValueValue>();
  const clients: Client[] = Array.from({ length: count }, (_, process) => ({ process, open: undefined }));
  let invoked = 0;
  let now = 0;
  let nextProcess = count;
  for (const { client: index, operation, outcome, wrongResult } of turns) {
    const client = clients[index];
    if (client === undefined) continue;
    const { process, open } = client;
    const at = time((now += 1_000));
    if (open === undefined) {
      if (invoked++ >= operationsMax) continue;
      client.open = { operation, result: null, done: false };
      history.push({ type: 'invoke', process, time: at, operation });
      continue;
    }
    const takesEffect = outcome !== 'fail' && !(outcome === 'info' && wrongResult === null);
    if (takesEffect && !open.done) {
      const stepped = keyValue.step(store.get(open.operation.key) ?? null, open.operation);
      store.set(open.operation.key, stepped.state);
      open.result = stepped.result;
      open.done = true;
    }
    if (outcome === 'effect') continue;
    client.open = undefined;
    if (outcome === 'info') {
      history.push({ type: 'info', process, time: at, reason: 'unknown' });
      client.process = nextProcess++;
    } else if (outcome === 'fail' && !open.done) history.push({ type: 'fail', process, time: at, reason: 'failed' });
    else history.push({ type: 'ok', process, time: at, result: outcome === 'wrong' ? wrongResult : open.result });
  }
  return history;
}
