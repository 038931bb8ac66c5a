import { UsageError } from '../contract/errors.ts';
import { NAME_PATTERN } from '../site/fields.ts';
import { answersFrom } from './answers.ts';
import { discoverSite } from './discover.ts';
import type { DiscoveryCollaborators, Findings } from './discover.ts';
import { siteFileText } from './site-text.ts';

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
  database: 'database: the PostgreSQL server of the repository',
  share: 'share: the root of the file share',
  certificates: 'certificates: where the password for the exported certificates is kept',
  vault: 'vault: where backup sets are kept',
};

/**
 * Looks at this machine and writes a site file from it.
 * @throws UsageError when `name` is no name of a site.
 */
export async function proposeSite(
  name: string | undefined,
  collaborators: DiscoveryCollaborators,
): Promise<SiteProposal> {
  if (name !== undefined && !NAME_PATTERN.test(name))
    throw new UsageError(`"${name}" is no name for a site`, {
      hint: 'Use 1 to 31 small letters, digits and -, beginning with a letter or digit.',
    });
  const findings = await discoverSite(collaborators);
  const answers = { ...answersFrom(findings), ...(name === undefined ? {} : { name }) };
  const { text, missing } = siteFileText(answers, findings);
  return { text, found: foundLines(findings), missing: missing.map((key) => MEANING[key] ?? key) };
}

function foundLines(findings: Findings): string[] {
  return [
    `this machine is ${findings.hostName}`,
    ...(findings.installFolder === undefined ? [] : [`Qlik Sense in ${findings.installFolder}`]),
    ...(findings.programDataFolder === undefined ? [] : [`its data in ${findings.programDataFolder}`]),
    ...(findings.databasePort === undefined
      ? []
      : [`something that listens on the database port ${findings.databasePort}`]),
    ...findings.clientPrograms.map(({ folder, version }) => `PostgreSQL ${version} programs in ${folder}`),
  ];
}
