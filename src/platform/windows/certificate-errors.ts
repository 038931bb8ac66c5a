import { ExpectedError } from '../../contract/errors.ts';
import { PowerShellError } from './powershell.ts';

/** What is wrong, and what to do, in one sentence each. */
interface Meaning {
  readonly what: string;
  readonly hint: string;
}

const EXPORT_PAGE = 'manual 5.4, p. 189-197';

const ACCESS: Meaning = {
  what: 'Windows denied access to the certificate store or the private key',
  hint: `Run this elevated, as the account that runs the Qlik Sense services (${EXPORT_PAGE}).`,
};

const NO_KEY: Meaning = {
  what: 'its private key is not there, or this account may not use it',
  hint: `Run this as the account that runs the Qlik Sense services, which must have access to the key (${EXPORT_PAGE}; 6.3, p. 225).`,
};

const NOT_EXPORTABLE: Meaning = {
  what: 'its private key cannot be exported',
  hint: `The key is not marked as exportable, lies in a TPM or on a card, or belongs to another account: run this as the account that runs the Qlik Sense services. When "Yes, export the private key" is grey in the Certificates snap-in too (${EXPORT_PAGE}), only new certificates help (6.1, p. 219).`,
};

const PASSWORD: Meaning = {
  what: 'the password of the certificate file is wrong',
  hint: 'Use the password that was set when the certificates were exported (manual 5.5, p. 198).',
};

const LOCKED: Meaning = {
  what: 'another program has the file open',
  hint: 'A virus scanner or a backup program may hold it. Try again, or except the folder.',
};

const GONE: Meaning = {
  what: 'there is no such certificate in that store',
  hint: 'Look at the certificates again: it was removed or replaced in the meantime.',
};

/** Win32 and SSPI codes (winerror.h), the same in every language of Windows. */
const BY_CODE: Readonly<Record<string, Meaning>> = {
  '0x80070005': ACCESS,
  '0x80090010': ACCESS,
  // NTE_BAD_KEYSET, NTE_NO_KEY, CRYPT_E_NO_KEY_PROPERTY, NTE_KEYSET_NOT_DEF.
  '0x80090016': NO_KEY,
  '0x8009000D': NO_KEY,
  '0x8009200B': NO_KEY,
  '0x80090019': NO_KEY,
  // NTE_BAD_KEY_STATE, NTE_NOT_SUPPORTED.
  '0x8009000B': NOT_EXPORTABLE,
  '0x80090029': NOT_EXPORTABLE,
  '0x80070056': PASSWORD,
  '0x80070020': LOCKED,
  '0x80070021': LOCKED,
  '0x80070490': GONE,
  '0x800703EB': {
    what: 'it is still in the store after it was removed',
    hint: 'A group policy may put it there again: take it out of the policy.',
  },
  // ERROR_NONE_MAPPED.
  '0x80070534': {
    what: 'Windows does not know the account that is to read the private key',
    hint: 'Nothing was imported. Look at the account of the Qlik Sense services in Windows Services (manual 2.11, p. 159).',
  },
  '0x80070002': {
    what: 'the file of the private key was not found, so that nobody was given access to it',
    hint: 'The key may lie in hardware. Give the account of the services read access in the Certificates snap-in: All Tasks, Manage Private Keys (6.3, p. 225).',
  },
  '0x80070070': {
    what: 'the disk with the folder for temporary files is full',
    hint: 'Make room on it.',
  },
};

const BY_TYPE: Readonly<Record<string, Meaning>> = {
  'System.UnauthorizedAccessException': ACCESS,
  'System.Security.SecurityException': ACCESS,
  'System.Management.Automation.CommandNotFoundException': {
    what: 'this Windows has no module PKI, which Export-PfxCertificate is in',
    hint: 'Windows Server 2016 and newer have it. Export the certificates by hand otherwise (manual 5.4, p. 189-197).',
  },
};

/**
 * Words what a script for certificates could not do: by code, then by .NET type, never by its text, which is in the language
 * of that Windows. `doing` is what failed: "the certificate X in Y cannot be exported". Other errors are given back as they are.
 */
export function certificateError(doing: string, error: unknown): unknown {
  if (!(error instanceof PowerShellError)) return error;
  const code = longCode(error.hresult);
  const meaning = BY_CODE[code ?? ''] ?? BY_TYPE[error.type];
  const details = { cause: error, ...(meaning !== undefined && { hint: meaning.hint }) };
  if (meaning !== undefined) {
    const by = code === undefined ? '' : ` (${code})`;
    return new ExpectedError(`${doing}: ${meaning.what}${by}`, details);
  }
  if (error.hint !== undefined)
    return new ExpectedError(`${doing}: ${error.message}`, { ...details, hint: error.hint });
  const told = [error.type, code].filter(Boolean).join(', ');
  return new ExpectedError(`${doing}: ${error.message}${told === '' ? '' : ` (${told})`}`, {
    ...details,
    hint: `Try the same in the Certificates snap-in, as this account (${EXPORT_PAGE}).`,
  });
}

/** A Win32Exception carries the plain number: 86 is 0x80070056. */
function longCode(hresult: string | undefined): string | undefined {
  return hresult?.replace(/^0x0000(?=[0-9A-F]{4}$)/u, '0x8007');
}
