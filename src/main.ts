import { fileURLToPath } from 'node:url';
import { CommanderError } from 'commander';
import type { Output } from './commands/context.ts';
import { commandsFor } from './commands/commands-for.ts';
import { createProgram, usageHint } from './commands/program.ts';
import { ExpectedError, UsageError, type ExitCode } from './contract/errors.ts';
import { createRedactor } from './foundation/redaction.ts';
import { createContext } from './main/create-context.ts';
import { fitTerminal } from './main/fit-terminal.ts';
import { writeCrashLog } from './main/crash-log.ts';
import { asksForDocument, nameSite } from './main/name-site.ts';
import { listenForSignals } from './main/signals.ts';
import { errorJson, wordError } from './report/error-text.ts';

// The bundle is one flat folder, so that these are right from src/ and from dist/.
const shippedRunbooks = fileURLToPath(new URL('../runbooks', import.meta.url));
const templates = fileURLToPath(new URL('../templates', import.meta.url));
const scripts = fileURLToPath(new URL('./powershell', import.meta.url));
const copyWorker = new URL('./copy-worker.js', import.meta.url);

/** Runs one command line of this `version` and sets the exit code of the process. Never throws. */
export async function main(argv: readonly string[], version: string): Promise<void> {
  const redactor = createRedactor();
  const flags = { json: argv.includes('--json'), verbose: argv.includes('--verbose') };
  let siteFile: string | undefined;

  /** A text for people has commands that can be copied; JSON is left as it is. */
  function named(text: string): string {
    return flags.json || siteFile === undefined ? text : nameSite(text, siteFile);
  }

  const output: Output = {
    out: (text) => process.stdout.write(redactor.redact(asksForDocument(argv) ? text : named(text))),
    err: (text) => process.stderr.write(fitTerminal(redactor.redact(named(text)), process.stderr)),
  };
  const interruption = listenForSignals({
    on: (signal, listener) => process.on(signal, listener),
    end: (code) => process.exit(code),
    say: (text) => {
      output.err(text);
    },
  });
  const tool = `sense-runbook ${version}`;

  /** Tells an error and gives its exit code. */
  function tell(error: unknown): ExitCode {
    const logFile = writeCrashLog(error, { tool, argv, redact: (text) => redactor.redact(text) });
    const options = { verbose: flags.verbose, logFile };
    output.err(flags.json ? `${JSON.stringify(errorJson(error, options))}\n` : wordError(error, options));
    return error instanceof ExpectedError ? error.exitCode : 1;
  }

  // A bug outside of any command: told, and what runs is ended in order, so that services are started again.
  let crashed = false;
  for (const event of ['unhandledRejection', 'uncaughtException'] as const)
    process.on(event, (error: unknown) => {
      crashed = true;
      tell(error);
      interruption.interrupt('ended by an error inside sense-runbook');
    });

  // Libraries look at the environment when they are loaded, which is later.
  if (argv.includes('--no-color')) process.env['NO_COLOR'] = '1';

  let code: ExitCode = 0;
  const program = createProgram({
    argv,
    commands: await commandsFor(argv),
    version,
    createContext: (globalFlags) => {
      siteFile = globalFlags.site;
      return createContext({
        flags: globalFlags,
        output,
        named,
        redactor,
        interruption,
        tool,
        shippedRunbooks,
        templates,
        scripts,
        copyWorker,
        program: [process.execPath, process.argv[1] ?? ''],
      });
    },
    finish: (exitCode) => {
      code = exitCode;
    },
    writeOut: (text) => {
      output.out(text);
    },
  });
  try {
    await program.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    code = error instanceof CommanderError ? tellUsage(error, usageHint(program, argv), tell) : tell(error);
  }
  process.exitCode = crashed && code === 0 ? 1 : code;
}

/** Help and version are no errors; everything else that commander throws is wrong usage. */
function tellUsage(error: CommanderError, hint: string, tell: (error: unknown) => ExitCode): ExitCode {
  if (error.exitCode === 0) return 0;
  const missing = error.code === 'commander.help';
  const message = missing ? 'no command was given' : error.message.replace(/^error: /, '');
  return tell(new UsageError(message, { hint }));
}
