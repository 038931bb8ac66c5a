import fs from 'node:fs/promises';
import * as z from 'zod';
import { messageOf } from '../contract/errors.ts';
import type { Evidence } from '../postgres/evidence-format.ts';

/** What the databases of a set held when they were dumped; sets made before it was recorded have none. */
export const EVIDENCE_FILE = 'databases/evidence.json';

const names = z.array(z.string());
const role = z.object({
  name: z.string().min(1),
  superuser: z.boolean(),
  createDb: z.boolean(),
  createRole: z.boolean(),
  inherit: z.boolean(),
  login: z.boolean(),
  replication: z.boolean(),
  bypassRls: z.boolean(),
  connectionLimit: z.number(),
  memberOf: names,
});
const database = z.object({
  name: z.string().min(1),
  database: z.string().min(1),
  takenAt: z.string(),
  owner: z.string(),
  encoding: z.string(),
  collate: z.string(),
  ctype: z.string(),
  tablespace: z.string(),
  connectionLimit: z.number(),
  acl: names.nullable(),
  settings: z.array(z.object({ role: z.string().nullable(), setting: z.string() })),
  extensions: z.array(z.object({ name: z.string(), version: z.string(), schema: z.string() })),
  largeObjects: z.object({
    count: z.number(),
    bytes: z.number(),
    checksum: z.string().exactOptional(),
  }),
  tables: z.array(
    z.object({
      schema: z.string(),
      name: z.string(),
      rows: z.number(),
      checksum: z.string().exactOptional(),
    }),
  ),
  objects: z.record(z.string(), z.number()),
});
const evidence = z.object({
  schemaVersion: z.literal(1),
  server: z.object({ version: z.string(), versionNumber: z.number() }),
  roles: z.array(role),
  databases: z.array(database),
});

/** What reading gave: the evidence, that there is none, or what is wrong with it. */
export type ReadEvidence =
  | { readonly kind: 'found'; readonly evidence: Evidence }
  | { readonly kind: 'none' }
  | { readonly kind: 'damaged'; readonly problem: string };

/** Reads the evidence of a set. Damage is a result: a drill names it and goes on. @throws the file system's error */
export async function readEvidenceFile(file: string): Promise<ReadEvidence> {
  let text: string;
  try {
    text = await fs.readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { kind: 'none' };
    throw error;
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { kind: 'damaged', problem: `it is no JSON: ${messageOf(error)}` };
  }
  const parsed = evidence.safeParse(value);
  if (parsed.success) return { kind: 'found', evidence: parsed.data };
  const [issue] = parsed.error.issues;
  return { kind: 'damaged', problem: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'wrong'}` };
}
