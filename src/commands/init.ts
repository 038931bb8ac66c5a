import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { ConfirmationError, messageOf, UsageError, type ExitCode } from '../contract/errors.ts';
import type { DatabaseRequest } from '../discovery/site-database.ts';
import type { SecretReference } from '../site/schema.ts';
import { exists } from '../vault/exists.ts';
import type { CommandContext } from './context.ts';
import { note, noteWaiting, writeJson } from './open.ts';
import type { Act } from './act.ts';

interface InitFlags {
  readonly name?: string;
  readonly yes?: boolean;
  readonly databaseHost?: string;
  readonly databasePort?: string;
  readonly databaseUser?: string;
  readonly databasePassword?: string;
}

/** `init`: writes a commented site file from what is found on this machine. */
export function declareInit(program: Command, act: Act): void {
  program
    .command('init')
    .argument('[file]', 'where to write it', 'site.yaml')
    .description('write a commented site file by looking at this machine and its database, and asking')
    .option('--name <name>', 'name of the site')
    .option('--yes', 'take what is found, ask nothing')
    .option('--database-host <host>', 'PostgreSQL server of the repository, when it is not this machine')
    .option('--database-port <port>', 'its port, when it is not 4432')
    .option('--database-user <name>', 'its superuser, when it is not postgres')
    .option(
      '--database-password <where>',
      'where its password is kept: file:PATH, env:NAME or secret:NAME, never the password itself',
    )
    .action((file: string, flags: InitFlags) => act((context) => writeSiteFile(context, file, flags)));
}

async function writeSiteFile(context: CommandContext, name: string, flags: InitFlags): Promise<ExitCode> {
  const file = resolve(context.cwd, name);
  await noteWaiting(context);
  if (await exists(file))
    throw new UsageError(`${file} exists already; it was not changed`, {
      hint: 'Give another file name, or move it away first.',
    });
  if (flags.yes !== true && !context.asker.canAsk)
    throw new ConfirmationError('there is no terminal to ask on; nothing was written', {
      hint: 'Give --yes to take what is found on this machine.',
    });
  const database = await databaseOf(flags, context.cwd);
  const siteName = flags.yes === true ? flags.name : (flags.name ?? (await askName(context)));
  const { text, found, missing } = await context.proposeSite({
    name: siteName,
    database,
    ask: flags.yes !== true,
  });
  if (!context.flags.json)
    for (const line of [
      ...found.map((item) => `found: ${item}`),
      ...missing.map((item) => `to fill in: ${item}`),
    ])
      note(context, line);
  if (flags.yes !== true && (await context.asker.confirm(`Write ${file}?`, true, context.signal)) !== true)
    throw new ConfirmationError('not confirmed; nothing was written');
  try {
    // `wx`: a file that appeared meanwhile is not overwritten.
    await writeFile(file, text, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    throw new UsageError(`${file} cannot be written: ${messageOf(error)}`, { cause: error });
  }
  if (context.flags.json) writeJson(context, { schemaVersion: 1, file, found, missing, warnings: missing });
  else context.output.out(`Wrote ${file}. ${nextSteps(missing.length)}, then:\nsense-runbook doctor\n`);
  return 0;
}

async function databaseOf(flags: InitFlags, cwd: string): Promise<DatabaseRequest> {
  const { databaseHost: host, databasePort: port, databaseUser: user, databasePassword: where } = flags;
  return {
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port: portOf(port) }),
    ...(user === undefined ? {} : { user }),
    ...(where === undefined ? {} : { password: await referenceOf(where, cwd) }),
  };
}

function portOf(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port >= 1 && port <= 65_535) return port;
  throw new UsageError(`--database-port ${text} is no port`, { hint: 'Give a number from 1 to 65535.' });
}

/** What is no reference is not repeated: it may be the password. */
async function referenceOf(where: string, cwd: string): Promise<SecretReference> {
  // It comes with the whole schema of the site file, which --help need not load.
  const { parseReference } = await import('../site/secret-reference.ts');
  const [, file] = /^file:(.+)$/s.exec(where) ?? [];
  const reference = parseReference(file === undefined ? where : `file:${resolve(cwd, file)}`);
  if (reference !== undefined) return reference;
  throw new UsageError('--database-password does not say where the password is kept', {
    hint: 'Give file:PATH, env:NAME or secret:NAME (kept by "sense-runbook secret set NAME"). A password on a command line is seen by everyone on the machine: if it was one, change it.',
  });
}

function nextSteps(missing: number): string {
  return missing === 0 ? 'Look through it' : 'Fill in the parts marked "Not known yet"';
}

async function askName(context: CommandContext): Promise<string> {
  const answer = await context.asker.text(
    'Name of the site (small letters, digits, -):',
    'qlik',
    context.signal,
  );
  if (answer === undefined) throw new ConfirmationError('not answered; nothing was written');
  return answer;
}
