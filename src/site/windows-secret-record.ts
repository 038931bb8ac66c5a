import * as z from 'zod';
import { UsageError } from '../contract/errors.ts';
import type { KeptSecret } from './secret-store.ts';

const account = z.object({ account: z.string(), sid: z.string() });

const common = {
  schemaVersion: z.literal(1),
  name: z.string(),
  storedBy: account,
  host: z.string(),
  storedAt: z.string(),
};

const schema = z.discriminatedUnion('kind', [
  z.object({ ...common, kind: z.literal('encrypted'), data: z.string() }),
  z.object({ ...common, kind: z.literal('restricted'), readableBy: account }),
]);

/**
 * What the store on Windows keeps of a secret beside or instead of its text: who stored it where, so that a wrong account
 * can be told so. `data` is encrypted, in base64; the text of a `restricted` one lies in a file of its own.
 */
export type WindowsSecretRecord = z.infer<typeof schema>;

/** The account that `secret-protect` and its like run as. */
export const accountSchema = account;

/** Reads a record. @throws UsageError when it is none */
export function parseRecord(text: string, name: string, file: string): WindowsSecretRecord {
  const parsed = schema.safeParse(orUndefined(text));
  if (parsed.success) return parsed.data;
  throw new UsageError(`The file ${file} of the secret ${name} is damaged.`, {
    hint: `Store the secret again: sense-runbook secret set ${name}`,
  });
}

/** What may be told of it. */
export function keptSecret(record: WindowsSecretRecord): KeptSecret {
  const { name, kind, storedBy, host, storedAt } = record;
  const readableBy = record.kind === 'restricted' ? record.readableBy : storedBy;
  return { name, kind, readableBy, storedBy, host, storedAt };
}

function orUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
