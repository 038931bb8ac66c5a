import { UsageError } from '../contract/errors.ts';
import { NAME_PATTERN } from '../site/fields.ts';
import type { SecretReference } from '../site/schema.ts';
import { formatBytes } from '../foundation/human.ts';
import { answersFrom, type SiteAnswers } from './answers.ts';
import { answersFromDatabase } from './database-answers.ts';
import { discoverSite } from './discover.ts';
import type { DiscoveryCollaborators, Findings } from './discover.ts';
import { databaseLines } from './found-text.ts';
import { portIsOpen } from './port.ts';
import { askSiteDatabase, type DatabaseCollaborators, type DatabaseRequest } from './site-database.ts';
import { siteFileText } from './site-text.ts';
import { findTransport } from './transports.ts';
import { netText } from './windows.ts';

/** A site file for this machine, what it rests on, and what a person has to fill in. */
export interface SiteProposal {
  readonly text: string;
  readonly found: readonly string[];
  readonly missing: readonly string[];
}

/** Keys a site file must have, for people. */
const MEANING: Readonly<Record<string, string>> = {
  name: 'name: the name of the site',
  nodes: 'nodes: the servers of the site',
  transport: 'transport: how the other servers under nodes are reached',
  database: 'database: the PostgreSQL server of the repository',
  share: 'share: the root of the file share',
  certificates: 'certificates: where the password for the exported certificates is kept',
  vault: 'vault: where backup sets are kept',
};

/** What a person gave, and how this machine and its database are asked. */
export interface ProposalRequest {
  readonly name: string | undefined;
  readonly database: DatabaseRequest;
}

/** How this machine is looked at and the repository database is asked. */
export interface ProposalCollaborators
  extends DiscoveryCollaborators, Omit<DatabaseCollaborators, 'readSecret'> {
  /** Reads a secret; `site` is the name under which secrets are kept. @throws UsageError */
  readSecret(reference: SecretReference, site: string | undefined): Promise<string>;
}

/**
 * Looks at this machine, asks the repository database where that can be done, and writes a site file from it.
 * @throws UsageError when `name` is no name of a site, ExpectedError when the password that was named does not work.
 */
export async function proposeSite(
  { name, database: request }: ProposalRequest,
  collaborators: ProposalCollaborators,
): Promise<SiteProposal> {
  if (name !== undefined && !NAME_PATTERN.test(name))
    throw new UsageError(`"${name}" is no name for a site`, {
      hint: 'Use 1 to 31 small letters, digits and -, beginning with a letter or digit.',
    });
  const findings = await discoverSite(collaborators);
  const own = { ...answersFrom(findings), ...(name === undefined ? {} : { name }) };
  const database = await askSiteDatabase(findings.databasePort, request, {
    ...collaborators,
    readSecret: (reference) => collaborators.readSecret(reference, own.name),
  });
  const answers = await withTransports(
    { ...own, ...(database === undefined ? {} : answersFromDatabase(database, findings.hostName)) },
    collaborators,
  );
  const { text, missing } = siteFileText(answers, findings);
  return {
    text,
    found: [...foundLines(findings), ...databaseLines(database)],
    missing: missing.map((key) => MEANING[key] ?? key),
  };
}

async function withTransports(
  answers: SiteAnswers,
  { platform, isListening = portIsOpen }: DiscoveryCollaborators,
): Promise<SiteAnswers> {
  const nodes = await Promise.all(
    answers.nodes.map(async (node) => {
      const transport = node.transport ?? (await findTransport(node.host, platform, isListening));
      return transport === undefined ? node : { ...node, transport };
    }),
  );
  return { ...answers, nodes };
}

function windowsLines({ windows, trouble }: Findings): string[] {
  if (trouble !== undefined) return [`not what PowerShell would tell: ${trouble}`];
  if (windows === undefined) return [];
  const { release, databases, accounts, netRelease, reboot, volumes, odbc } = windows;
  return [
    ...(release === undefined ? [] : [`Qlik Sense ${release}`]),
    ...databases.map(
      ({ service, kind, version, bin }) =>
        `the PostgreSQL ${version === undefined ? 'server' : `${version} server`} ${service}${kind === 'bundled' ? ', bundled with Qlik Sense' : ', installed by itself'}${bin === undefined ? '' : `, programs in ${bin}`}`,
    ),
    ...accounts.map(
      ({ account, administrator }) => `the services' account ${account}${memberText(administrator)}`,
    ),
    ...(netRelease === undefined ? [] : [`.NET Framework ${netText(netRelease)}`]),
    ...reboot.map((why) => `a restart of Windows is pending: ${why}`),
    ...volumes.map(({ name, free, size }) => `${formatBytes(free)} free of ${formatBytes(size)} on ${name}`),
    ...odbc.map(
      ({ name, bits, driver }) =>
        `the ODBC system data source ${name} (${bits} bit, ${driver ?? 'no driver'})`,
    ),
  ];
}

function memberText(administrator: boolean | undefined): string {
  if (administrator === undefined) return '; whether it is a local administrator was not found out';
  return administrator ? ', a local administrator' : ', no direct member of the local administrators';
}

function foundLines(findings: Findings): string[] {
  return [
    `this machine is ${findings.hostName}`,
    ...(findings.installFolder === undefined ? [] : [`Qlik Sense in ${findings.installFolder}`]),
    ...(findings.programDataFolder === undefined ? [] : [`its data in ${findings.programDataFolder}`]),
    ...(findings.databasePort === undefined
      ? []
      : [`something that listens on the database port ${findings.databasePort}`]),
    ...windowsLines(findings),
    ...findings.clientPrograms.map(({ folder, version }) => `PostgreSQL ${version} programs in ${folder}`),
  ];
}
