import { CommandError, TimeLimitError, UsageError } from '../contract/errors.ts';
import type { Exec } from '../contract/node.ts';
import { SHORTEST_SECRET, type Redactor } from '../foundation/redaction.ts';
import type { SecretReference, Site } from './schema.ts';
import { describeReference } from './secret-reference.ts';
import type { SecretStore } from './secret-store.ts';
import { readSecretFile, secretText } from './secret-text.ts';
import type { SecretText } from './secret-text.ts';
import { reasonOf } from '../foundation/system-reason.ts';

const COMMAND_LIMIT_MS = 30_000;

const PUT_RIGHT =
  'Put the secret there, or change the reference in the site file (database.password, certificates.password, or under vault).';

/** Asks for a secret without showing what is typed. */
interface SecretPrompt {
  /** False without a terminal: then nothing is ever asked. */
  readonly canAsk: boolean;
  ask(question: string): Promise<string>;
}

/** What a secret reader is made of. */
export interface SecretReaderCollaborators {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly exec: Exec;
  readonly redactor: Redactor;
  readonly prompt: SecretPrompt;
  readonly platform: NodeJS.Platform;
  /** Absent: `{ secret: NAME }` cannot be used. */
  readonly store?: SecretStore;
  /** Question for a reference `{ prompt: true }`, told apart by identity; see `secretQuestions`. */
  readonly questionFor?: (reference: SecretReference) => string | undefined;
  readonly warn: (message: string, hint?: string) => void;
}

/** Reads secrets by their references; each is read once and hidden in all output from then on. */
export interface SecretReader {
  /** @throws UsageError that names the reference, never its value. */
  read(reference: SecretReference): Promise<string>;
}

/** Makes a reader that remembers what it read for as long as it lives. */
export function createSecretReader(collaborators: SecretReaderCollaborators): SecretReader {
  const known = new Map<unknown, Promise<string>>();
  return {
    read(reference) {
      // Two places that say { prompt: true } mean two passwords.
      const key = 'prompt' in reference ? reference : JSON.stringify(reference);
      let value = known.get(key);
      if (value === undefined) {
        value = readSecret(reference, collaborators);
        known.set(key, value);
        // A failed attempt is not remembered: the cause may be put right.
        value.catch(() => known.delete(key));
      }
      return value;
    },
  };
}

/**
 * Hides the secrets of a site that lie in the environment, also when nobody reads them: every program that is started has
 * them, and may print them.
 */
export function registerFromEnvironment(
  site: Pick<Site, 'database' | 'certificates' | 'vault'>,
  env: SecretReaderCollaborators['env'],
  redactor: Pick<Redactor, 'register'>,
): void {
  const repositories = [site.vault.restic, ...(site.vault.copies ?? []).map(({ restic }) => restic)];
  const references = [
    site.database.password,
    site.certificates.password,
    ...repositories.flatMap((one) => [one?.password, ...Object.values(one?.env ?? {})]),
  ];
  for (const reference of references) {
    if (typeof reference !== 'object' || !('env' in reference)) continue;
    const text = secretText(env[reference.env] ?? '');
    if ('value' in text) redactor.register(text.value);
  }
}

/** Says which password of a site is asked for. */
export function secretQuestions(
  site: Pick<Site, 'database' | 'certificates' | 'vault'>,
): (reference: SecretReference) => string | undefined {
  return (reference) => {
    if (reference === site.vault.restic?.password) return 'Password of the restic repository of the vault';
    const copy = site.vault.copies?.find(({ restic }) => restic.password === reference);
    if (copy !== undefined) return `Password of the restic repository of copy ${copy.name}`;
    if (reference === site.database.password)
      return `Password of database user ${site.database.user} on ${site.database.host}`;
    return reference === site.certificates.password ? 'Password for the certificate files' : undefined;
  };
}

async function readSecret(reference: SecretReference, c: SecretReaderCollaborators): Promise<string> {
  const text = await fetchSecret(reference, c);
  if ('problem' in text)
    throw new UsageError(`The secret from ${describeReference(reference)} cannot be used: ${text.problem}.`, {
      hint: PUT_RIGHT,
    });
  c.redactor.register(text.value);
  if (text.value.length < SHORTEST_SECRET)
    c.warn(
      `The secret from ${describeReference(reference)} has fewer than ${SHORTEST_SECRET} characters and cannot be hidden in messages.`,
      'Choose a longer password.',
    );
  return text.value;
}

async function fetchSecret(reference: SecretReference, c: SecretReaderCollaborators): Promise<SecretText> {
  if ('env' in reference) return fromEnvironment(reference.env, c);
  if ('file' in reference) return fromFile(reference.file, c);
  if ('command' in reference) return fromCommand(reference.command, c);
  if ('secret' in reference) return fromStore(reference.secret, c);
  return fromPrompt(reference, c);
}

function fromEnvironment(name: string, { env }: SecretReaderCollaborators): SecretText {
  const value = env[name];
  if (value === undefined)
    throw new UsageError(`The environment variable ${name} is not set; a secret is expected in it.`, {
      hint: PUT_RIGHT,
    });
  return secretText(value);
}

async function fromFile(file: string, c: SecretReaderCollaborators): Promise<SecretText> {
  try {
    const text = await readSecretFile(file, c.platform);
    if (text.othersCanRead) warnOpen(file, c);
    return text;
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new UsageError(
      missing
        ? `The file ${file} does not exist; a secret is expected in it.`
        : `The file ${file} with a secret cannot be read: ${reasonOf(error)}`,
      { hint: PUT_RIGHT, cause: error },
    );
  }
}

async function fromCommand(argv: readonly string[], c: SecretReaderCollaborators): Promise<SecretText> {
  const name = `The command ${argv[0] ?? ''} that gives a secret`;
  let failure: string;
  try {
    return secretText((await c.exec(argv, { timeoutMs: COMMAND_LIMIT_MS })).stdout);
  } catch (error) {
    failure = commandFailure(error);
  }
  // Made out here without a cause: the error of the command carries its output, which may be the secret.
  throw new UsageError(`${name} ${failure}`, { hint: 'Run it by hand as the same user to see why.' });
}

function commandFailure(error: unknown): string {
  if (error instanceof TimeLimitError) return `did not end within ${COMMAND_LIMIT_MS / 1000} seconds.`;
  if (!(error instanceof CommandError)) throw error;
  if (error.code !== undefined) return `ended with exit code ${error.code}.`;
  return error.signal === undefined ? 'could not be started.' : `was ended by ${error.signal}.`;
}

async function fromStore(name: string, c: SecretReaderCollaborators): Promise<SecretText> {
  const text = await c.store?.read(name);
  if (c.store === undefined || text === undefined)
    throw new UsageError(`The secret ${name} is not stored.`, {
      hint: `Store it with "sense-runbook secret set ${name}", as the account that runs the backups.`,
    });
  if (text.othersCanRead) warnOpen(`${c.store.folder}/${name}`, c);
  return text;
}

async function fromPrompt(reference: SecretReference, c: SecretReaderCollaborators): Promise<SecretText> {
  const { prompt } = c;
  if (!prompt.canAsk)
    throw new UsageError('The site file asks for a password at the terminal, and there is no terminal.', {
      hint: 'For unattended runs use "sense-runbook secret set NAME" and { secret: NAME } in the site file.',
    });
  return secretText(await prompt.ask(c.questionFor?.(reference) ?? 'Password'));
}

function warnOpen(file: string, { warn }: SecretReaderCollaborators): void {
  warn(`Others than its owner can read ${file}, which holds a secret.`, `Run: chmod 600 '${file}'`);
}
