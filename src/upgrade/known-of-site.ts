import { hasVisualCpp2019, netText, type WindowsFindings } from '../discovery/windows.ts';
import type { Site } from '../site/schema.ts';
import { findRelease } from './find-release.ts';
import type { PostgresStart, UpgradeStart } from './types.ts';

/** What was looked at. */
export interface SiteSight {
  readonly site: Pick<Site, 'qlik' | 'nodes' | 'database'>;
  /** Of the central node; absent when this machine is not it, or is no Windows. */
  readonly windows?: WindowsFindings;
  /** What the database server says; absent when it was not reached. */
  readonly server?: {
    readonly version: string;
    readonly databases: readonly string[];
    /** Its setting: with it on, setup does not see the databases (manual 3.3, p. 168). */
    readonly ssl?: boolean;
    /** How it keeps the passwords of the site's roles. */
    readonly passwordEncryption?: 'md5' | 'scram-sha-256';
  };
}

/** Everything but the release may be told; what was not found is absent. */
export type KnownOfSite = Partial<UpgradeStart>;

/** SID of Local System. */
const LOCAL_SYSTEM = 'S-1-5-18';

/** A start from site file, Windows and the database server, in that order of trust for what two of them tell: the last wins. */
export function knownOfSite({ site, windows, server }: SiteSight): KnownOfSite {
  const { database, nodes, qlik } = site;
  return {
    ...(qlik.release === undefined ? {} : { release: qlik.release }),
    nodes: nodes.length,
    ...(database.ssl === undefined ? {} : { ssl: database.ssl }),
    ...(windows === undefined ? {} : knownOfWindows(windows, qlik.installFolder)),
    ...postgresOf(site, windows, server),
    ...(server === undefined ? {} : knownOfServer(server)),
  };
}

function knownOfServer({
  databases,
  ssl,
  passwordEncryption,
}: NonNullable<SiteSight['server']>): KnownOfSite {
  return {
    databases,
    ...(ssl === undefined ? {} : { ssl }),
    ...(passwordEncryption === undefined ? {} : { passwordEncryption }),
  };
}

function knownOfWindows(windows: WindowsFindings, installFolder: string): KnownOfSite {
  const { release, accounts, netRelease, reboot, volumes } = windows;
  const system = accounts.some(({ sid, account }) => sid === LOCAL_SYSTEM || /^LocalSystem$/i.test(account));
  const volume = volumes.find(({ name }) => installFolder.toLowerCase().startsWith(name.toLowerCase()));
  return {
    // Programs and Features has an entry for every patch: none there is none installed.
    ...(release === undefined ? {} : { release, patch: findRelease(release).patch ?? ('none' as const) }),
    ...(accounts.length === 0
      ? {}
      : { serviceAccount: system ? ('local-system' as const) : ('user' as const) }),
    ...(netRelease === undefined ? {} : { dotNet: /^[\d.]+$/.exec(netText(netRelease))?.[0] ?? '4.7' }),
    pendingReboot: reboot.length > 0,
    ...(volume === undefined ? {} : { freeBytes: volume.free }),
    ...knownForUpgrade(windows.upgrade),
  };
}

/**
 * Logs can go to a database only through the Qlik Logging Service; whether one that is there does so, its presence does not tell.
 * What was changed by hand in configuration files is told by nothing: nobody has the files as they were installed.
 */
function knownForUpgrade(found: WindowsFindings['upgrade']): KnownOfSite {
  const { windows, powerShell, executionPolicy, avx, proxySettings, loggingService } = found;
  const visualCpp = hasVisualCpp2019(found);
  return {
    ...(windows === undefined ? {} : { windows }),
    ...(visualCpp === undefined ? {} : { visualCpp }),
    ...(powerShell === undefined ? {} : { powerShell }),
    ...(executionPolicy === undefined ? {} : { executionPolicy }),
    ...(avx === undefined ? {} : { avx }),
    ...(proxySettings === undefined ? {} : { proxySettings }),
    ...(loggingService === false ? { centralizedLogging: false } : {}),
  };
}

/** A server on a machine that is not the central node did not come with Qlik Sense (manual 5.2, p. 188). */
function postgresOf(
  { database, nodes }: SiteSight['site'],
  windows: WindowsFindings | undefined,
  server: SiteSight['server'],
): Pick<KnownOfSite, 'postgres'> {
  const central = nodes.find(({ role }) => role === 'central')?.name;
  const elsewhere = database.node !== central;
  const bundled = windows?.databases.find(({ kind }) => kind === 'bundled');
  const own = windows?.databases.some(({ kind }) => kind === 'own') === true;
  const version = server?.version ?? (own ? undefined : bundled?.version);
  const postgres: PostgresStart = {
    ...(version === undefined ? {} : { version }),
    ...(elsewhere ? { kind: 'standalone' as const, remote: true } : {}),
    // With both there, the Qlik PostgreSQL Installer was used and the old package not removed: which one is asked is not known.
    ...(!elsewhere && bundled !== undefined && !own ? { kind: 'bundled' as const } : {}),
  };
  return Object.keys(postgres).length === 0 ? {} : { postgres };
}
