/**
 * Delivery: what became of published messages on their way to one consumer. At most once is `missing: 'allowed'` and
 * `duplicates: 'forbidden'`, at least once the reverse, exactly once forbids both; order is promised within a key, as a
 * partitioned log does.
 */
import type { CheckResult, Violation } from './verdict.js';

/** What is promised of the delivery of messages. */
export interface DeliveryRules<Message> {
  /** What tells messages apart: unique among the published, the same for every delivery of one. */
  readonly id: (message: Message) => string;
  /** Messages of one key come in the order of their publication. Default: all have one key. */
  readonly key?: (message: Message) => string;
  /** Whether a message may come again. Default: allowed. */
  readonly duplicates?: 'allowed' | 'forbidden';
  /** Whether a message may never come. Default: forbidden. */
  readonly missing?: 'allowed' | 'forbidden';
  /** Whether the first deliveries of a key may come in another order. Default: forbidden. */
  readonly disorder?: 'allowed' | 'forbidden';
}

interface Published {
  readonly id: string;
  readonly key: string;
  /** Its place among those of its key, from 0. */
  readonly place: number;
  /** Its first delivery, as an index into what was delivered. */
  deliveredAt: number | undefined;
}

/**
 * Judges what one consumer got, in the order in which it got it, against what was `published`, in the order of each key.
 *
 * - `invalid`: a message that nobody published, one that came again, one that overtook another of its key, or one that
 *   never came. `operations` are indices into `delivered`: the first deliveries that show it.
 * - `unknown`: nothing was published, or two messages as one.
 *
 * O(published + delivered).
 */
export function checkDelivery<Message>(
  published: readonly Message[],
  delivered: readonly Message[],
  rules: DeliveryRules<Message>,
): CheckResult {
  const { id, key = () => '', duplicates = 'allowed', missing = 'forbidden', disorder = 'forbidden' } = rules;
  const byId = new Map<string, Published>();
  const byKey = new Map<string, Published[]>();
  const seen = { published: published.length, delivered: delivered.length, duplicates: 0, missing: 0 };
  for (const message of published) {
    const name = key(message);
    const ofKey = byKey.get(name) ?? [];
    byKey.set(name, ofKey);
    const one: Published = { id: id(message), key: name, place: ofKey.length, deliveredAt: undefined };
    if (byId.has(one.id)) return { verdict: 'unknown', reason: `two messages were published as ${one.id}`, seen };
    byId.set(one.id, one);
    ofKey.push(one);
  }
  const violations: Violation[] = [];
  /** By key, the message published last among those that came. */
  const furthest = new Map<string, Published>();
  for (const [index, message] of delivered.entries()) {
    const one = byId.get(id(message));
    if (one === undefined) {
      violations.push({
        rule: 'delivery out of nowhere',
        explanation: `${id(message)} was delivered, and nobody published it.`,
        operations: [index],
      });
    } else if (one.deliveredAt === undefined) {
      one.deliveredAt = index;
      const before = furthest.get(one.key);
      if (before === undefined || before.place < one.place) furthest.set(one.key, one);
      else if (disorder === 'forbidden')
        violations.push({
          rule: 'delivered out of order',
          explanation: `${one.id} was published before ${before.id}${ofKey(one)}, and came after it.`,
          operations: [before.deliveredAt ?? index, index],
        });
    } else {
      seen.duplicates++;
      if (duplicates === 'forbidden')
        violations.push({
          rule: 'delivered twice',
          explanation: `${one.id} was delivered again.`,
          operations: [one.deliveredAt, index],
        });
    }
  }
  for (const one of byId.values()) {
    if (one.deliveredAt !== undefined) continue;
    seen.missing++;
    const last = furthest.get(one.key);
    if (missing === 'forbidden')
      violations.push(absence(one, last !== undefined && last.place > one.place ? last : undefined));
  }
  const [violation] = violations;
  if (violation !== undefined) return { verdict: 'invalid', violation, seen };
  if (published.length === 0) return { verdict: 'unknown', reason: 'nothing was published', seen };
  return { verdict: 'valid', seen };
}

/** What was passed over is a gap; what nothing followed may have been cut off. */
function absence(one: Published, later: Published | undefined): Violation {
  if (later === undefined)
    return {
      rule: 'never delivered',
      explanation: `${one.id} was published and never delivered, nor was anything published after it${ofKey(one)}.`,
      operations: [],
    };
  return {
    rule: 'gap in delivery',
    explanation: `${one.id} was never delivered, although ${later.id}, published after it${ofKey(one)}, was.`,
    operations: later.deliveredAt === undefined ? [] : [later.deliveredAt],
  };
}

const ofKey = ({ key }: Published): string => (key === '' ? '' : ` for ${key}`);
