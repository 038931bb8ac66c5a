import * as z from 'zod';
import type { Action, ExecuteContext } from '../contract/action.ts';
import { StepError } from '../contract/errors.ts';
import type { HumanOperation } from '../contract/operation.ts';
import { joinPath } from '../site/paths.ts';
import type { Site } from '../site/schema.ts';
import { askPerson } from './ask-person.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { seeSsl, sslLooks, type SslSight } from './ssl-demands.ts';

const input = z.strictObject({ to: z.enum(['off', 'on']) });

type Given = z.infer<typeof input>;

/** Keys of `appsettings.json` that encrypt the connection of a service (manual 6.7, p. 244-250), as a person writes them. */
const SERVICE_KEYS: readonly (readonly [services: string, keys: string])[] = [
  ['Licenses', '"sslMode": "require" of "licenses" and "messageQueue"'],
  ['AppDistributionService, HybridDeploymentService', '"Enable": true in "Security" of "Postgres"'],
  ['NotifierService', '"ssl": true of "qsmq" and "senseServices"'],
  ['MobilityRegistrarService', '"SSL": true of "Postgres"'],
  [
    'NLBroker, NLAppSearch, DataPrepService, PrecedentsService',
    '"Enable": true and "Mode": "require" in "Security" of "Postgres"',
  ],
];

/**
 * Has a person switch SSL between the site and PostgreSQL off for setup, or on again after it, in all its places (manual 6.7,
 * p. 242-250), and looks whether it is so: off by a connection without it, on by how the connections of the services are.
 */
export function createSslSwitch(
  c: Pick<ActionCollaborators, 'site' | 'databaseAt' | 'person'>,
): Action<Given, null> {
  const see = (context: ExecuteContext): Promise<SslSight> =>
    seeSsl(c, context, (operation, work) => context.perform(operation, work));
  return {
    name: 'ssl.switch',
    effect: 'change',
    input,
    onCancel: 'kill',
    byHand: false,

    describe: ({ to }, context) =>
      Promise.resolve({ operations: [...sslLooks(c, context), byHand(c.site, to)] }),
    prepare: () => Promise.resolve(null),

    async execute({ to }, _before, context) {
      const before = await see(context);
      if (to === 'off' && troubleOff(before).length === 0) return { switched: false };
      await askPerson(c, byHand(c.site, to), `SSL to PostgreSQL is not switched ${to} yet`, context);
      const now = await see(context);
      const trouble = to === 'off' ? troubleOff(now) : troubleOn(now);
      if (trouble.length > 0)
        throw new StepError(`SSL to PostgreSQL is not ${to} everywhere: ${trouble.join('; ')}`, {
          hint: 'Mend that, then `sense-runbook resume`, which asks and looks again.',
        });
      tellUnproven(to, now, context);
      return { switched: true };
    },

    // It looks first, and asks only for what is still to do.
    check: () => Promise.resolve('not-done'),

    leaves: (outputs) =>
      outputs?.['switched'] === false
        ? []
        : [
            'SSL between the site and PostgreSQL stays as a person has set it: look at it (manual 6.7, p. 242).',
          ],
  };
}

function troubleOff({ state, demands }: SslSight): string[] {
  return state.secure ? ['the server still takes connections with SSL', ...demands] : [];
}

function troubleOn({ state: { secure, sessions } }: SslSight): string[] {
  if (!secure) return ['the server takes no connection with SSL'];
  if (sessions === undefined) return [];
  return [
    ...(sessions.plain === 0
      ? []
      : [`connections of the site without SSL: ${String(sessions.plain)} (pg_stat_ssl)`]),
    ...(sessions.ssl === 0 ? ['no connection of the site is encrypted (pg_stat_ssl)'] : []),
  ];
}

function tellUnproven(to: Given['to'], { state }: SslSight, context: ExecuteContext): void {
  if (to === 'off') return;
  if (state.sessions === undefined)
    context.warn(
      'Whether the connections of the site are encrypted the database does not tell this user.',
      'As a superuser: SELECT * FROM pg_stat_ssl.',
    );
  if (state.plain)
    context.warn(
      'PostgreSQL still takes connections without SSL.',
      'Remove the lines of pg_hba.conf that begin with "host" (manual 6.7 step 3, p. 243), then SELECT pg_reload_conf().',
    );
}

function byHand(site: Site, to: Given['to']): HumanOperation {
  return { kind: 'human', text: to === 'off' ? offText(site) : onText(site), effect: 'change', repeat: true };
}

function offText({ qlik, database }: Site): string {
  return [
    'Switch SSL to PostgreSQL off; keep a copy of each file first (manual 3.3, p. 168; 6.7, p. 242-250):',
    '- postgresql.conf: ssl = off',
    '- pg_hba.conf: "host" in the place of every "hostssl"; then, in psql as a superuser: SELECT pg_reload_conf();',
    `- every node, Connection String Editor (${editor(qlik.installFolder)}, as administrator): take "ssl Mode=Require;" out, save encrypted`,
    `- every node, appsettings.json of each service in ${qlik.installFolder}: take it out as well, where it is:`,
    ...SERVICE_KEYS.map(([services, keys]) => `    ${services}: ${keys}`),
    ...(database.ssl === true
      ? ['- site.yaml: take database.ssl out until SSL is on again; this run needs it no more']
      : []),
  ].join('\n');
}

function onText({ qlik, database }: Site): string {
  return [
    'Switch SSL to PostgreSQL on again (manual 6.7, p. 242-250):',
    '- Were certificates of Qlik Sense made anew? Copy server.pem and server_key.pem from Exported Certificates to the data folder of PostgreSQL first',
    "- postgresql.conf: ssl = on, ssl_cert_file = 'server.pem', ssl_key_file = 'server_key.pem'",
    '- pg_hba.conf: "hostssl" in the place of "host"; then, in psql as a superuser: SELECT pg_reload_conf();',
    `- every node, Connection String Editor (${editor(qlik.installFolder)}, as administrator): put "ssl Mode=Require;" into each connection string, save encrypted`,
    `- every node, appsettings.json of each service in ${qlik.installFolder}; setup does not keep them:`,
    ...SERVICE_KEYS.map(([services, keys]) => `    ${services}: ${keys}`),
    ...(database.ssl === true ? [] : ['- site.yaml: database.ssl: true']),
    '- restart the Qlik Sense services, the central node first, and wait until the hub opens',
  ].join('\n');
}

function editor(installFolder: string): string {
  return joinPath(installFolder, 'Repository', 'Util', 'QlikSenseUtil', 'QlikSenseUtil.exe');
}
