import * as z from 'zod';
import type { Action, CheckResult, ReadContext } from '../contract/action.ts';
import type { ReadableNode } from '../contract/node.ts';
import { SERVER_FACTS } from '../postgres/facts.ts';
import { LIVE_ROLES, readLiveRoles } from '../postgres/live-roles.ts';
import { PASSWORD_RULES, readPasswordRules } from '../postgres/password-rules.ts';
import type { ServerFacts } from '../postgres/server.ts';
import { IDENTITY } from '../postgres/server-identity.ts';
import { createCheck } from './check-action.ts';
import type { ActionCollaborators, RepositoryDatabase } from './collaborators.ts';
import { siteDatabases } from './database-names.ts';
import { adviceOf, factOf } from './failure.ts';
import { roleWarnings } from './missing-roles.ts';
import { databaseNode, identityOf, targetDatabase, targetInput, targetPlace } from './move-target.ts';
import {
  judgeDatabases,
  judgePorts,
  judgeRoles,
  judgeRoom,
  judgeServers,
  type SeenServer,
} from './new-server-findings.ts';
import { restorePrograms } from './restore-databases.ts';
import { isHere } from './restore-space.ts';
import { sqlLook } from './sql-operation.ts';
import { withDatabase } from './with-database.ts';

const input = z.strictObject({
  ...targetInput,
  /** The major version it must have; empty: any later one. */
  to: z.string().default(''),
  address: z.enum(['keep', 'change']).default('keep'),
  'old-service': z.string().default(''),
  'new-service': z.string().default(''),
});

type Input = z.infer<typeof input>;

const LOOK = sqlLook('postgres', [...LIVE_ROLES, ...SERVER_FACTS, IDENTITY, ...PASSWORD_RULES], {
  note: 'on the old server and on the new one; the last two on the new one only',
});

