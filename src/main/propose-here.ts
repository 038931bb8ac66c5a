import { homedir, hostname } from 'node:os';
import { UsageError } from '../contract/errors.ts';
import { proposeSite, type ProposalRequest, type SiteProposal } from '../discovery/propose.ts';
import { connect } from '../postgres/connect.ts';
import type { SecretReference } from '../site/schema.ts';
import { createSecretReader } from '../site/secrets.ts';
import { stateFolder } from '../site/state-folder.ts';
import type { Surroundings } from './open-site.ts';
import { openSecretStore } from './secret-store.ts';

/** What a proposal needs besides the surroundings of a site. */
export interface ProposalSurroundings extends Surroundings {
  /** Whether a person may be asked for the password of the database. */
  readonly canAsk: boolean;
}

/** Makes a site file from what this machine and its database say; there is no site yet. @throws ExpectedError */
export async function proposeHere(
  request: ProposalRequest,
  around: ProposalSurroundings,
): Promise<SiteProposal> {
  const { exec, powershell, platform, env, redactor, asker, signal } = around;

  async function ask(question: string): Promise<string | undefined> {
    const typed = await asker.secret(question, signal);
    if (typed !== undefined) redactor.register(typed);
    return typed;
  }

  async function readSecret(reference: SecretReference, site: string | undefined): Promise<string> {
    if ('secret' in reference && site === undefined)
      throw new UsageError('secrets are kept for a site, and this one has no name yet', {
        hint: 'Give --name NAME.',
      });
    const folder = stateFolder({ name: site ?? '' }, { env, platform, home: homedir() });
    return createSecretReader({
      ...around,
      prompt: {
        canAsk: around.canAsk,
        ask: async (question) => (await ask(`${question} of the database:`)) ?? '',
      },
      ...(site === undefined ? {} : { store: openSecretStore(folder, around) }),
    }).read(reference);
  }

  return proposeSite(request, {
    exec,
    powershell,
    platform,
    env,
    hostName: hostname(),
    connect: (address, database) => connect(address, database),
    readSecret,
    ...(around.canAsk ? { askPassword: ask } : {}),
  });
}
