import { chmod, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../contract/errors.ts';
import { nearest } from '../foundation/nearest.ts';
import { SECRET_NAME_PATTERN } from './secret-reference.ts';
import { readSecretFile, secretText } from './secret-text.ts';
import type { SecretText } from './secret-text.ts';

/** What is known of a kept secret, without the secret. */
export interface KeptSecret {
  readonly name: string;
  /** `owner`: a file of its owner alone. `encrypted` and `restricted` are of Windows: for one account, for named ones. */
  readonly kind: 'owner' | 'encrypted' | 'restricted';
  /** Windows: the account that can read it (of `restricted`: besides Administrators and SYSTEM). */
  readonly readableBy?: KeptAccount;
  /** Windows: who stored it, on which machine and when (ISO 8601 UTC). */
  readonly storedBy?: KeptAccount;
  readonly host?: string;
  readonly storedAt?: string;
}

/** A Windows account: its name when the secret was stored, and its number, which stays when the name changes. */
export interface KeptAccount {
  readonly account: string;
  readonly sid: string;
}

/** How a secret is to be kept. */
interface KeepOptions {
  /** Windows: in a file for this account (`DOMAIN\\name`), instead of encrypted for the one that runs this. */
  readonly forAccount?: string;
}

/** Secrets kept for unattended runs: one file each, for the owner alone. */
export interface SecretStore {
  /** Folder of the files. */
  readonly folder: string;
  /** Keeps or replaces a secret. @throws UsageError for a bad name or text, or when it cannot be kept that way. */
  set(name: string, value: string, options?: KeepOptions): Promise<void>;
  /** Undefined when there is no such secret. @throws UsageError when this account cannot read it. */
  read(name: string): Promise<(SecretText & { readonly othersCanRead: boolean }) | undefined>;
  /** Names, sorted. */
  list(): Promise<string[]>;
  /** What is known of each, sorted by name. */
  details(): Promise<KeptSecret[]>;
  /** @throws UsageError when there is no such secret. */
  remove(name: string): Promise<void>;
}

/**
 * Opens the store of a state folder where rights on files protect, which is not so on Windows; nothing is made before
 * the first `set`.
 */
export function createSecretStore(stateFolder: string): SecretStore {
  const folder = join(stateFolder, 'secrets');
  const fileOf = (name: string): string => {
    checkSecretName(name);
    return join(folder, name);
  };

  const list = async (): Promise<string[]> => {
    const names = await orWhenMissing(readdir(folder), []);
    return names.filter((name) => SECRET_NAME_PATTERN.test(name)).sort();
  };

  return {
    folder,
    list,
    details: async () => (await list()).map((name) => ({ name, kind: 'owner' })),
    async set(name, value, { forAccount } = {}) {
      const file = fileOf(name);
      if (forAccount !== undefined)
        throw new UsageError('A secret is kept for another account on Windows only; nothing was kept.', {
          hint: 'Here run "sense-runbook secret set" as the account that runs the backups.',
        });
      const text = checkedSecret(name, value);
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await chmod(folder, 0o700);
      const { default: writeFileAtomic } = await import('write-file-atomic');
      await writeFileAtomic(file, text, { mode: 0o600 });
    },
    async read(name) {
      return orWhenMissing(readSecretFile(fileOf(name), 'linux'), undefined);
    },
    async remove(name) {
      const file = fileOf(name);
      checkIsThere(name, await list());
      await rm(file);
    },
  };
}

/** @throws UsageError for what is no name of a secret */
export function checkSecretName(name: string): void {
  if (!SECRET_NAME_PATTERN.test(name))
    throw new UsageError(
      'The name of a secret is made of 1 to 63 small letters, digits and -, and begins with a letter or digit.',
    );
}

/** The text to keep. @throws UsageError for text that no reader would take, without repeating it */
export function checkedSecret(name: string, value: string): string {
  const text = secretText(value);
  if ('problem' in text) throw new UsageError(`The secret ${name} was not stored: ${text.problem}.`);
  return text.value;
}

/** @throws UsageError with the nearest name when `name` is none of `names` */
export function checkIsThere(name: string, names: readonly string[]): void {
  if (names.includes(name)) return;
  const near = nearest(name, names);
  throw new UsageError(
    `There is no secret ${name}.`,
    near === undefined ? {} : { hint: `Did you mean ${near}?` },
  );
}

/** What `work` gives; `other` when the file or folder is not there. */
export async function orWhenMissing<Value, Other>(
  work: Promise<Value>,
  other: Other,
): Promise<Value | Other> {
  try {
    return await work;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return other;
    throw error;
  }
}
