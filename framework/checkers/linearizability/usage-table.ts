/**
 * How many operations of unknown outcome a configuration has used, by kind: a sparse vector of counts, interned as a small
 * integer. 0 is the empty one. Most histories never need another.
 */
export class UsageTable {
  /** Each vector as kind, count, kind, count, …, in rising order of kinds. */
  private readonly vectors: (readonly number[])[] = [[]];
  private readonly byText = new Map<string, number>([['', 0]]);
  /** `more` remembered, by kind and usage. */
  private readonly successors: Map<number, number>[] = [];

  count(usage: number, kind: number): number {
    if (usage === 0) return 0;
    const vector = this.vectors[usage] ?? [];
    for (let at = 0; at < vector.length; at += 2) if (vector[at] === kind) return vector[at + 1] ?? 0;
    return 0;
  }

  /** `usage` with one more of `kind`. */
  more(usage: number, kind: number): number {
    const successors = (this.successors[kind] ??= new Map<number, number>());
    const known = successors.get(usage);
    if (known !== undefined) return known;
    const counts = new Map<number, number>();
    const vector = this.vectors[usage] ?? [];
    for (let at = 0; at < vector.length; at += 2) counts.set(vector[at] ?? 0, vector[at + 1] ?? 0);
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
    const flat = [...counts].sort(([one], [other]) => one - other).flat();
    const text = flat.join();
    let id = this.byText.get(text);
    if (id === undefined) {
      id = this.vectors.length;
      this.vectors.push(flat);
      this.byText.set(text, id);
    }
    successors.set(usage, id);
    return id;
  }

  /** Whether `one` uses no more of anything than `other`. */
  within(one: number, other: number): boolean {
    if (one === other || one === 0) return true;
    if (other === 0) return false;
    const small = this.vectors[one] ?? [];
    const large = this.vectors[other] ?? [];
    let at = 0;
    for (let place = 0; place < small.length; place += 2) {
      while (at < large.length && (large[at] ?? 0) < (small[place] ?? 0)) at += 2;
      if (at >= large.length || large[at] !== small[place] || (large[at + 1] ?? 0) < (small[place + 1] ?? 0))
        return false;
    }
    return true;
  }
}
