import type { CheckResult } from '../contract/action.ts';
import type { ReadableNode } from '../contract/node.ts';
import { NET_4_8, netText, type FoundAccount, type WindowsFindings } from '../discovery/windows.ts';
import { formatBytes } from '../foundation/human.ts';
import type { Site } from '../site/schema.ts';
import { releaseMonth } from './releases.ts';
import { requirementChecks } from './windows-requirements.ts';
import { volumesOf } from './windows-volumes.ts';

const SYSTEM = 'S-1-5-18';

/** First release that needs .NET Framework 4.8 (manual 3.3, p. 165: "February 2021 and later"). */
const NET_SINCE = 2021 * 12 + 1;

/** What an installation takes (manual 1.3, p. 19, "Disk space"): with less, neither an upgrade nor a busy site fits. */
const SPACE_BYTES = 5e9;

type JudgedNode = Pick<ReadableNode, 'name' | 'host' | 'role' | 'transport'>;
type JudgedSite = Pick<Site, 'qlik' | 'database'>;

/** Judges what Windows told of a node. Warnings only: none of it is certain to break a backup. */
export function judgeWindows(found: WindowsFindings, node: JudgedNode, site: JudgedSite): CheckResult[] {
  return [
    ...accountChecks(found, node),
    ...runnerChecks(found, node),
    restartCheck(found),
    ...releaseChecks(found, site),
    netCheck(found, site),
    ...requirementChecks(found, site),
    ...spaceChecks(found, site),
    ...databaseChecks(found, node, site),
  ];
}

function accountChecks({ accounts }: WindowsFindings, { host }: JudgedNode): CheckResult[] {
  const id = 'windows-account';
  if (accounts.length === 0)
    return [
      {
        id,
        status: 'warning',
        message: `${host} has no services of Qlik Sense.`,
        hint: 'Look whether it is the right server: "nodes" in site.yaml.',
      },
    ];
  const checks = accounts.map((one) => accountCheck(one));
  if (accounts.length === 1) return checks;
  const names = accounts.map(({ account }) => account).join(', ');
  return [
    {
      id,
      status: 'warning',
      message: `The services run as different accounts: ${names}.`,
      hint: 'Qlik Sense has one account for all of them (manual 1.3, p. 63). Set it in each (2.11, p. 159).',
    },
    ...checks,
  ];
}

function accountCheck({ account, administrator }: FoundAccount): CheckResult {
  const id = 'windows-account';
  const runs = `The services run as ${account}`;
  if (administrator === undefined)
    return {
      id,
      status: 'ok',
      message: `${runs}; whether it is a local administrator was not found out.`,
    };
  if (administrator) return { id, status: 'ok', message: `${runs}, a local administrator.` };
  return {
    id,
    status: 'warning',
    message: `${runs}, which is no direct member of the local administrators.`,
    hint: 'As a member of a group that is one, all is well. Without these rights it needs the groups and the bootstrap of manual 2.11, p. 159-160, and cannot run the backups: they stop and start services.',
  };
}

/** The client certificate lies in the personal store of the account of the services; it is exported from the central node. */
function runnerChecks({ accounts, runner }: WindowsFindings, node: JudgedNode): CheckResult[] {
  const [first] = accounts;
  if (node.role !== 'central' || first === undefined) return [];
  const id = 'windows-runner';
  if (accounts.some((one) => isSame(one, runner)))
    return [{ id, status: 'ok', message: `This runs as ${runner.account}, the account of the services.` }];
  return [
    {
      id,
      status: 'warning',
      message: `This runs as ${runner.account}, and the services as ${first.account}: the client certificate lies in the store of that account.`,
      hint: runnerHint(first, node),
    },
  ];
}

/** Whether an account of the services is the one that runs this. */
export function isSame(one: FoundAccount, runner: WindowsFindings['runner']): boolean {
  if (one.sid !== undefined) return one.sid === runner.sid;
  return one.account.toLowerCase() === runner.account.toLowerCase();
}

