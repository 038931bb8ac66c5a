import * as z from 'zod';
import type { JsonValue } from '../contract/json.ts';
import { readAnswer } from '../platform/windows/powershell.ts';

/** Release number of .NET Framework 4.8 in Microsoft's list. */
export const NET_4_8 = 528_040;

const answer = z.object({
  installed: z.array(
    z.object({ name: z.string(), version: z.string().nullable(), location: z.string().nullable() }),
  ),
  services: z.array(
    z.object({
      name: z.string(),
      path: z.string().nullable(),
      account: z.string().nullable(),
      sid: z.string().nullable(),
      administrator: z.boolean().nullable(),
    }),
  ),
  runner: z.object({ account: z.string(), sid: z.string(), elevated: z.boolean() }),
  netRelease: z.number().nullable(),
  reboot: z.array(z.string()),
  volumes: z.array(z.object({ name: z.string(), free: z.number(), size: z.number() })),
  odbc: z.array(z.object({ name: z.string(), driver: z.string().nullable(), bits: z.string() })),
  /** What only an upgrade asks for. */
  upgrade: z
    .object({
      windows: z.string().nullable(),
      /** Empty: none is installed. */
      visualCpp: z.string().nullable(),
      powerShell: z.string().nullable(),
      executionPolicy: z.string().nullable(),
      avx: z.boolean().nullable(),
      proxySettings: z.boolean().nullable(),
    })
    .nullish(),
});

/** A PostgreSQL server that runs as a service of this machine. */
interface FoundDatabase {
  readonly service: string;
  /** `bundled`: installed with Qlik Sense; `own`: by the Qlik PostgreSQL Installer or by hand, which look alike. */
  readonly kind: 'bundled' | 'own';
  readonly bin?: string;
  /** Folder of its data. */
  readonly data?: string;
  /** From the name of its folder: `14`, `9.6`. */
  readonly version?: string;
}

/** An account that services run as. */
export interface FoundAccount {
  readonly account: string;
  /** Absent when Windows knows no such account. */
  readonly sid?: string;
  /** A local administrator; absent when it could not be found out. */
  readonly administrator?: boolean;
}

/** What `discover.ps1` found, as far as it is certain. Bytes. */
export interface WindowsFindings {
  /** `May 2025`, `February 2024 Patch 3`. Absent when nothing or more than one release is entered. */
  readonly release?: string;
  readonly installFolder?: string;
  readonly databases: readonly FoundDatabase[];
  /** Accounts of the Qlik Sense services. */
  readonly accounts: readonly FoundAccount[];
  /** Who runs this there. */
  readonly runner: { readonly account: string; readonly sid: string };
  /** Release number of .NET Framework 4: 528040 and above is 4.8. */
  readonly netRelease?: number;
  /** Why Windows wants to be restarted; empty: it does not. */
  readonly reboot: readonly string[];
  readonly volumes: readonly { readonly name: string; readonly free: number; readonly size: number }[];
  readonly odbc: readonly { readonly name: string; readonly driver: string | null; readonly bits: string }[];
  readonly upgrade: UpgradeFindings;
}

/** What only an upgrade asks for; what is absent could not be read. */
export interface UpgradeFindings {
  /** `Microsoft Windows Server 2019 Standard` */
  readonly windows?: string;
  /** Version of the x64 runtime of Visual C++ 2015 and later, `14.29.30133.00`; null: there is none. */
  readonly visualCpp?: string | null;
  readonly powerShell?: string;
  /** Of PowerShell, without the one that this program runs scripts with; `Undefined`: nobody set one. */
  readonly executionPolicy?: string;
  /** AVX, as Windows has it switched on. */
  readonly avx?: boolean;
  /** Whether `services.conf` has a line for a proxy (manual 2.9, p. 156). */
  readonly proxySettings?: boolean;
  /** Whether there is a Qlik Logging Service; absent where no service of Qlik Sense is. */
  readonly loggingService?: boolean;
}

