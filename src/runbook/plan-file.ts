import * as z from 'zod';
import { UsageError } from '../contract/errors.ts';
import type { Plan } from '../contract/plan.ts';
import { quoted } from '../foundation/quoted.ts';
import { checkShape } from '../foundation/shape.ts';
import { pathText } from '../foundation/yaml-positions.ts';

const effect = z.enum(['read', 'change', 'destroy']);
const json = z.record(z.string(), z.unknown());
const texts = z.array(z.string());
const base = { effect, repeat: z.literal(true).optional() };

const operation = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('command'), argv: texts, env: texts.optional(), ...base }),
  z.object({ kind: z.literal('sql'), database: z.string(), text: z.string(), ...base }),
  z.object({
    kind: z.literal('http'),
    method: z.enum(['GET', 'POST', 'PUT', 'DELETE']),
    url: z.string(),
    ...base,
  }),
  z.object({
    kind: z.literal('file'),
    verb: z.enum(['read', 'write', 'copy', 'move', 'make-folder', 'remove', 'check']),
    path: z.string(),
    source: z.string().optional(),
    ...base,
  }),
  z.object({
    kind: z.literal('service'),
    verb: z.enum(['query', 'stop', 'start']),
    service: z.string(),
    ...base,
  }),
  z.object({
    kind: z.literal('start-type'),
    service: z.string(),
    startType: z.enum(['automatic', 'automatic-delayed', 'manual']),
    ...base,
  }),
  z.object({
    kind: z.literal('certificate'),
    verb: z.enum(['list', 'export', 'import', 'remove', 'give-access']),
    store: z.string(),
    thumbprint: z.string().optional(),
    subject: z.string().optional(),
    file: z.string().optional(),
    account: z.string().optional(),
    ...base,
  }),
  z.object({ kind: z.literal('human'), text: z.string(), ...base }),
]);

const step = z.object({
  id: z.string(),
  title: z.string(),
  uses: z.string(),
  effect,
  label: z.string().regex(/^(checked|assumed|unknown until .+)$/),
  executions: z.array(
    z.object({
      node: z.string(),
      input: json,
      operations: z.array(operation),
      estimate: z.object({ bytes: z.number().optional(), files: z.number().optional() }).optional(),
      outputs: json,
      notes: texts,
      approval: texts.optional(),
      incomplete: z.string().optional(),
      milestones: texts.optional(),
    }),
  ),
  with: json,
  skipped: z.string().optional(),
  when: z.string().optional(),
  confirm: z.string().optional(),
  source: z.string().optional(),
  explain: z.string().optional(),
  timeoutMs: z.number().optional(),
  retry: z.object({ attempts: z.number(), delayMs: z.number() }).optional(),
  onFailure: z.enum(['stop', 'continue']),
  after: texts.optional(),
  reverses: texts,
  pointOfNoReturn: z.boolean(),
  undo: z.literal(true).optional(),
  siteConsistent: z.boolean().optional(),
  origin: z.string(),
  predictedMs: z.number().optional(),
  predictedFrom: z.union([z.object({ runs: texts }), z.object({ drill: z.string() })]).optional(),
});

const items = z.array(z.union([z.object({ parallel: z.array(step).min(1) }), step]));

const planSchema = z.object({
  schemaVersion: z.literal(1),
  tool: z.string(),
  runbook: z.object({
    name: z.string(),
    title: z.string(),
    source: z.string().optional(),
    file: z.string(),
    sha256: z.string(),
  }),
  site: z.string(),
  createdAt: z.string(),
  params: json,
  durations: z.array(z.string()).optional(),
  sections: z.array(
    z.object({
      id: z.string(),
      title: z.string().optional(),
      preflight: z.boolean(),
      restart: z.enum(['step', 'whole']),
      nodeByNode: z.literal(true).optional(),
      items,
    }),
  ),
  always: items,
  onFailure: items,
  fingerprint: json,
  checks: z.array(
    z.object({
      id: z.string(),
      status: z.enum(['ok', 'warning', 'failed']),
      message: z.string(),
      hint: z.string().optional(),
      node: z.string().optional(),
    }),
  ),
  predicted: z.object({
    durationMs: z.number().optional(),
    downtimeMs: z.number().optional(),
    atLeast: z.object({ durationMs: z.number().optional(), downtimeMs: z.number().optional() }).optional(),
    basedOn: z.number(),
  }),
  warnings: texts,
});

/** Reads the text of a saved plan. @throws UsageError when it is damaged, or another version of the tool made it. */
export function parsePlan(text: string, file: string): Plan {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    // The parser's message repeats text of the file.
    throw new UsageError(`${file} is no plan: it is not JSON`, { cause: error, hint: AGAIN });
  }
  const version =
    typeof value === 'object' && value !== null
      ? (value as { schemaVersion?: unknown }).schemaVersion
      : undefined;
  if (typeof version === 'number' && version !== 1)
    throw new UsageError(
      `the plan ${file} has the format ${String(version)}, and this version of sense-runbook reads format 1`,
      { hint: AGAIN },
    );
  if (typeof value === 'object' && value !== null && 'hops' in value)
    throw new UsageError(`${file} is the plan of an upgrade, not of a runbook`, {
      hint: `Carry it out with: sense-runbook upgrade run ${quoted(file)}`,
    });
  const checked = checkShape(planSchema, value);
  if ('value' in checked) return value as Plan;
  const lines = checked.problems.map(({ path, message }) => `${file} ${pathText(path)}: ${message}`);
  throw new UsageError(`the plan is damaged:\n${lines.join('\n')}`, { hint: AGAIN });
}

/** The text of a plan's file. */
export function planText(plan: Plan): string {
  return `${JSON.stringify(plan, undefined, 2)}\n`;
}

const AGAIN = 'Make the plan again: `sense-runbook plan RUNBOOK --out FILE`.';
