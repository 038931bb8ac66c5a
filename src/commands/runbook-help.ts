import type { Command } from 'commander';
import type { ExitCode } from '../contract/errors.ts';
import { wrapText } from '../foundation/human.ts';
import { TEXT_WIDTH } from '../report/plan-text.ts';
import { paramLines } from '../report/runbook-view.ts';
import type { CommandContext } from './context.ts';

/**
 * Gives a command that takes a runbook a `--help` that the command's own action answers, since the parameters are in the
 * file of that runbook. Its argument is declared as optional, so that `--help` alone is one too.
 */
export function helpOnRunbooks(command: Command): Command {
  return command
    .helpOption(false)
    .usage('[options] <runbook>')
    .option('-h, --help', 'show this, and the parameters of the runbook when one is named');
}

/** Prints the help of the command, with the parameters of the runbook. @throws CommanderError without one, as for any help */
export async function showHelp(
  context: CommandContext,
  command: Command,
  runbook: string | undefined,
): Promise<ExitCode> {
  // A saved plan has its parameters already.
  if (runbook === undefined || /\.json$/i.test(runbook)) command.help();
  const lines = paramLines(await context.procedure(runbook));
  command.outputHelp();
  context.output.out(
    [
      lines.length === 0 ? `${runbook} has no parameters.` : `Parameters of ${runbook}:`,
      ...lines.flatMap((line) => wrapText(`  ${line}`, TEXT_WIDTH, '      ')),
      '',
    ].join('\n'),
  );
  return 0;
}

/** Ends as commander does for an argument that must be there. @throws CommanderError */
export function refuseWithoutRunbook(command: Command): never {
  return command.error("error: missing required argument 'runbook'", { code: 'commander.missingArgument' });
}
