import * as z from 'zod';
import type { Action, ReadContext } from '../contract/action.ts';
import { StepError } from '../contract/errors.ts';
import type { JsonValue } from '../contract/json.ts';
import { startTypeArguments, type StartType } from '../contract/start-type.ts';
import { unreachable } from './failure.ts';
import { isExcepted, isMeant, serviceSelection } from './service-order.ts';
import { automaticOf, servicesNamed, startable } from './services-set-manual.ts';
import { setStartTypes, startTypeOperation } from './start-types.ts';

const input = serviceSelection.extend({
  /** True in an always-step: an earlier step has set them back already, this one sets what still is not. */
  remaining: z.boolean().default(false),
});

type Input = z.infer<typeof input>;

/** `startTypes`: what the reversed steps found and this one means; `manual`: those of them that are Manual now. */
export type StartTypesBack = { startTypes: Record<string, StartType>; manual: string[] };

const KNOWN: readonly unknown[] = ['automatic', 'automatic-delayed'] satisfies readonly StartType[];

/**
 * Sets the start types on this node to what the reversed steps found, and no others. One that somebody disabled meanwhile
 * stays so.
 */
export function createServicesSetStartTypesBack(): Action<Input, StartTypesBack> {
  return {
    name: 'services.set-start-types-back',
    effect: 'change',
    input,
    onCancel: 'wait',

    async describe(selection, context) {
      const { node } = context;
      try {
        const found = automaticOf(await startable(node), selection);
        const startTypes = Object.entries({ ...found, ...wantedOf(selection, context) });
        return {
          operations: startTypes.map(([service, startType]) => ({
            ...startTypeOperation(service, startType),
            repeat: true as const,
          })),
        };
      } catch (error) {
        return unreachable(node, error);
      }
    },

    async prepare(selection, context) {
      const startTypes = wantedOf(selection, context);
      return { startTypes, manual: await manualOf(startTypes, context) };
    },

    async execute(selection, { startTypes, manual }, context) {
      const operations = Object.entries(startTypes)
        .filter(([service]) => manual.includes(service))
        .map(([service, startType]) => startTypeOperation(service, startType));
      const planned = operations.filter((operation) => context.isPlanned(operation));
      // Its start type was another one when the plan was made.
      for (const { service, startType } of operations.filter((operation) => !planned.includes(operation)))
        context.warn(
          `${context.node.name}: ${service} stays at Manual: the plan does not have its start type.`,
          `Set it back on that server: \`sc.exe ${startTypeArguments(service, startType).join(' ')}\`.`,
        );
      try {
        await setStartTypes(planned, context, {
          then: 'What is named stays at Manual: it does not start with Windows.',
        });
      } catch (error) {
        // What failed before an always-step is told as the end of the run: this must be read beside it.
        if (selection.remaining && error instanceof StepError) context.warn(error.message, error.hint);
        throw error;
      }
      const left = Object.keys(foundBefore(context)).filter((service) => isExcepted(service, selection));
      if (left.length > 0 && !selection.remaining)
        context.warn(
          `${context.node.name}: ${left.join(', ')} stays at Manual, so that Windows does not start it.`,
          '`sense-runbook rollback` of this run sets it back. Before this machine is restored for real, set it back by hand: `sc.exe config NAME start= auto` there.',
        );
      return { setBack: planned.map(({ service }) => service) };
    },

    async check(_input, { startTypes, manual }, context) {
      const still = (await manualOf(startTypes, context)).length;
      if (still === 0) return 'done';
      return still === manual.length ? 'not-done' : 'partial';
    },
  };
}

/** What the step means of that which was found before. */
function wantedOf(
  selection: Input,
  context: Pick<ReadContext, 'reversed' | 'node'>,
): Record<string, StartType> {
  return Object.fromEntries(
    Object.entries(foundBefore(context)).filter(([service]) => isMeant(service, selection)),
  );
}

/** Of several attempts the first one counts: it alone saw what there was before the run. */
function foundBefore({ reversed, node }: Pick<ReadContext, 'reversed' | 'node'>): Record<string, StartType> {
  const here = reversed.filter((step) => step.node === node.name);
  return Object.fromEntries(here.flatMap(({ before }) => startTypesOf(before)));
}

function startTypesOf(before: JsonValue): [string, StartType][] {
  if (before === null || typeof before !== 'object' || Array.isArray(before)) return [];
  const found = before['startTypes'];
  if (found === null || found === undefined || typeof found !== 'object' || Array.isArray(found)) return [];
  return Object.entries(found).filter((entry): entry is [string, StartType] => KNOWN.includes(entry[1]));
}

async function manualOf(
  startTypes: Readonly<Record<string, StartType>>,
  { node }: Pick<ReadContext, 'node'>,
): Promise<string[]> {
  const services = Object.keys(startTypes);
  if (services.length === 0) return [];
  const all = await servicesNamed(node, services);
  return services.filter((service) =>
    all.some(({ name, startType }) => name === service && startType === 'manual'),
  );
}