/** Whether the runtime of Visual C++ 2019 (14.20) or later is there; undefined when that is not known. */
export function hasVisualCpp2019({ visualCpp }: UpgradeFindings): boolean | undefined {
  if (visualCpp === undefined) return undefined;
  const [, major = 0, minor = 0] = (/^(\d+)\.(\d+)/.exec(visualCpp ?? '') ?? []).map(Number);
  return major > 14 || (major === 14 && minor >= 20);
}

/** Judges the answer of `discover.ps1`. @throws PowerShellError when it is none. */
export function readDiscovery(value: JsonValue): WindowsFindings {
  const { installed, services, runner, netRelease, reboot, volumes, odbc, upgrade } = readAnswer(
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
    databases: services.flatMap(({ name, path }) => databaseOf(name, path ?? '')),
    accounts: accountsOf(services, runner),
    runner: { account: runner.account, sid: runner.sid },
    ...(netRelease === null ? {} : { netRelease }),
    reboot,
    volumes,
    odbc,
    upgrade: { ...upgradeFindings(upgrade ?? undefined), ...loggingService(services) },
  };
}

function upgradeFindings(told: NonNullable<z.output<typeof answer>['upgrade']> | undefined): UpgradeFindings {
  if (told === undefined) return {};
  const { windows, visualCpp, powerShell, executionPolicy, avx, proxySettings } = told;
  return {
    ...(windows === null ? {} : { windows }),
    ...(visualCpp === null ? {} : { visualCpp: /\d[\d.]*/.exec(visualCpp)?.[0] ?? null }),
    ...(powerShell === null ? {} : { powerShell }),
    ...(executionPolicy === null ? {} : { executionPolicy }),
    ...(avx === null ? {} : { avx }),
    ...(proxySettings === null ? {} : { proxySettings }),
  };
}

function loggingService(
  services: z.output<typeof answer>['services'],
): Pick<UpgradeFindings, 'loggingService'> {
  const names = services.map(({ name }) => name.toLowerCase());
  if (!names.includes('qliksenserepositoryservice')) return {};
  return { loggingService: names.includes('qlikloggingservice') };
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

function databaseOf(service: string, commandLine: string): FoundDatabase[] {
  const bundled = service === 'QlikSenseRepositoryDatabase';
  if (!bundled && !/^postgresql/i.test(service)) return [];
  const bin = /^(.+)\\[^\\]+\.exe$/i.exec(programOf(commandLine) ?? '')?.[1];
  const data = /\s-D\s*(?:"([^"]+)"|(\S+))/.exec(commandLine);
  const folder = data?.[1] ?? data?.[2];
  const version = /\\(\d+(?:\.\d+)?)\\bin$/i.exec(bin ?? '')?.[1];
  return [
    {
      service,
      kind: bundled ? 'bundled' : 'own',
      ...(bin === undefined ? {} : { bin }),
      ...(folder === undefined ? {} : { data: folder.replace(/\\$/, '') }),
      ...(version === undefined ? {} : { version }),
    },
  ];
}

function accountsOf(
  services: z.output<typeof answer>['services'],
  runner: z.output<typeof answer>['runner'],
): FoundAccount[] {
  const found = new Map<string, FoundAccount>();
  for (const { name, account, sid, administrator } of services) {
    // The bundled database keeps an account of its own (manual 2.11).
    if (account === null || name === 'QlikSenseRepositoryDatabase' || !name.startsWith('Qlik')) continue;
    // Of who runs this its token tells, in which groups of groups count too.
    const known = sid === runner.sid && runner.elevated ? true : administrator;
    found.set((sid ?? account).toLowerCase(), {
      account,
      ...(sid === null ? {} : { sid }),
      ...(known === null ? {} : { administrator: known }),
    });
  }
  return [...found.values()];
}

/** Release numbers of Microsoft's list: every 4.8 is 528040 or above, 4.8.1 is 533320 or above. */
export function netText(release: number): string {
  if (release >= 533_320) return '4.8.1';
  return release >= NET_4_8 ? '4.8' : `older than 4.8 (release ${String(release)})`;
}
