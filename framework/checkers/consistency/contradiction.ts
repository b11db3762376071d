/** What reads contradict, in words: which write was visible to which read, and which guarantee made it so. */
import { describeRecorded } from '../../history/vocabulary.js';
import type { Edge } from '../dependency-graph.js';
import type { Violation } from '../verdict.js';
import { INITIAL, type Access, type Accesses } from './accesses.js';
import { guaranteeOf, INFERRED, ORDERED, type AccessGraph, type SessionGuarantee } from './session-order.js';

type AccessEdge = Edge<number | undefined>;

/** The rarer a guarantee is by itself, the more it says about what went wrong. */
const MOST_TELLING: readonly SessionGuarantee[] = [
  'writes follow reads',
  'monotonic writes',
  'read your writes',
  'monotonic reads',
];

interface Step {
  readonly to: Access;
  readonly by: SessionGuarantee | 'seen' | 'inferred';
  /** The read that tells it, if it is inferred. */
  readonly because: Access | undefined;
}

/** A way through the order: what the same session did in a row is one step. */
interface Way {
  readonly from: Access;
  readonly steps: readonly Step[];
}

export class Contradictions {
  private readonly all: Accesses;
  private readonly graph: AccessGraph;

  /** `graph` holds the promised order and what was inferred, by which a violation is explained. */
  constructor(all: Accesses, graph: AccessGraph) {
    this.all = all;
    this.graph = graph;
  }

  /** `read` returned the initial value although a write was visible to it, or one that a visible write overwrites. */
  wrongRead(read: number): Violation {
    const culprit = this.access(read);
    return culprit.source === INITIAL ? this.initialRead(read, culprit) : this.overwrittenRead(read, culprit);
  }

  private initialRead(read: number, culprit: Access): Violation {
    const shown = this.shortest((this.all.writes[culprit.key] ?? []).map((write) => this.way(write, read)));
    const { name, violation } = new Telling(culprit);
    return violation(
      guaranteeIn([shown]),
      `${name(culprit)} returned the initial value, although ${name(shown.from)} was visible to it: ${tell(shown, name)}`,
    );
  }

  private overwrittenRead(read: number, culprit: Access): Violation {
    const { source } = culprit;
    const ways = (this.all.writes[culprit.key] ?? []).map((write) => {
      const newer = write === source ? undefined : this.way(source, write);
      const shown = newer === undefined ? undefined : this.way(write, read);
      return newer === undefined || shown === undefined
        ? undefined
        : { newer, shown, steps: [...newer.steps, ...shown.steps] };
    });
    const { newer, shown } = this.shortest(ways);
    const { name, violation } = new Telling(culprit);
    return violation(
      guaranteeIn([shown]),
      `${name(culprit)} returned what ${name(newer.from)} wrote, although ${name(shown.from)} overwrites it ` +
        `(${tell(newer, name)}) and was visible to it (${tell(shown, name)})`,
    );
  }

  /** Orders that contradict each other, as edges that lead back to where they began. */
  cycle(edges: readonly AccessEdge[]): Violation {
    const inferred = edges.flatMap(({ from, to, reason }) =>
      reason === undefined ? [] : [{ write: this.access(from), source: this.access(to), from, to, reason }],
    );
    const around = this.wayOver(edges);
    const [only] = inferred;
    if (only === undefined) {
      const { name, violation } = new Telling(around.from);
      return violation('cyclic causality', `each of these would have to come before itself: ${tell(around, name)}`);
    }
    if (inferred.length === 1 && this.way(only.to, only.from) !== undefined) return this.wrongRead(only.reason);
    const latest = Math.max(...inferred.map(({ reason }) => reason));
    const { name, violation } = new Telling(this.access(latest));
    const reads = inferred.map(({ write, source, from, reason }) => {
      const read = this.access(reason);
      return { write, source, read, shown: this.way(from, reason) };
    });
    const told = reads.map(({ write, source, read, shown }) =>
      write === read
        ? `${name(read)} comes before ${name(source)}, because that overwrites what it returned`
        : `${name(write)} comes before ${name(source)}, because ${name(read)} returned what ${name(source)} wrote although ` +
          `${name(write)} was visible to it${shown === undefined ? '' : ` (${tell(shown, name)})`}`,
    );
    const sessions = new Set(reads.map(({ read }) => read.session));
    // Only one interleaving of all processes tells that a read comes before what overwrites its value.
    const interleaved = reads.some(({ write, read }) => write === read);
    const rule = interleaved
      ? 'not sequentially consistent'
      : sessions.size > 1
        ? 'conflicting orders of writes'
        : guaranteeIn(reads.flatMap(({ shown }) => shown ?? []));
    const rest = inferred.length === edges.length ? '' : `; and ${tell(around, name)}`;
    return violation(rule, `no order of the writes agrees with what was read: ${told.join('; ')}${rest}`);
  }

