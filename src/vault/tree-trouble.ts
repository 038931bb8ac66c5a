import { ExpectedError } from '../contract/errors.ts';
import type { WalkItem } from './walk.ts';
import type { CopyTreeOptions } from './vault.ts';

const NAMED = 100;

/** Keeps what went wrong in one pass, in the way `onTrouble` asks for. */
export interface TroubleKeeper {
  /** A file that vanished, changed or cannot be read. Gives the error that ends the pass when it is fatal. */
  file(path: string, message: string): ExpectedError | undefined;
  /** Something the walk met that is no file. */
  walked(item: Exclude<WalkItem, { kind: 'file' | 'empty-folder' }>): ExpectedError | undefined;
  /** A warning in every mode but `later`. */
  note(path: string, message: string): void;
  /** Named warnings, with one more line for those beyond the hundredth. */
  warnings(): string[];
}

/** Makes the keeper for a pass over `options.from`. */
export function createTroubleKeeper(options: Pick<CopyTreeOptions, 'from' | 'onTrouble'>): TroubleKeeper {
  const named: string[] = [];
  const fatal: string[] = [];
  let more = 0;

  function note(path: string, message: string): void {
    if (options.onTrouble === 'later') return;
    if (named.length < NAMED) named.push(`${showPath(path)} in ${options.from} ${message}`);
    else more += 1;
  }

  function file(path: string, message: string): ExpectedError | undefined {
    if (options.onTrouble !== 'fail') {
      note(path, `${message}; it is not in the backup set`);
      return undefined;
    }
    fatal.push(`${showPath(path)} ${message}`);
    const rest = fatal.length > 10 ? ` and ${fatal.length - 10} more` : '';
    return new ExpectedError(
      `${options.from} could not be copied: ${fatal.slice(0, 10).join('; ')}${rest}.`,
      {
        hint: 'Something still uses these files, or this account may not read them. Find out what, then start again.',
      },
    );
  }

  return {
    file,
    note,
    walked(item) {
      switch (item.kind) {
        case 'link':
          note(item.path, 'is a link; links are not followed and it is not in the backup set');
          return undefined;
        case 'other':
          note(item.path, 'is no ordinary file; it is not in the backup set');
          return undefined;
        case 'bad-name':
          if (options.onTrouble === 'warn') return file(item.path, 'has a name that is no valid text');
          return new ExpectedError(`${item.path} in ${options.from} has a name that is no valid text.`, {
            hint: 'It could not be restored under its name. Rename it or leave its folder out, then start again.',
          });
        case 'trouble':
          return file(item.path, item.code === 'ENOENT' ? 'is gone' : `cannot be read: ${item.message}`);
      }
    },
    warnings: () =>
      more === 0
        ? named
        : [...named, `${more} more files in ${options.from} are not in the backup set or changed`],
  };
}

/** A path for people: control characters, line feeds among them, are escaped. */
export function showPath(path: string): string {
  return /[\u0000-\u001f\u007f]/.test(path) ? JSON.stringify(path) : path;
}