function runnerHint({ account, sid }: FoundAccount, { host, transport }: JudgedNode): string {
  if (sid === SYSTEM)
    return 'Tasks cannot run as SYSTEM, which reaches no share. Give the services an account of their own (manual 2.11, p. 159).';
  if (transport === 'ssh') return `Log on to ${host} as ${account}: ssh.user of the node in site.yaml.`;
  if (transport === 'winrm') return `Run it as ${account}: it is the same account on ${host}.`;
  const gmsa = account.endsWith('$') ? ' --gmsa' : '';
  return `Run it as ${account}. Every night: sense-runbook schedule install --at 02:00 --account ${account}${gmsa}`;
}

function restartCheck({ reboot }: WindowsFindings): CheckResult {
  const id = 'windows-restart';
  if (reboot.length === 0) return { id, status: 'ok', message: 'No restart of Windows is pending.' };
  return {
    id,
    status: 'warning',
    message: `A restart of Windows is pending (${reboot.join(', ')}).`,
    hint: 'It may come by itself, in the middle of a backup. Restart when it suits; the installer of Qlik Sense demands it (manual 8.11, p. 307, exit code -8).',
  };
}

function releaseChecks({ release }: WindowsFindings, { qlik }: JudgedSite): CheckResult[] {
  if (release === undefined) return [];
  const id = 'windows-release';
  if (qlik.release === undefined || releaseMonth(qlik.release) === releaseMonth(release))
    return [{ id, status: 'ok', message: `Qlik Sense ${release} is installed.` }];
  return [
    {
      id,
      status: 'warning',
      message: `Qlik Sense ${release} is installed, and the site file says ${qlik.release}.`,
      hint: 'Set qlik.release in site.yaml: what a site must have depends on it.',
    },
  ];
}

function netCheck({ netRelease, release }: WindowsFindings, { qlik }: JudgedSite): CheckResult {
  const id = 'windows-net';
  const name = release ?? qlik.release;
  const month = name === undefined ? undefined : releaseMonth(name);
  const found =
    netRelease === undefined ? '.NET Framework 4 was not found' : `.NET Framework is ${netText(netRelease)}`;
  if ((netRelease ?? 0) >= NET_4_8 || (month !== undefined && month < NET_SINCE))
    return { id, status: 'ok', message: `${found}.` };
  return {
    id,
    status: 'warning',
    message: `${found}; Qlik Sense ${month === undefined ? 'from February 2021 on' : (name ?? '')} needs 4.8.`,
    hint: 'Install .NET Framework 4.8 and restart (manual 1.3, p. 19; 3.3, p. 165).',
  };
}

function spaceChecks(found: WindowsFindings, site: JudgedSite): CheckResult[] {
  return volumesOf(found, site).map(({ name, free, size, holds }): CheckResult => {
    const id = 'windows-space';
    const message = `${formatBytes(free)} of ${formatBytes(size)} free on ${name} (${holds.join(', ')}).`;
    if (free >= SPACE_BYTES) return { id, status: 'ok', message };
    return {
      id,
      status: 'warning',
      message,
      hint: `Make room, or enlarge it: an installation alone takes ${formatBytes(SPACE_BYTES)} (manual 1.3, p. 19), and a database whose disk is full stops.`,
    };
  });
}

function databaseChecks(
  { databases }: WindowsFindings,
  { name, host, role }: JudgedNode,
  { database }: JudgedSite,
): CheckResult[] {
  const id = 'windows-database';
  if (databases.length > 0)
    return databases.map(({ service, kind, version, bin }) => ({
      id,
      status: 'ok',
      message: `PostgreSQL${version === undefined ? '' : ` ${version}`}, ${kindText(service, kind)}, is the service ${service}${bin === undefined ? '' : `; its programs are in ${bin}`}.`,
    }));
  if (database.node === name)
    return [
      {
        id,
        status: 'warning',
        message: `No PostgreSQL service was found on ${host}, where the site file has the database.`,
        hint: 'Look whether "database" in site.yaml names the right server.',
      },
    ];
  if (role !== 'central') return [];
  const message = `The database is a server of its own: ${database.host}:${String(database.port)}.`;
  return [{ id, status: 'ok', message }];
}

/** Both the Qlik PostgreSQL Installer and PostgreSQL's own name the service so (manual 2.6, p. 143). */
function kindText(service: string, kind: 'bundled' | 'own'): string {
  if (kind === 'bundled') return 'bundled with Qlik Sense';
  return /^postgresql-x64-\d/i.test(service)
    ? "installed by Qlik's PostgreSQL installer or PostgreSQL's own"
    : 'installed by itself';
}
