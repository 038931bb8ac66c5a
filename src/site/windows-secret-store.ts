import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { CommandError, TimeLimitError, UsageError } from '../contract/errors.ts';
import type { JsonObject, JsonValue } from '../contract/json.ts';
import type { Clock } from '../foundation/clock.ts';
import type { MakePrivate } from '../platform/private-folder.ts';
import { PowerShellError, readAnswer, type PowerShell } from '../platform/windows/powershell.ts';
import { SECRET_NAME_PATTERN } from './secret-reference.ts';
import { checkedSecret, checkIsThere, checkSecretName, orWhenMissing } from './secret-store.ts';
import type { SecretStore } from './secret-store.ts';
import { readSecretFile, secretText } from './secret-text.ts';
import { accountSchema, keptSecret, parseRecord, type WindowsSecretRecord } from './windows-secret-record.ts';

const LIMIT_MS = 60_000;

// With something before the name no secret can be called con, nul or com1, which are no names of files on Windows.
const RECORD_NAME = /^secret-(.+)\.json$/;

const protectedAnswer = accountSchema.extend({ data: z.string() });
const openedAnswer = accountSchema.extend({ data: z.string().nullable() });
const fileAnswer = z.object({ reader: accountSchema, writer: accountSchema });

/** What the store on Windows is made of. */
export interface WindowsSecretCollaborators {
  readonly powershell: PowerShell;
  readonly clock: Clock;
  /** Name of this machine. */
  readonly host: string;
  /** The account that runs this, as a person knows it. */
  readonly account: string;
  /** Makes the state folder. */
  readonly makePrivate?: MakePrivate | undefined;
}

/**
 * The store of a state folder on Windows. A secret is encrypted by Windows for the account that stores it, on this
 * machine; or it lies in a file that only one named account, Administrators and SYSTEM may read.
 */
export function createWindowsSecretStore(stateFolder: string, c: WindowsSecretCollaborators): SecretStore {
  const folder = join(stateFolder, 'secrets');
  const recordFile = (name: string): string => {
    checkSecretName(name);
    return join(folder, `secret-${name}.json`);
  };
  const textFile = (name: string): string => join(folder, `secret-${name}.txt`);

  async function list(): Promise<string[]> {
    const files = await orWhenMissing(readdir(folder), []);
    return files
      .map((file) => RECORD_NAME.exec(file)?.[1] ?? '')
      .filter((name) => SECRET_NAME_PATTERN.test(name))
      .sort();
  }

  async function record(name: string): Promise<WindowsSecretRecord | undefined> {
    const file = recordFile(name);
    const text = await orWhenMissing(readFile(file, 'utf8'), undefined);
    return text === undefined ? undefined : parseRecord(text, name, file);
  }

  return {
    folder,
    list,
    async details() {
      const records = await Promise.all((await list()).map(record));
      return records.flatMap((one) => (one === undefined ? [] : [keptSecret(one)]));
    },

    async set(name, value, { forAccount } = {}) {
      const file = recordFile(name);
      const data = toBase64(checkedSecret(name, value));
      await c.makePrivate?.(stateFolder);
      await mkdir(folder, { recursive: true });
      const common = { schemaVersion: 1, name, host: c.host, storedAt: c.clock.now().toISOString() } as const;
      let made: WindowsSecretRecord;
      if (forAccount === undefined) {
        const answer = readAnswer(
          protectedAnswer,
          await run(c, 'secret-protect', { name, data }, name),
          cannotWork(name),
        );
        const { account, sid } = answer;
        made = { ...common, kind: 'encrypted', storedBy: { account, sid }, data: answer.data };
        await rm(textFile(name), { force: true });
      } else {
        const input = { file: textFile(name), data, account: forAccount };
        const { reader, writer } = readAnswer(
          fileAnswer,
          await run(c, 'secret-file', input, name).catch((error: unknown) => {
            throw cannotKeep(error, name, forAccount);
          }),
          cannotWork(name),
        );
        made = { ...common, kind: 'restricted', storedBy: writer, readableBy: reader };
      }
      const { default: writeFileAtomic } = await import('write-file-atomic');
      await writeFileAtomic(file, `${JSON.stringify(made, null, 2)}\n`);
    },

    async read(name) {
      const found = await record(name);
      if (found === undefined) return undefined;
      if (found.kind === 'restricted')
        return orWhenMissing(readRestricted(found, textFile(name), c.account), undefined);
      const { data, storedBy } = found;
      const input = { name, data, sid: storedBy.sid };
      const opened = readAnswer(
        openedAnswer,
        await run(c, 'secret-unprotect', input, name).catch((error: unknown) => {
          throw cannotOpen(error, found, c.host);
        }),
        cannotWork(name),
      );
      if (opened.data === null) throw wrongAccount(found, opened.account);
      return { ...secretText(fromBase64(opened.data)), othersCanRead: false };
    },

    async remove(name) {
      const file = recordFile(name);
      checkIsThere(name, await list());
      await rm(textFile(name), { force: true });
      await rm(file);
    },
  };
}

