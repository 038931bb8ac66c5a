import * as z from 'zod';
import type { ReadableNode } from '../../contract/node.ts';
import { readAnswer, type PowerShell } from './powershell.ts';

/** Setup has about two gigabytes, and the folder it lies in may be on a slow share. Milliseconds. */
const LIMIT_MS = 30 * 60_000;

// Made when it is used: `status` loads this file and needs no shape of it.
const answer = z.lazy(() =>
  z.union([
    z.object({ found: z.literal(false) }),
    z.object({
      found: z.literal(true),
      product: z.string().nullable(),
      version: z.string().nullable(),
      signer: z.string().nullable(),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
      bytes: z.number().int().nonnegative(),
    }),
  ]),
);

/** Asks the Windows that `powershell` runs on what a program file of it says of itself. */
export function programInfoThrough(powershell: PowerShell): NonNullable<ReadableNode['programInfo']> {
  return async (file, signal) => {
    const told = await powershell.run('program-info', { file }, { timeoutMs: LIMIT_MS, signal });
    const read = readAnswer(answer, told, `what ${file} is cannot be read`);
    if (!read.found) return undefined;
    const { product, version, signer, sha256, bytes } = read;
    return {
      ...(product === null ? {} : { product }),
      ...(version === null ? {} : { version }),
      ...(signer === null ? {} : { signer }),
      sha256,
      bytes,
    };
  };
}
