/** Specifications by their names on the command line. */
import type { Spec } from '../checkers/spec.js';
import type { AnyOperation } from '../history/entry.js';
import { loadExports } from './load-module.js';
import { UsageError, WrongCall } from './usage-error.js';

export type AnySpec = Spec<unknown, AnyOperation>;

const isSpec = (value: unknown): value is AnySpec =>
  typeof value === 'object' &&
  value !== null &&
  'initial' in value &&
  'step' in value &&
  typeof value.step === 'function';

/** `keyValue` is `key-value` on the command line. */
const kebab = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** A specification without a name is called as its export is. It may be of a class, so that a copy would lose methods. */
function named(name: string, spec: AnySpec): AnySpec {
  if (spec.name !== undefined) return spec;
  return Object.create(spec, { name: { value: name, enumerable: true } }) as AnySpec;
}

/** The specifications that `module` exports, or the bundled models, by their names on the command line. */
async function specsOf(module: string | undefined): Promise<ReadonlyMap<string, AnySpec>> {
  const specs = new Map<string, AnySpec>();
  for (const [exported, value] of await loadExports(module, '--specs'))
    if (isSpec(value)) specs.set(kebab(exported), named(kebab(exported), value));
  return specs;
}

export const specNames = async (module: string | undefined): Promise<string[]> => [...(await specsOf(module)).keys()];

/** The specification called `name` among the exports of `module`, or of the bundled models. */
export async function loadSpec(name: string | undefined, module: string | undefined): Promise<AnySpec> {
  const specs = await specsOf(module);
  const known = [...specs.keys()].join(', ');
  if (specs.size === 0) throw new UsageError(`${module ?? 'the bundled models'} exports no specification`);
  if (name === undefined) throw new WrongCall(`--spec names the specification to judge by; known: ${known}`);
  const found = specs.get(kebab(name));
  if (found === undefined) throw new UsageError(`unknown specification '${name}'; known: ${known}`);
  return found;
}
