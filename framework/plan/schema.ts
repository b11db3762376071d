/** Reads plans that come from outside: a file, a hand-written test. */
import { z } from 'zod';
import { FAULT_KINDS, faultType, type Fault } from '../faults/fault.js';
import { micros, name, perMillion } from '../faults/fault-type.js';
import { parseBy, type Parsed } from './parse.js';
import type { Plan } from './plan.js';

const positive = z.int().positive();

const delay = z.discriminatedUnion('kind', [
  z
    .strictObject({ kind: z.literal('uniform'), minMicros: micros, maxMicros: micros })
    .refine((one) => one.minMicros <= one.maxMicros, { message: 'minMicros is greater than maxMicros' }),
  z
    .strictObject({ kind: z.literal('long-tail'), minMicros: micros, scaleMicros: positive, maxMicros: micros })
    .refine((one) => one.minMicros <= one.maxMicros, { message: 'minMicros is greater than maxMicros' }),
]);

// Each schema is that of its kind's faults: the union is that of all.
const kinds: unknown = z.discriminatedUnion('kind', FAULT_KINDS.map((kind) => faultType(kind).schema) as [z.ZodObject]);
const fault = kinds as z.ZodType<Fault>;

export const planSchema = z
  .strictObject({
    seed: name,
    clients: z.int().min(1).max(1_000),
    servers: positive.optional(),
    operations: z.array(
      z.strictObject({ at: micros, client: micros, operation: z.looseObject({ kind: name }).readonly() }).readonly(),
    ),
    faults: z.array(fault.readonly()),
    network: z.strictObject({
      delay: delay.readonly(),
      dropPerMillion: perMillion,
      duplicatePerMillion: perMillion,
      changePoints: z.array(micros).optional(),
    }),
    fates: z.array(z.strictObject({ from: name, to: name, nth: micros, delaysMicros: z.array(micros) }).readonly()),
    points: z
      .array(
        z.union([
          z.strictObject({ point: name, perMillion }).readonly(),
          z.strictObject({ point: name, node: name, nth: micros }).readonly(),
        ]),
      )
      .optional(),
    diskSync: delay.readonly(),
    healAt: micros,
    settleMicros: positive,
    limits: z.strictObject({ stepsMax: positive, timeMicrosMax: positive, queueMax: positive }),
  })
  .superRefine((plan, context) => {
    for (const [index, { client }] of plan.operations.entries())
      if (client >= plan.clients)
        context.addIssue({
          code: 'custom',
          path: ['operations', index, 'client'],
          message: `client ${client} does not exist: there are ${plan.clients}, counted from 0`,
        });
    for (const [index, { at }] of plan.faults.entries())
      if (at >= plan.healAt)
        context.addIssue({
          code: 'custom',
          path: ['faults', index, 'at'],
          message: `a fault at ${at} µs never begins: everything heals at ${plan.healAt} µs`,
        });
  });

/** Checks that `data` (parsed JSON) is a plan. The nodes that it names are checked when it meets its system. */
export function parsePlan(data: unknown): Parsed<Plan> {
  return parseBy(planSchema, data);
}

/**
 * The nodes that `plan` names where it may not: a plan made for another system, or for an older version of it. Only
 * servers crash, are paused and have clocks of their own; links and partitions may name clients too.
 */
export function unknownNodes(
  { faults, fates }: Plan,
  known: { readonly servers: readonly string[]; readonly clients: readonly string[] },
): string[] {
  const everybody = [...known.servers, ...known.clients];
  const named = faults.map((fault) => faultType(fault.kind).names(fault));
  const strangers = [
    ...named.flatMap(({ servers = [] }) => servers.filter((name) => !known.servers.includes(name))),
    ...[...named.flatMap(({ anywhere = [] }) => anywhere), ...fates.flatMap(({ from, to }) => [from, to])].filter(
      (name) => !everybody.includes(name),
    ),
  ];
  return [...new Set(strangers)].sort();
}