/** Whether the databases of the site can be moved to the new server, and the servers then exchange their places. */
export function createCheckNewServer(
  c: Pick<ActionCollaborators, 'site' | 'database' | 'databaseAt' | 'stateFolder' | 'freeBytes' | 'hide'>,
): Action<Input, null> {
  const { names } = c.site.database;

  async function see(database: RepositoryDatabase, context: ReadContext) {
    const roles = await withDatabase({ database }, 'postgres', context, readLiveRoles);
    for (const { passwordHash } of roles) if (passwordHash !== undefined) c.hide(passwordHash);
    return { facts: await database.facts(), identity: await identityOf(database, context), roles };
  }

  async function judge(given: Input, context: ReadContext) {
    const target = targetDatabase(c, given);
    const [source, next] = [await see(c.database, context), await see(target, context)];
    const rules = await withDatabase({ database: target }, 'postgres', context, readPasswordRules);
    const existing = next.roles.map(({ name }) => name);
    const states = siteDatabases(names, source.facts, c.site.qlik.release);
    const found = states.flatMap((one) => one.found ?? []);
    const lacking = states.filter((one) => one.found === undefined && one.required).map(({ name }) => name);
    const bytes = found.reduce((sum, one) => sum + one.bytes, 0);
    const servers = judgeServers(source, next, given.to);
    const checks: CheckResult[] = [
      ...(servers.some(({ status }) => status === 'failed')
        ? servers
        : [
            {
              id: 'new-server',
              status: 'ok' as const,
              message: `PostgreSQL ${next.facts.version} answers at ${placeText(given)}; the site has ${source.facts.version}.`,
            },
            ...servers,
          ]),
      ...(lacking.length === 0
        ? []
        : [
            {
              ...{
                id: 'new-server-source',
                status: 'failed' as const,
                message: `The old server lacks ${lacking.join(', ')}.`,
              },
              hint: 'Check database.names and qlik.release in site.yaml.',
            },
          ]),
      ...judgeDatabases(source.facts, next.facts, names),
      ...judgeRoles(source.roles, next.roles),
      ...roleWarnings(source.roles, existing, rules, names).map(({ message, hint }) => ({
        ...{ id: 'new-server-roles', status: 'warning' as const, message, hint },
      })),
      ...(given.address === 'keep' ? keepChecks(given, [source, next]) : []),
      ...(await serviceChecks(given, databaseNode(c, context))),
      ...(await programChecks(source.facts, next.facts, target)),
      judgeRoom('new-server-dumps', `the dumps in ${c.stateFolder}`, await c.freeBytes(c.stateFolder), bytes),
      ...(await room(next.facts, databaseNode(c, context), bytes)),
    ];
    return { checks, source, next, bytes };
  }

  const placeText = (given: Input): string => {
    const { host, port } = targetPlace(c, given);
    return `${host}:${String(port)}`;
  };

  function keepChecks(given: Input, servers: readonly SeenServer[]): CheckResult[] {
    if (targetPlace(c, given).host === c.site.database.host) return judgePorts(servers);
    return [
      {
        id: 'new-server-host',
        status: 'failed',
        message: 'The new server is on another machine: the nodes would not find it at the old address.',
        hint: 'Change each node: --set address=change. Or give the same host name to the new machine first.',
      },
    ];
  }

  async function room(
    { dataFolder }: ServerFacts,
    node: ReadableNode | undefined,
    bytes: number,
  ): Promise<CheckResult[]> {
    const id = 'new-server-room';
    const place = dataFolder === undefined || node === undefined ? undefined : node.reach(dataFolder);
    if (place !== undefined && (await isHere(place)))
      return [judgeRoom(id, place, await c.freeBytes(place), bytes)];
    return [
      {
        id,
        status: 'warning',
        message: 'The disk of the new server cannot be seen from here.',
        hint: 'Look at its free space yourself: it needs what the databases take now.',
      },
    ];
  }

  async function programChecks(
    source: ServerFacts,
    target: ServerFacts,
    database: RepositoryDatabase,
  ): Promise<CheckResult[]> {
    const id = 'new-server-programs';
    try {
      const dump = await c.database.programs(source.major);
      const load = await restorePrograms({ database }, target.major, dump.major);
      const message = `pg_dump ${dump.version} for the old server, pg_restore ${load.version} for the new one.`;
      try {
        await database.programs(target.major);
        return [{ id, status: 'ok', message }];
      } catch (error) {
        return [
          {
            id,
            status: 'warning',
            message: `${message} A backup of the new server will not work yet: ${factOf(error)}`,
            hint: `Before the next night: client programs of PostgreSQL ${String(target.major)} here, and database.bin of site.yaml.`,
          },
        ];
      }
    } catch (error) {
      const hint = adviceOf(error);
      return [{ id, status: 'failed', message: factOf(error), ...(hint === undefined ? {} : { hint }) }];
    }
  }

  return createCheck({
    name: 'check.new-server',
    input,
    whilePlanning: true,
    operations: () => [LOOK],
    async probe(given, context, look) {
      try {
        const { checks, source, next, bytes } = await look(LOOK, () => judge(given, context));
        return {
          // Once the run has begun it is the run that fills the new server and stops the old one.
          checks: checks.map((check) => ({ ...check, beforehand: true as const })),
          outputs: { from: source.facts.version, to: next.facts.version, major: next.facts.major, bytes },
          observed: { old: source.identity.identifier, new: next.identity.identifier },
          approval: [
            `Databases: from PostgreSQL ${source.facts.version} to ${next.facts.version} at ${placeText(given)}`,
          ],
        };
      } catch (error) {
        const message = `The new server cannot be used: ${factOf(error)}`;
        const hint =
          adviceOf(error) ??
          'Start it, and let it take the user and the password that site.yaml has for the old one.';
        return { checks: [{ id: 'new-server', status: 'failed', message, hint, beforehand: true }] };
      }
    },
  });
}

/** Services that are named must exist; one that others depend on starts with them. */
async function serviceChecks(given: Input, node: ReadableNode | undefined): Promise<CheckResult[]> {
  const id = 'new-server-services';
  const services = [given['old-service'], given['new-service']].filter((name) => name !== '');
  if (services.length === 0) return [];
  if (node === undefined || services.length === 1)
    return [
      {
        id,
        status: 'failed',
        message:
          node === undefined
            ? 'Services are named, and site.yaml does not say on which node the database is.'
            : 'Only one of the two services is named.',
        hint: 'Set database.node in site.yaml and name both services, or neither: a person restarts the servers then.',
      },
    ];
  const checks: CheckResult[] = [];
  for (const name of services)
    try {
      await node.services.query(name);
      const dependents = await node.services.dependents(name);
      if (dependents.length > 0 && name === given['old-service'])
        checks.push({
          id,
          status: 'warning',
          message: `${dependents.join(', ')} on ${node.name} depends on ${name}, and starts the old server again.`,
          hint: `It does no harm at its other port. Afterwards let them depend on ${given['new-service']}.`,
        });
    } catch (error) {
      const message = `The service ${name} on ${node.name} cannot be asked: ${factOf(error)}`;
      checks.push({ id, status: 'failed', message, hint: 'Look at its name in Windows Services.' });
    }
  return checks;
}