async function run(
  { powershell }: WindowsSecretCollaborators,
  script: string,
  input: JsonObject,
  name: string,
): Promise<JsonValue> {
  try {
    return await powershell.run(script, input, { timeoutMs: LIMIT_MS });
  } catch (error) {
    // Made out here without a cause: the error of the command carries its output, in which the secret may stand.
    if (error instanceof CommandError || error instanceof TimeLimitError)
      throw new UsageError(`${cannotWork(name)}: PowerShell failed.`, {
        hint: `Run it by hand to see why: powershell.exe -File ${script}.ps1, with {} on its input.`,
      });
    if (error instanceof PowerShellError && error.type.endsWith('IdentityNotMappedException'))
      throw new UsageError('There is no such account; nothing was kept.', {
        hint: 'Write it as DOMAIN\\name, for a local account as COMPUTER\\name; a gMSA ends in $.',
        cause: error,
      });
    throw error;
  }
}

function cannotWork(name: string): string {
  return `The secret ${name} could not be worked on`;
}

async function readRestricted(
  found: Extract<WindowsSecretRecord, { kind: 'restricted' }>,
  file: string,
  account: string,
): ReturnType<SecretStore['read']> {
  try {
    return await readSecretFile(file, 'win32');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EACCES' && code !== 'EPERM') throw error;
    const { name, readableBy } = found;
    throw new UsageError(
      `The secret ${name} is kept for ${readableBy.account} and administrators, and is read as ${account}.`,
      {
        hint:
          'As an administrator use a console that was started with "Run as administrator". ' +
          `For another account: sense-runbook secret set ${name} --for DOMAIN\\name`,
        cause: error,
      },
    );
  }
}

function cannotKeep(error: unknown, name: string, account: string): unknown {
  if (!(error instanceof PowerShellError)) return error;
  return new UsageError(`The secret ${name} could not be kept for ${account}: ${error.message}`, {
    hint: 'Start the console with "Run as administrator".',
    cause: error,
  });
}

function wrongAccount({ name, storedBy, host }: WindowsSecretRecord, account: string): UsageError {
  return new UsageError(
    `The secret ${name} was stored by ${storedBy.account} on ${host}, for that account alone, and is read as ${account}.`,
    {
      hint:
        `Run "sense-runbook secret set ${name}" as ${account}, for instance in a console from ` +
        `"runas /user:${account} cmd"; or, as an administrator, store it for that account: ` +
        `sense-runbook secret set ${name} --for ${account}`,
    },
  );
}

/** The right account, and still not: what Windows needs to open it is gone. */
function cannotOpen(error: unknown, { name, storedBy, host }: WindowsSecretRecord, here: string): unknown {
  if (!(error instanceof PowerShellError)) return error;
  const why =
    host.toLowerCase() === here.toLowerCase()
      ? 'The key may be lost: it is, when an administrator resets the password of a local account, or its profile is removed.'
      : `It was stored on ${host}, and this is ${here}: what one machine encrypts, another cannot read.`;
  return new UsageError(
    `The secret ${name}, stored by ${storedBy.account} on ${host}, cannot be opened: ${error.message}`,
    { hint: `${why} Store it again: sense-runbook secret set ${name}`, cause: error },
  );
}

function toBase64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}

function fromBase64(text: string): string {
  return Buffer.from(text, 'base64').toString('utf8');
}
