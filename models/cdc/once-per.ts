/** A function of an object that is worked out once for each, as long as that lives: what several properties of a run ask for. */
export function oncePer<From extends object, To>(work: (from: From) => To): (from: From) => To {
  const known = new WeakMap<From, { readonly to: To }>();
  return (from) => {
    const found = known.get(from) ?? { to: work(from) };
    known.set(from, found);
    return found.to;
  };
}
