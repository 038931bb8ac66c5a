import fs from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import { UsageError } from '../../contract/errors.ts';
import type { JsonValue } from '../../contract/json.ts';
import type { ProgramInfo } from '../../contract/node.ts';
import type { Clock } from '../../foundation/clock.ts';
import { hashedFile } from '../hashed-file.ts';
import { readServicesFile } from './state.ts';

/** As long as what a simulated media file says of itself may be. */
const FIRST_LINE_BYTES = 4096;
const SERVICE_ACCOUNT = { account: 'ACME\\qlik-service', sid: 'S-1-5-21-1-2-3-1001' };

// Made when it is used: `status` loads this file and needs no shape of it.
const file = z.lazy(() =>
  z.strictObject({
    schemaVersion: z.literal(1),
    /** `February 2022`; absent: nothing of Qlik Sense is installed. */
    release: z.string().optional(),
    /** Number of the newest patch; 0: the initial release. */
    patch: z.int().min(0).default(0),
    /** Who runs the services, and this. */
    account: z.string().default(SERVICE_ACCOUNT.account),
    /** Whether that account is a local administrator; null: Windows does not say. */
    administrator: z.boolean().nullable().default(true),
    netRelease: z.int().default(528_040),
    /** Why Windows wants to be restarted. */
    reboot: z.array(z.string()).default([]),
    /** What only an upgrade asks for, as `discover.ps1` answers it; null: Windows does not say. */
    upgrade: z
      .strictObject({
        windows: z.string().nullable().default('Microsoft Windows Server 2022 Standard'),
        visualCpp: z.string().nullable().default('v14.40.33810.00'),
        powerShell: z.string().nullable().default('5.1.20348.2849'),
        executionPolicy: z.string().nullable().default('RemoteSigned'),
        avx: z.boolean().nullable().default(true),
        proxySettings: z.boolean().nullable().default(false),
      })
      .prefault({}),
    /** What its PostgreSQL came with. */
    postgres: z.strictObject({ kind: z.enum(['bundled', 'qpi']), version: z.string() }).optional(),
  }),
);

/** `installed.json` of a simulated node: what a real one has in Programs and Features. */
export type InstalledFile = z.output<typeof file>;

/** What is installed on a simulated node; undefined where nothing of it is simulated. @throws UsageError */
export async function readInstalled(folder: string): Promise<InstalledFile | undefined> {
  const target = installedFile(folder);
  let text: string;
  try {
    text = await fs.readFile(target, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const parsed = file.safeParse(JSON.parse(text));
  if (!parsed.success) throw new UsageError(`${target} is not valid: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

/** Writes it in one go: a stand-in for setup may be killed at any moment. */
export async function writeInstalled(folder: string, installed: z.input<typeof file>): Promise<void> {
  const { default: writeFileAtomic } = await import('write-file-atomic');
  await writeFileAtomic(installedFile(folder), `${JSON.stringify(installed, undefined, 2)}\n`, {
    fsync: false,
  });
}

/** Where it lies. */
export function installedFile(folder: string): string {
  return path.join(folder, 'installed.json');
}

/** The answer that `discover.ps1` gives on a real node. */
export async function simulatedDiscovery(folder: string, clock: Pick<Clock, 'now'>): Promise<JsonValue> {
  const installed = await readInstalled(folder);
  if (installed === undefined) throw new UsageError(`${installedFile(folder)} is gone`);
  const { release, patch, account, administrator, netRelease, reboot, upgrade } = installed;
  const { services } = await readServicesFile(folder, clock.now());
  const entry = (name: string): JsonValue => ({ name, version: null, location: null });
  return {
    installed:
      release === undefined
        ? []
        : [
            entry(`Qlik Sense ${release}`),
            ...(patch === 0 ? [] : [entry(`Qlik Sense ${release} Patch ${String(patch)}`)]),
          ],
    services: Object.keys(services).map((name) => ({
      name,
      path: null,
      ...{ account, sid: SERVICE_ACCOUNT.sid, administrator },
    })),
    runner: { account, sid: SERVICE_ACCOUNT.sid, elevated: true },
    netRelease,
    reboot,
    volumes: [],
    odbc: [],
    upgrade,
  };
}

/** What a media file of a simulated node says of itself in its first line of JSON, with its hash. */
export async function simulatedProgramInfo(
  media: string,
  signal: AbortSignal,
): Promise<ProgramInfo | undefined> {
  const hashed = await hashedFile(media, signal);
  return hashed === undefined ? undefined : { ...(await saidOf(media)), ...hashed };
}

const said = z.lazy(() =>
  z.object({ product: z.string(), version: z.string().optional(), signer: z.string().optional() }),
);

async function saidOf(media: string): Promise<Pick<ProgramInfo, 'product' | 'version' | 'signer'>> {
  const line = await firstLine(media);
  try {
    const { product, version, signer } = said.parse(JSON.parse(line));
    return {
      product,
      ...(version === undefined ? {} : { version }),
      ...(signer === undefined ? {} : { signer }),
    };
  } catch (error) {
    // A file of another kind says nothing.
    if (error instanceof SyntaxError || error instanceof z.ZodError) return {};
    throw error;
  }
}

/** Of the beginning alone: it may be a real installer of two gigabytes. */
async function firstLine(media: string): Promise<string> {
  const file = await fs.open(media);
  try {
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(FIRST_LINE_BYTES) });
    return buffer.subarray(0, bytesRead).toString('utf8').split('\n', 1)[0] ?? '';
  } finally {
    await file.close();
  }
}
