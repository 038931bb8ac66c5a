import { text as readAll } from 'node:stream/consumers';
import type { Command } from 'commander';
import { ConfirmationError, UsageError, type ExitCode } from '../contract/errors.ts';
import type { CommandContext } from './context.ts';
import { note, noteUnfinished, writeJson } from './open.ts';
import type { Act } from './act.ts';

/** Flags of `secret set`. */
interface SetFlags {
  readonly for?: string;
}

/** `secret set|list|remove`: secrets for runs that nobody watches. */
export function declareSecret(program: Command, act: Act): void {
  const secret = program.command('secret').description('keep secrets for unattended runs');
  secret
    .command('set')
    .argument('<name>', 'name as in the site file: { secret: NAME }')
    .description('keep a secret; asked for without echo, or read from stdin')
    .option('--for <account>', 'on Windows: for DOMAIN\\name or a gMSA, in a file that only it may read')
    .action((name: string, flags: SetFlags) => act((context) => setSecret(context, name, flags)));
  secret
    .command('list')
    .description('list the kept secrets; on Windows also for which account each is kept')
    .action(() => act(listSecrets));
  secret
    .command('remove')
    .argument('<name>', 'name of the secret')
    .description('forget a secret')
    .action((name: string) => act((context) => removeSecret(context, name)));
}

async function setSecret(context: CommandContext, name: string, flags: SetFlags): Promise<ExitCode> {
  await noteUnfinished(context);
  const store = await context.secrets();
  const value = await readSecret(context, name);
  if (value === '') throw new UsageError(`the secret ${name} is empty; nothing was kept`);
  if (flags.for === undefined) await store.set(name, value);
  else await store.set(name, value, { forAccount: flags.for });
  if (context.flags.json) writeJson(context, { schemaVersion: 1, name });
  else context.output.out(`The secret ${name} is kept. Use it in the site file as { secret: ${name} }\n`);
  return 0;
}

/** Never from an argument: arguments are seen by every user of the machine and stay in histories. */
async function readSecret(context: CommandContext, name: string): Promise<string> {
  if (context.asker.canAsk) {
    const typed = await context.asker.secret(`Secret ${name}:`, context.signal);
    const again = await context.asker.secret('Once more:', context.signal);
    if (typed === undefined || again === undefined)
      throw new ConfirmationError('the secret was not typed; nothing was kept');
    if (typed !== again) throw new UsageError('the two entries differ; nothing was kept');
    return typed;
  }
  note(context, `reading the secret ${name} from stdin`);
  return (await readAll(context.stdin)).replace(/\r?\n$/, '');
}

async function listSecrets(context: CommandContext): Promise<ExitCode> {
  await noteUnfinished(context);
  const kept = await (await context.secrets()).details();
  if (context.flags.json)
    writeJson(context, { schemaVersion: 1, secrets: kept.map(({ name }) => name), details: kept });
  else context.output.out((await import('../report/secrets-text.ts')).secretsText(kept));
  return 0;
}

async function removeSecret(context: CommandContext, name: string): Promise<ExitCode> {
  await noteUnfinished(context);
  await (await context.secrets()).remove(name);
  if (context.flags.json) writeJson(context, { schemaVersion: 1, name });
  else context.output.out(`The secret ${name} is forgotten.\n`);
  return 0;
}
