import type { Command } from 'commander';
import type { ExitCode } from '../contract/errors.ts';
import { wrapText } from '../foundation/human.ts';
import { planHtml } from '../report/plan-html.ts';
import { planMarkdown } from '../report/plan-markdown.ts';
import { planText, TEXT_WIDTH } from '../report/plan-text.ts';
import { textTable } from '../report/text-table.ts';
import { unknownRunbook } from '../runbook/unknown-runbook.ts';
import type { CommandContext, RunbookEntry } from './context.ts';
import { noteWaiting, writeJson } from './open.ts';
import { pickFormat } from './plan-output.ts';
import type { Act } from './act.ts';

/** `runbooks`: lists them, or prints one as a procedure to follow by hand. */
export function declareRunbooks(program: Command, act: Act): void {
  const runbooks = program
    .command('runbooks')
    .description('list the runbooks')
    .action(() => act(listRunbooks));
  runbooks
    .command('show')
    .argument('<name>', 'name of a runbook, or its YAML file')
    .description('print a runbook as a procedure; no site is needed')
    .option('--format <format>', 'text, json, markdown or html')
    .action((name: string, flags: { format?: string }) =>
      act((context) => showRunbook(context, name, flags.format)),
    );
}

async function listRunbooks(context: CommandContext): Promise<ExitCode> {
  await noteWaiting(context);
  const runbooks = await context.runbooks();
  if (context.flags.json) writeJson(context, { schemaVersion: 1, runbooks });
  else {
    const width = TEXT_WIDTH - 2 - Math.max(0, ...runbooks.map(({ name }) => name.length));
    const rows = runbooks.flatMap((runbook) =>
      whatItDoes(runbook, width).map((line, index) => [index === 0 ? runbook.name : '', line]),
    );
    const columns = [{ title: 'RUNBOOK' }, { title: 'WHAT IT DOES' }];
    context.output.out(`${textTable(columns, rows).join('\n')}\n`);
  }
  return 0;
}

/** In lines of `width` columns; a command stays in one piece. */
function whatItDoes({ name, title, source, error }: RunbookEntry, width: number): string[] {
  if (error !== undefined) return [`cannot be used; see: sense-runbook runbooks show ${name}`];
  const text = source === undefined ? title : `${title} (manual ${source})`;
  return wrapText(text.replace(/\bp\. (?=\d)/g, 'p.\u00a0'), width).map((line) =>
    line.replaceAll('\u00a0', ' '),
  );
}

async function showRunbook(
  context: CommandContext,
  name: string,
  wanted: string | undefined,
): Promise<ExitCode> {
  const format = pickFormat(wanted, context.flags.json);
  await noteWaiting(context);
  const runbooks = await context.runbooks();
  if (!runbooks.some((runbook) => runbook.name === name) && !/\.ya?ml$/i.test(name))
    throw unknownRunbook(
      name,
      runbooks.map((runbook) => runbook.name),
    );
  const view = await context.procedure(name);
  switch (format) {
    case 'json':
      writeJson(context, { schemaVersion: 1, ...view });
      break;
    case 'text':
      context.output.out(planText(view, { explain: true }));
      break;
    case 'markdown':
      context.output.out(planMarkdown(view));
      break;
    case 'html':
      context.output.out(planHtml(view));
      break;
  }
  return 0;
}