  private access(id: number): Access {
    return this.all.accesses[id] as Access;
  }

  /** The shortest way from one access to another; undefined if there is none. */
  private way(from: number, to: number): Way | undefined {
    const edges = this.graph.path(from, to, ORDERED) ?? this.graph.path(from, to, ORDERED | INFERRED);
    return edges === undefined ? undefined : this.wayOver(edges, from);
  }

  private wayOver(edges: readonly AccessEdge[], from = edges[0]?.from ?? 0): Way {
    const steps: Step[] = [];
    let at = this.access(from);
    for (const { to, kind, reason } of edges) {
      const access = this.all.accesses[to];
      // A node that only gathers: the session goes on behind it.
      if (access === undefined) continue;
      const last = steps.at(-1);
      const because = reason === undefined ? undefined : this.access(reason);
      if (kind === INFERRED) steps.push({ to: access, by: 'inferred', because });
      else if (access.session !== at.session) steps.push({ to: access, by: 'seen', because });
      else {
        const before = steps.at(-2)?.to ?? this.access(from);
        const goesOn = last !== undefined && last.by !== 'seen' && last.by !== 'inferred';
        if (goesOn) steps.pop();
        const start = goesOn ? before : at;
        steps.push({ to: access, by: guaranteeOf(start, access), because });
      }
      at = access;
    }
    return { from: this.access(from), steps };
  }

  private shortest<W extends { readonly steps: readonly Step[] }>(ways: readonly (W | undefined)[]): W {
    const there = ways.filter((way) => way !== undefined);
    return there.reduce((best, way) => (way.steps.length < best.steps.length ? way : best));
  }
}

/** The most telling guarantee of those on the ways. */
function guaranteeIn(ways: readonly Way[]): string {
  const used = new Set(ways.flatMap(({ steps }) => steps.map(({ by }) => by)));
  return MOST_TELLING.find((guarantee) => used.has(guarantee)) ?? 'read of what comes later';
}

function tell({ from, steps }: Way, name: (access: Access) => string): string {
  const parts = steps.map(({ to, by, because }) => {
    switch (by) {
      case 'seen':
        return `, seen by ${name(to)}`;
      case 'inferred':
        return `, before ${name(to)} by what ${because === undefined ? 'was read' : name(because)} returned`;
      case 'read your writes':
      case 'monotonic reads':
      case 'monotonic writes':
      case 'writes follow reads':
        return `, then ${name(to)}`;
    }
  });
  return name(from) + parts.join('');
}

/** Gives accesses letters as they are named, so that sentences stay short, and says at the end what the letters mean. */
class Telling {
  private readonly culprit: Access;
  private readonly letters = new Map<Access, string>();

  constructor(culprit: Access) {
    this.culprit = culprit;
  }

  readonly name = (access: Access): string => {
    const letter = this.letters.get(access) ?? LETTERS[this.letters.size] ?? `O${this.letters.size + 1}`;
    this.letters.set(access, letter);
    return letter;
  };

  readonly violation = (rule: string, text: string): Violation => {
    const legend = [...this.letters].map(([{ recorded }, letter]) => `${letter}: ${describeRecorded(recorded)}`);
    const others = [...this.letters.keys()].filter((access) => access !== this.culprit);
    const indices = others.map(({ recorded }) => recorded.index).sort((one, other) => one - other);
    return {
      rule,
      explanation: `${text}. ${legend.join('; ')}.`,
      operations: [...indices, this.culprit.recorded.index],
    };
  };
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
