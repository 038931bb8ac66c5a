import type { Answer, Facts } from './condition.ts';
import { releaseIndex } from './find-release.ts';
import type { KnownStart } from './start.ts';
import { compareVersions } from './versions.ts';

/** What rules may ask of a site. Each is answered yes, no or unknown. */
export type Fact =
  | 'multi-node'
  | 'local-system'
  | 'synchronized'
  | 'ssl'
  | 'scram'
  | 'centralized-logging'
  | 'old-certificates'
  | 'old-certificates-over-ssl'
  | 'old-certificates-kept'
  | 'old-certificates-kept-over-ssl'
  | 'pause-after-postgres'
  | 'dot-net-below-4-8'
  | 'no-visual-cpp'
  | 'windows-too-old'
  | 'powershell-below-4'
  | 'signed-scripts-only'
  | 'pending-reboot'
  | 'no-avx'
  | 'little-disk'
  | 'databases-missing'
  | 'changed-config'
  | 'changed-capabilities'
  | 'proxy-settings';

/** Databases of Qlik Sense besides QSR (manual 2.5, p. 139). */
const DATABASES = ['qsr', 'senseservices', 'qsmq', 'licenses'];
/** Disk space that setup needs (manual 1.3, p. 19: "5.0 GB total required to install"). */
const NEEDED_BYTES = 5_000_000_000;

/** Answers every fact from what is known; nothing is guessed. */
export function readFacts(start: KnownStart): Facts {
  const { given, firstInstalled } = start;
  const sharedOnly = start.state.release >= releaseIndex('June 2017');
  const oldCertificates =
    start.state.release <= releaseIndex('June 2019')
      ? 'yes'
      : ifKnown(firstInstalled, (first) => first <= releaseIndex('June 2019'));
  // Whether they were re-created when February 2020 was passed, nothing tells.
  const kept = start.state.release < releaseIndex('February 2020') ? 'no' : both(oldCertificates, 'unknown');
  return {
    'multi-node': ifKnown(given.nodes, (nodes) => nodes > 1),
    'local-system': ifKnown(given.serviceAccount, (account) => account === 'local-system'),
    synchronized: sharedOnly ? 'no' : ifKnown(given.persistence, (model) => model === 'synchronized'),
    ssl: yesNo(given.ssl),
    scram: ifKnown(given.passwordEncryption, (encryption) => encryption === 'scram-sha-256'),
    'centralized-logging': yesNo(given.centralizedLogging),
    'old-certificates': oldCertificates,
    'old-certificates-over-ssl': both(oldCertificates, yesNo(given.ssl)),
    'old-certificates-kept': kept,
    'old-certificates-kept-over-ssl': both(kept, yesNo(given.ssl)),
    // Whether the next hop follows at once is up to people.
    'pause-after-postgres': 'unknown',
    'dot-net-below-4-8': ifKnown(given.dotNet, (version) => compareVersions(version, '4.8') < 0),
    'no-visual-cpp': ifKnown(given.visualCpp, (there) => !there),
    'windows-too-old': tooOldWindows(given.windows),
    'powershell-below-4': ifKnown(given.powerShell, (version) => compareVersions(version, '4') < 0),
    'signed-scripts-only': ifKnown(given.executionPolicy, (policy) => /^allsigned$/i.test(policy)),
    'pending-reboot': yesNo(given.pendingReboot),
    'no-avx': ifKnown(given.avx, (there) => !there),
    'little-disk': ifKnown(given.freeBytes, (bytes) => bytes < NEEDED_BYTES),
    'databases-missing': ifKnown(given.databases, (names) => missingDatabases(names).length > 0),
    'changed-config': ifKnown(given.changedConfig, (files) => files.length > 0),
    'changed-capabilities': yesNo(given.capabilitiesChanged),
    'proxy-settings': yesNo(given.proxySettings),
  };
}

/** Names of Qlik Sense's databases that are not among `names`, in lower case. */
function missingDatabases(names: readonly string[]): string[] {
  const there = new Set(names.map((name) => name.toLowerCase()));
  return DATABASES.filter((name) => !there.has(name));
}

function both(one: Answer, other: Answer): Answer {
  if (one === 'no' || other === 'no') return 'no';
  return one === 'yes' ? other : 'unknown';
}

function yesNo(value: boolean | undefined): Answer {
  return ifKnown(value, (known) => known);
}

function ifKnown<T>(value: T | undefined, test: (known: T) => boolean): Answer {
  if (value === undefined) return 'unknown';
  return test(value) ? 'yes' : 'no';
}

/** Servers since 2016 and desktops since Windows 10 are in the list (manual 1.3, p. 19); other names are not judged. */
function tooOldWindows(name: string | undefined): Answer {
  const server = /server\s+(\d{4})/i.exec(name ?? '');
  if (server !== null) return Number(server[1]) < 2016 ? 'yes' : 'no';
  const desktop = /windows\s+(\d+(?:\.\d+)?)\b/i.exec(name ?? '');
  if (desktop === null) return 'unknown';
  return Number(desktop[1]) < 10 ? 'yes' : 'no';
}
