import fs from 'node:fs/promises';
import type { CheckResult } from '../contract/action.ts';
import type { ReadableNode } from '../contract/node.ts';
import { joinPath } from '../site/paths.ts';
import type { Site } from '../site/schema.ts';
import { factOf } from './failure.ts';
import { releaseMonth } from './releases.ts';

/** What `repository.exe -bootstrap` is run for. */
export type BootstrapMode = 'restore-host-name' | 'bootstrap' | 'wait-for-certificates';

/** Why it must not be run here, and the way out. */
export interface Refusal {
  readonly message: string;
  readonly hint: string;
}

const JUNE_2017 = 2017 * 12 + 5;
const APRIL_2018 = 2018 * 12 + 3;

const BY_SQL =
  'Give --set hostNames=database: the host names are changed in the repository database then, and the bootstrap leaves them alone.';

/** Folder of repository.exe (manual 5.7 step 7 b, p. 213). */
export function repositoryFolder(site: Pick<Site, 'qlik'>): string {
  return joinPath(site.qlik.installFolder, 'Repository');
}

/**
 * Whether the release can change its host name by itself. It can from September 2017 on, in June 2017 when its
 * configuration says so, and not in April 2018 (QLIK-87603); older ones do not have it.
 */
export async function releaseRefusal(
  site: Pick<Site, 'qlik'>,
  node: Pick<ReadableNode, 'reach'>,
): Promise<Refusal | undefined> {
  const { release } = site.qlik;
  const month = release === undefined ? undefined : releaseMonth(release);
  if (release === undefined || month === undefined) return undefined;
  if (month === APRIL_2018)
    return {
      message: `The bootstrap of ${release} does not change the host name as it should (QLIK-87603).`,
      hint: BY_SQL,
    };
  if (month < JUNE_2017)
    return { message: `${release} has no bootstrap that changes the host name.`, hint: BY_SQL };
  if (month !== JUNE_2017) return undefined;
  const file = node.reach(joinPath(repositoryFolder(site), 'Repository.exe.config'));
  return (await allowsRestore(file))
    ? undefined
    : {
        message: `${release} changes its host name only when ${file} says EnableRestoreHostname=true, and it does not.`,
        hint: 'Set <add key="EnableRestoreHostname" value="true"/> under appSettings in that file, then go on.',
      };
}

/** What a person has to know who changes the host name by hand, a sentence; empty: nothing more than the manual says. */
export function hostNameAdvice(release: string): string {
  const month = releaseMonth(release);
  if (month === undefined || month > APRIL_2018) return '';
  const tables =
    'the old host name stands in the tables "LocalConfigs" and "ServerNodeConfigurations" of QSR, column "HostName", and has to be changed there';
  if (month === APRIL_2018) return `In April 2018 this option is known not to work (QLIK-87603): ${tables}.`;
  if (month < JUNE_2017) return `${release} has no option -restorehostname: leave it out; ${tables}.`;
  return month === JUNE_2017
    ? 'June 2017 takes this option only with <add key="EnableRestoreHostname" value="true"/> under appSettings of Repository.exe.config.'
    : '';
}

async function allowsRestore(file: string): Promise<boolean> {
  try {
    const text = await fs.readFile(file, 'utf8');
    const entry = /<add\s[^>]*key\s*=\s*"EnableRestoreHostname"[^>]*>/i.exec(
      text.replace(/<!--[^]*?-->/g, ''),
    )?.[0];
    return /value\s*=\s*"true"/i.test(entry ?? '');
  } catch (error) {
    // A file that cannot be read does not say so.
    factOf(error);
    return false;
  }
}

/** The same before anything is changed: of the release in the site file, else of the set. */
export async function judgeBootstrap(
  { qlik }: Pick<Site, 'qlik'>,
  ofSet: string | undefined,
  node: Pick<ReadableNode, 'reach'>,
): Promise<CheckResult[]> {
  const release = qlik.release ?? ofSet;
  const known = release === undefined ? qlik : { ...qlik, release };
  const refusal = await releaseRefusal({ qlik: known }, node);
  return refusal === undefined ? [] : [{ id: 'restore-bootstrap', status: 'failed', ...refusal }];
}

/** Without a full token it installs no certificates and reserves no addresses (manual 1.3, p. 31). */
export async function rightsRefusal(node: ReadableNode): Promise<Refusal | undefined> {
  const { platform, elevated, user } = await node.facts();
  if (platform !== 'windows' || elevated) return undefined;
  return {
    message: `repository.exe -bootstrap must run elevated, and this run is not (${user}).`,
    hint: 'Open a Command Prompt with "Run as administrator" and resume there.',
  };
}

/** What a person types where this program cannot talk with it. */
export function byHand(
  site: Pick<Site, 'qlik'>,
  { host }: Pick<ReadableNode, 'host'>,
  mode: BootstrapMode,
  argv: readonly string[],
): string {
  const [, ...flags] = argv;
  const dispatcher = 'the service "Qlik Sense Service Dispatcher"';
  const steps = [
    `On ${host}, open a Command Prompt with "Run as administrator".`,
    `cd /d "${repositoryFolder(site)}"`,
    ...(mode === 'restore-host-name' ? [] : [`Start ${dispatcher}.`]),
    ['repository.exe', ...flags].join(' '),
    ...(mode === 'restore-host-name'
      ? [`When it says "[INFO] Entering main startup phase...", start ${dispatcher}.`]
      : []),
    ...(mode === 'wait-for-certificates'
      ? ['Leave it running when it says "Waiting for certificates to be installed", and answer yes here.']
      : [
          'Wait for "Bootstrap mode has terminated. Press ENTER to exit..", look for lines with ERROR or FATAL, press ENTER.',
        ]),
  ];
  return steps.map((step, index) => `${String(index + 1)}. ${step}`).join('\n');
}
