import * as z from 'zod';
import type { OdbcSources, RegistryValue } from '../../contract/node.ts';
import { readAnswer, type PowerShell } from './powershell.ts';

const LIMIT_MS = 60_000;

/** What a password is called in the settings of ODBC drivers. .NET and JavaScript read these patterns alike. */
const SECRET_NAME = 'pwd|passw|passphrase|passcode|^pass$|secret|token|api_?key|private_?key';
/** A connection string with a password in it. */
const SECRET_TEXT = String.raw`(^|[;?&\s])(pwd|password)\s*=\s*[^;\s]`;

const CONTROL = /[\u0000-\u001f\u007f]/;

// Made when it is used: `status` loads this file and needs no shape of it.
const valueSchema = z.lazy(() =>
  z
    .object({ name: z.string(), type: z.int().min(0), data: z.union([z.string(), z.array(z.string())]) })
    .refine(
      ({ type, data }) => ![4, 11].includes(type) || (typeof data === 'string' && /^-?\d+$/.test(data)),
    ),
);

const answerSchema = z.lazy(() =>
  z.object({
    keys: z.array(
      z.object({
        bits: z.enum(['64', '32']),
        path: z.string().min(1),
        values: z.array(valueSchema),
        leftOut: z.array(z.string()),
      }),
    ),
  }),
);

type Answer = z.infer<typeof answerSchema>['keys'][number];
type Told = Answer['values'][number];

/**
 * The ODBC system data sources of the Windows machine that `powershell` runs its scripts on, without what looks like a
 * password: the script leaves it in the registry, and what it told all the same is dropped here.
 * @throws PowerShellError and what else `powershell.run` throws
 */
export async function readOdbcSources(powershell: PowerShell, signal: AbortSignal): Promise<OdbcSources> {
  const input = { secretName: SECRET_NAME, secretText: SECRET_TEXT };
  const answer = await powershell.run('odbc-export', input, { timeoutMs: LIMIT_MS, signal });
  const { keys } = readAnswer(answerSchema, answer, 'the ODBC data sources cannot be read');
  return {
    keys: keys
      .filter(({ path }) => !CONTROL.test(path))
      .map((key) => ({ path: pathOf(key), values: key.values.filter(isKept).map(valueOf) })),
    leftOut: keys.flatMap((key) => {
      const dropped = key.values.filter((value) => !isKept(value)).map(({ name }) => name);
      return [...key.leftOut, ...dropped].map((name) => ({ key: pathOf(key), name }));
    }),
  };
}

function isKept({ name, data }: Told): boolean {
  const texts = typeof data === 'string' ? [data] : data;
  // A line break in a name cannot be written into a registry file.
  return (
    !CONTROL.test(name) &&
    !new RegExp(SECRET_NAME, 'i').test(name) &&
    !texts.some((text) => new RegExp(SECRET_TEXT, 'i').test(text))
  );
}

/** Seen from a program of 64 bits, where both views have a place of their own. */
function pathOf({ bits, path }: Answer): string {
  return [
    'HKEY_LOCAL_MACHINE',
    'SOFTWARE',
    ...(bits === '32' ? ['WOW6432Node'] : []),
    'ODBC',
    'ODBC.INI',
    path,
  ].join('\\');
}

function valueOf({ name, type, data }: Told): RegistryValue {
  const text = typeof data === 'string' ? data : '';
  switch (type) {
    case 1:
      return { name, text };
    case 4:
      return { name, number: Number(BigInt.asUintN(32, BigInt(text))) };
    case 2:
      return { name, type, bytes: terminated([text]) };
    case 7:
      return { name, type, bytes: terminated([...(typeof data === 'string' ? [data] : data), '']) };
    case 11: {
      const bytes = Buffer.alloc(8);
      bytes.writeBigUInt64LE(BigInt.asUintN(64, BigInt(text)));
      return { name, type, bytes };
    }
    default:
      return { name, type, bytes: Buffer.from(text, 'base64') };
  }
}

/** Texts as the registry keeps them: UTF-16, each with a NUL at its end. */
function terminated(texts: readonly string[]): Buffer {
  return Buffer.from(texts.map((text) => `${text}\0`).join(''), 'utf16le');
}
