import * as z from 'zod';
import { closed } from '../foundation/shape.ts';
import { DURATION_PATTERN, DURATION_WORDS } from '../foundation/measures.ts';

/** Types a parameter may have. `duration` is milliseconds in expressions; a `secret` is in no plan and no file. */
export const PARAM_TYPES = ['string', 'integer', 'boolean', 'enum', 'path', 'duration', 'secret'] as const;

/** Words that `on` understands besides the names of nodes. */
export const ON_WORDS = ['all', 'central', 'rims', 'failover', 'database'] as const;

const ID_PATTERN = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const ID_WORDS = 'must be small letters, digits and single dashes, such as "stop-services"';
const PARAM_PATTERN = /^[a-z][A-Za-z0-9]*(-[A-Za-z0-9]+)*$/;
const PARAM_WORDS = 'must be letters and digits that begin with a small letter, such as "keepLogs"';

const text = z.string().min(1);
const id = z.string().regex(ID_PATTERN, ID_WORDS);
const duration = z
  .string({ error: (issue) => (issue.input === undefined ? undefined : DURATION_WORDS) })
  .regex(DURATION_PATTERN, DURATION_WORDS);
const words = z.union([text, z.array(text).min(1)], {
  error: (issue) => (issue.input === undefined ? undefined : 'must be a name or a list of names'),
});

const AFTER_PATTERN = /^[a-z][a-z0-9]*(-[a-z0-9]+)*(\.[a-z][a-z-]*)?$/;
const awaitedStep = z.string().regex(AFTER_PATTERN, 'must be the id of a step, or STEP.MILESTONE');
const afterWords = z.union([awaitedStep, z.array(awaitedStep).min(1)], {
  error: (issue) =>
    issue.input === undefined ? undefined : 'must be STEP, STEP.MILESTONE or a list of them',
});

/** One parameter as written. */
export const paramSchema = closed({
  type: z.enum(PARAM_TYPES),
  values: z.array(text).min(1).optional(),
  default: z
    .union([z.string(), z.number(), z.boolean()], { error: () => 'must be text, a number, or true or false' })
    .optional(),
  required: z.boolean().optional(),
  description: text.optional(),
});

/** One step as written. Hooks in the site file use the same. */
export const stepSchema = closed({
  id,
  title: text.optional(),
  uses: text,
  on: words.optional(),
  with: z.record(z.string(), z.unknown()).optional(),
  when: text.optional(),
  source: text.optional(),
  explain: text.optional(),
  confirm: text.optional(),
  timeout: duration.optional(),
  retry: closed({ attempts: z.int().min(1).max(100), delay: duration.optional() }).optional(),
  'on-failure': z.enum(['stop', 'continue']).optional(),
  after: afterWords.optional(),
  reverses: words.optional(),
  'point-of-no-return': z.boolean().optional(),
  'site-consistent': z.boolean().optional(),
});

/** Items are checked one by one, so that one bad step does not hide the mistakes in the others. */
const unchecked = z.array(z.unknown()).min(1);

/** A parallel group without a look at its steps. */
export const parallelSchema = closed({ parallel: unchecked });

/** A section without a look at its steps. */
export const sectionSchema = closed({
  id,
  title: text.optional(),
  preflight: z.boolean().optional(),
  restart: z.enum(['whole', 'step']).optional(),
  'node-by-node': z.boolean().optional(),
  steps: unchecked,
});

/** A runbook without a look at its parameters, sections and steps. */
export const runbookSchema = closed({
  name: id,
  title: text,
  source: text.optional(),
  params: z.record(z.string().regex(PARAM_PATTERN, PARAM_WORDS), z.unknown()).optional(),
  sections: unchecked,
  always: unchecked.optional(),
});

/** A step after its shape was checked. */
export type WrittenStep = z.output<typeof stepSchema>;

/** The whole language as JSON Schema, for editors: `templates/runbook.schema.json`. */
export function runbookJsonSchema(): Record<string, unknown> {
  const items = z.array(z.union([stepSchema, closed({ parallel: z.array(stepSchema).min(1) })])).min(1);
  const whole = runbookSchema.extend({
    params: z.record(z.string().regex(PARAM_PATTERN), paramSchema).optional(),
    sections: z.array(sectionSchema.extend({ steps: items })).min(1),
    always: items.optional(),
  });
  const schema = z.toJSONSchema(whole, { io: 'input', reused: 'ref' });
  return { ...schema, title: 'A runbook of sense-runbook' };
}
