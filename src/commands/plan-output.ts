import { resolve } from 'node:path';
import { messageOf, UsageError } from '../contract/errors.ts';
import type { Plan } from '../contract/plan.ts';
import { viewPlan } from '../report/plan-view.ts';

/** The forms in which a plan or a report can be printed. */
const FORMATS = ['text', 'json', 'markdown', 'html'] as const;

/** One of {@link FORMATS}. */
export type Format = (typeof FORMATS)[number];

/** The form asked for; `--json` is the same as `--format json`. */
export function pickFormat(format: string | undefined, json: boolean): Format {
  const known = FORMATS.find((candidate) => candidate === format);
  if (format !== undefined && known === undefined)
    throw new UsageError(`--format ${format} is not known`, { hint: `Known are: ${FORMATS.join(', ')}.` });
  if (json && known !== undefined && known !== 'json')
    throw new UsageError(`--json and --format ${known} contradict each other`);
  return json ? 'json' : (known ?? 'text');
}

/** A plan in one of the forms. `explain`: with the runbook's explanations in the text form. */
export async function formatPlan(plan: Plan, format: Format, explain = false): Promise<string> {
  switch (format) {
    case 'json':
      return `${JSON.stringify(plan, null, 2)}\n`;
    case 'text':
      return (await import('../report/plan-text.ts')).planText(viewPlan(plan), { explain });
    case 'markdown':
      return (await import('../report/plan-markdown.ts')).planMarkdown(viewPlan(plan));
    case 'html':
      return (await import('../report/plan-html.ts')).planHtml(viewPlan(plan));
  }
}

/** Writes a plan into a file that only its owner can read; gives its path. @throws UsageError */
export async function savePlan(cwd: string, name: string, text: string): Promise<string> {
  const file = resolve(cwd, name);
  const { default: writeFileAtomic } = await import('write-file-atomic');
  try {
    // A plan shows host names, paths and accounts.
    await writeFileAtomic(file, text, { mode: 0o600 });
  } catch (error) {
    throw new UsageError(`the plan cannot be saved to ${file}: ${messageOf(error)}`, { cause: error });
  }
  return file;
}
