import * as z from 'zod';
import type { JsonValue } from '../contract/json.ts';
import { readAnswer } from '../platform/windows/powershell.ts';

const answer = z.object({
  installed: z.array(
    z.object({ name: z.string(), version: z.string().nullable(), location: z.string().nullable() }),
  ),
  services: z.array(
    z.object({
      name: z.string(),
      path: z.string().nullable(),
      account: z.string().nullable(),
      administrator: z.boolean().nullable(),
    }),
  ),
  netRelease: z.number().nullable(),
  reboot: z.array(z.string()),
  volumes: z.array(z.object({ name: z.string(), free: z.number(), size: z.number() })),
  odbc: z.array(z.object({ name: z.string(), driver: z.string().nullable(), bits: z.string() })),
});

/** A PostgreSQL server that runs as a service of this machine. */
export interface FoundDatabase {
  readonly service: string;
  /** `bundled`: installed with Qlik Sense; `own`: by the Qlik PostgreSQL Installer or by hand, which look alike. */
  readonly kind: 'bundled' | 'own';
  readonly bin?: string;
  /** From the name of its folder: `14`, `9.6`. */
  readonly version?: string;
}

/** What `discover.ps1` found, as far as it is certain. Bytes. */
export interface WindowsFindings {
  /** `May 2025`, `February 2024 Patch 3`. Absent when nothing or more than one release is entered. */
  readonly release?: string;
  readonly installFolder?: string;
  readonly databases: readonly FoundDatabase[];
  /** Accounts of the Qlik Sense services; `administrator` is absent when it could not be found out. */
  readonly accounts: readonly { readonly account: string; readonly administrator?: boolean }[];
  /** Release number of .NET Framework 4: 528040 and above is 4.8. */
  readonly netRelease?: number;
  /** Why Windows wants to be restarted; empty: it does not. */
  readonly reboot: readonly string[];
  readonly volumes: readonly { readonly name: string; readonly free: number; readonly size: number }[];
  readonly odbc: readonly { readonly name: string; readonly driver: string | null; readonly bits: string }[];
}

/** Judges the answer of `discover.ps1`. @throws PowerShellError when it is none. */
export function readDiscovery(value: JsonValue): WindowsFindings {
  const { installed, services, netRelease, reboot, volumes, odbc } = readAnswer(
    answer,
    value,
    'what is installed cannot be read',
  );
  const release = releaseOf(installed.map(({ name }) => name));
  const repository = services.find(({ name }) => name === 'QlikSenseRepositoryService');
  const folder = /^(.+)\\Repository\\Repository\.exe$/i.exec(programOf(repository?.path) ?? '')?.[1];
  return {
    ...(release === undefined ? {} : { release }),
    ...(folder === undefined ? {} : { installFolder: folder }),
    databases: services.flatMap(({ name, path }) => databaseOf(name, programOf(path))),
    accounts: accountsOf(services),
    ...(netRelease === null ? {} : { netRelease }),
    reboot,
    volumes,
    odbc,
  };
}

/** Programs and Features has one entry for the release and one for each patch. */
function releaseOf(names: readonly string[]): string | undefined {
  const found = names.flatMap((name) => {
    const match = /^Qlik Sense (?:Enterprise )?([A-Z][a-z]+ 20\d\d)(?: Patch (\d+))?$/.exec(name);
    return match?.[1] === undefined ? [] : [{ release: match[1], patch: Number(match[2] ?? 0) }];
  });
  const [first] = found;
  if (first === undefined || found.some(({ release }) => release !== first.release)) return undefined;
  const patch = Math.max(...found.map((one) => one.patch));
  return patch === 0 ? first.release : `${first.release} Patch ${String(patch)}`;
}

/** The program of a service's command line: quoted, or up to `.exe`. */
function programOf(path: string | null | undefined): string | undefined {
  return /^"([^"]+)"/.exec(path ?? '')?.[1] ?? /^(.+?\.exe)\b/i.exec(path ?? '')?.[1];
}

function databaseOf(service: string, program: string | undefined): FoundDatabase[] {
  const bundled = service === 'QlikSenseRepositoryDatabase';
  if (!bundled && !/^postgresql/i.test(service)) return [];
  const bin = /^(.+)\\[^\\]+\.exe$/i.exec(program ?? '')?.[1];
  const version = /\\(\d+(?:\.\d+)?)\\bin$/i.exec(bin ?? '')?.[1];
  return [
    {
      service,
      kind: bundled ? 'bundled' : 'own',
      ...(bin === undefined ? {} : { bin }),
      ...(version === undefined ? {} : { version }),
    },
  ];
}

function accountsOf(services: z.output<typeof answer>['services']): WindowsFindings['accounts'] {
  const found = new Map<string, WindowsFindings['accounts'][number]>();
  for (const { name, account, administrator } of services) {
    // The bundled database keeps an account of its own (manual 2.11).
    if (account === null || name === 'QlikSenseRepositoryDatabase' || !name.startsWith('Qlik')) continue;
    found.set(account.toLowerCase(), { account, ...(administrator === null ? {} : { administrator }) });
  }
  return [...found.values()];
}
