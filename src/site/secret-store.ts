import { chmod, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../contract/errors.ts';
import { nearest } from '../foundation/nearest.ts';
import { SECRET_NAME_PATTERN } from './secret-reference.ts';
import { readSecretFile, secretText } from './secret-text.ts';
import type { SecretText } from './secret-text.ts';

/** Secrets kept for unattended runs: one file each, for the owner alone. */
export interface SecretStore {
  /** Folder of the files. */
  readonly folder: string;
  /** Keeps or replaces a secret. @throws UsageError for a bad name or text, and on Windows. */
  set(name: string, value: string): Promise<void>;
  /** Undefined when there is no such secret. */
  read(name: string): Promise<(SecretText & { readonly othersCanRead: boolean }) | undefined>;
  /** Names, sorted. */
  list(): Promise<string[]>;
  /** @throws UsageError when there is no such secret. */
  remove(name: string): Promise<void>;
}

/** Opens the store of a state folder; nothing is made before the first `set`. */
export function createSecretStore(stateFolder: string, platform: NodeJS.Platform): SecretStore {
  const folder = join(stateFolder, 'secrets');
  const fileOf = (name: string): string => {
    if (!SECRET_NAME_PATTERN.test(name))
      throw new UsageError(
        'The name of a secret is made of 1 to 63 small letters, digits and -, and begins with a letter or digit.',
      );
    // File rights are no protection there; encryption by the data protection interface of Windows is not built yet.
    if (platform === 'win32')
      throw new UsageError('The secret store is not available on Windows in this version.', {
        hint: 'Use { file: PATH } with a file that only the account of the task can read, { env: NAME } or { command: [...] }.',
      });
    return join(folder, name);
  };

  const list = async (): Promise<string[]> => {
    const names = await orWhenMissing(readdir(folder), []);
    return names.filter((name) => SECRET_NAME_PATTERN.test(name)).sort();
  };

  return {
    folder,
    list,
    async set(name, value) {
      const file = fileOf(name);
      const text = secretText(value);
      if ('problem' in text) throw new UsageError(`The secret ${name} was not stored: ${text.problem}.`);
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await chmod(folder, 0o700);
      const { default: writeFileAtomic } = await import('write-file-atomic');
      await writeFileAtomic(file, text.value, { mode: 0o600 });
    },
    async read(name) {
      return orWhenMissing(readSecretFile(fileOf(name), platform), undefined);
    },
    async remove(name) {
      const file = fileOf(name);
      const names = await list();
      if (!names.includes(name)) {
        const near = nearest(name, names);
        throw new UsageError(
          `There is no secret ${name}.`,
          near === undefined ? {} : { hint: `Did you mean ${near}?` },
        );
      }
      await rm(file);
    },
  };
}

async function orWhenMissing<Value, Other>(work: Promise<Value>, other: Other): Promise<Value | Other> {
  try {
    return await work;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return other;
    throw error;
  }
}
