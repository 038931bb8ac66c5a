import { UsageError } from '../contract/errors.ts';

/** What kind of archive a name asks for. */
export interface ExportFormat {
  readonly kind: 'tar' | 'zip';
  /** A tar archive is packed with gzip. */
  readonly gzip: boolean;
  /** Encrypted for recipients, in the format of age. */
  readonly encrypted: boolean;
}

const ENDINGS = ['.tar', '.tar.gz', '.tgz', '.zip'];

/** @throws UsageError when the name's ending is not known, or does not fit whether it is to be encrypted */
export function exportFormat(file: string, encrypted: boolean): ExportFormat {
  const lower = file.toLowerCase();
  if (lower.endsWith('.age') !== encrypted)
    throw new UsageError(
      encrypted
        ? `${file} is to be encrypted, so its name must end with .age`
        : `${file} ends with .age, but no recipient to encrypt it for was given`,
      {
        hint: encrypted
          ? `For example: --output ${file}.age`
          : 'Give --encrypt-to age1..., or a name without .age.',
      },
    );
  const name = encrypted ? lower.slice(0, -'.age'.length) : lower;
  const ending = ENDINGS.find((one) => name.endsWith(one));
  if (ending === undefined)
    throw new UsageError(`what archive ${file} should be is not told by its ending`, {
      hint: `Known are: ${ENDINGS.join(', ')}; with --encrypt-to each with .age behind it.`,
    });
  return { kind: ending === '.zip' ? 'zip' : 'tar', gzip: /gz$/.test(ending), encrypted };
}
