import { Command, type OptionValues } from 'commander';
import type { ExitCode } from '../contract/errors.ts';
import type { Act } from './act.ts';
import type { CommandContext, GlobalFlags } from './context.ts';
import { exitCodeHelp } from './exit-codes.ts';

/** What each command declares, by its name, in the order of the help. */
export type Commands = Readonly<Record<string, (program: Command, act: Act) => void>>;

/** What the command line is made of. */
export interface ProgramOptions {
  /** What will be parsed: when it names a command no other one is declared, which takes long; otherwise all are. */
  readonly argv: readonly string[];
  readonly commands: Commands;
  readonly version: string;
  readonly createContext: (flags: GlobalFlags) => CommandContext;
  /** Called once with the exit code of the command that ran. */
  readonly finish: (code: ExitCode) => void;
  /** Help and version go here. */
  readonly writeOut: (text: string) => void;
}

/**
 * Makes the command line. Its errors are thrown as CommanderError, nothing is written to stderr here, and the process
 * is never ended.
 */
export function createProgram(options: ProgramOptions): Command {
  const program = new Command('sense-runbook')
    .description('Backs up Qlik Sense Enterprise on Windows sites, step by step, with the way back.')
    .version(options.version)
    .option('--site <file>', 'the site file (default: site.yaml here, then the usual place)')
    .option('--json', 'one JSON document on stdout and nothing else')
    .option('--strict', 'exit with 8 when there were warnings')
    .option('--verbose', 'show every operation, every check, and stacks of errors')
    .option('--no-color', 'no colours (also: the environment variable NO_COLOR)')
    .exitOverride()
    .configureOutput({ writeOut: options.writeOut, writeErr: () => undefined })
    .configureHelp({ showGlobalOptions: true, helpWidth: 80 });
  const act: Act = async (work) => {
    options.finish(await work(options.createContext(globalFlags(program.opts()))));
  };
  const word = firstWord(options.argv) ?? '';
  const named = Object.hasOwn(options.commands, word) ? word : undefined;
  for (const [name, declare] of Object.entries(options.commands))
    if (named === undefined || named === name) declare(program, act);
  addExitCodes(program);
  return program;
}

/** What a command line begins with after global flags: the command, when there is one of that name. */
export function firstWord(argv: readonly string[]): string | undefined {
  return argv.find((one, index) => !one.startsWith('-') && argv[index - 1] !== '--site');
}

/** What to type to learn how the command is used that a wrong command line was meant for, as a hint. */
export function usageHint(program: Command, argv: readonly string[]): string {
  const names: string[] = [];
  let command = program;
  for (const [index, word] of argv.entries()) {
    if (word.startsWith('-') || argv[index - 1] === '--site') continue;
    const child = command.commands.find((one) => one.name() === word);
    if (child === undefined) break;
    names.push(word);
    command = child;
  }
  return names.length === 0
    ? 'sense-runbook --help lists the commands.'
    : `sense-runbook ${names.join(' ')} --help shows how it is used.`;
}

function addExitCodes(command: Command): void {
  command.addHelpText('after', () => exitCodeHelp());
  for (const child of command.commands) addExitCodes(child);
}

function globalFlags(values: OptionValues): GlobalFlags {
  return {
    site: typeof values['site'] === 'string' ? values['site'] : undefined,
    json: values['json'] === true,
    strict: values['strict'] === true,
    verbose: values['verbose'] === true,
    color: values['color'] !== false,
  };
}
