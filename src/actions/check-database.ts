import * as z from 'zod';
import type { Action, CheckResult } from '../contract/action.ts';
import type { ServerFacts } from '../postgres/server.ts';
import { ASK_SERVER } from './ask-server.ts';
import { createCheck } from './check-action.ts';
import type { Findings } from './check-action.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { siteDatabases } from './database-names.ts';
import { lookAtRights, RIGHTS_SINCE, rightsChecks } from './database-rights.ts';
import { adviceOf, factOf } from './failure.ts';

const input = z.strictObject({
  /** What is missing is made afterwards, which takes a superuser. */
  create: z.boolean().default(false),
  /** Setup runs next: from PostgreSQL 15 on it needs rights that are granted by hand. */
  rights: z.boolean().default(false),
});

/** Whether the site's PostgreSQL answers, which version it is, and whether it has the databases this release must have. */
export function createCheckDatabase(
  c: Pick<ActionCollaborators, 'site' | 'database'>,
): Action<z.infer<typeof input>, null> {
  const { database, qlik } = c.site;
  const where = `${database.host}:${String(database.port)}`;

  function judge(facts: ServerFacts, create: boolean): Findings {
    const resolved = siteDatabases(database.names, facts, qlik.release);
    const checks: CheckResult[] = [
      {
        id: 'database-reachable',
        status: 'ok',
        message: `PostgreSQL ${facts.version} answers at ${where} as ${database.user}.`,
      },
    ];
    if (facts.standby) {
      checks.push({
        id: 'database-primary',
        status: 'failed',
        message: `The server at ${where} is a standby: it follows another server and is read-only.`,
        hint: 'A site writes to the primary server. Put its host and port into database of site.yaml.',
      });
    }
    if (create && facts.makesDatabases === true) {
      checks.push({
        id: 'database-superuser',
        status: 'ok',
        message: `${database.user} is no superuser, and may create roles and databases: that is enough, as on a managed cloud server (manual 2.7, p. 153).`,
      });
    } else if (!facts.superuser) {
      checks.push({
        id: 'database-superuser',
        status: create ? 'failed' : 'warning',
        message: create
          ? `${database.user} is no superuser: roles and databases cannot be made with it.`
          : `${database.user} is no superuser: globals.sql will be without passwords, and objects of other owners may be refused.`,
        hint: create
          ? MAKE_BY_HAND
          : 'Use the superuser in database.user. On a managed cloud server there is none: then this is all one can have.',
      });
    }
    for (const { name, found, required } of resolved) {
      if (found === undefined && required) {
        if (create) continue;
        checks.push(
          failed(`The database ${name} is missing at ${where}${ofRelease(qlik.release)}.`, MISSING),
        );
      } else if (found?.allowConnections === false) {
        checks.push(failed(`The database ${found.name} does not allow connections.`, CONNECTIONS));
      }
    }
    const present = resolved.flatMap(({ found }) => (found === undefined ? [] : [found]));
    if (checks.every(({ id }) => id !== 'database-present')) {
      const absent = resolved.filter(({ found }) => found === undefined).map(({ name }) => name);
      const why = create ? 'Not there' : 'Not in this release, left out';
      const aside = absent.length === 0 ? '' : ` ${why}: ${absent.join(', ')}.`;
      const message = `Databases: ${present.map(({ name }) => name).join(', ') || 'none'}.${aside}`;
      checks.push({ id: 'database-present', status: 'ok', message });
    }
    return {
      checks,
      observed: { version: facts.version, databases: present.map(({ name }) => name) },
      outputs: {
        version: facts.version,
        major: facts.major,
        superuser: facts.superuser,
        databases: present.map(({ name }) => name),
        bytes: present.reduce((sum, { bytes }) => sum + bytes, 0),
      },
    };
  }

  return createCheck({
    name: 'check.database',
    input,
    whilePlanning: true,
    operations: ({ rights }) => [ASK_SERVER, ...(rights ? database.names.map(lookAtRights) : [])],
    async probe({ create, rights }, context, look) {
      try {
        const facts = await look(ASK_SERVER, () => c.database.facts());
        const found = judge(facts, create);
        if (!rights || facts.major < RIGHTS_SINCE) return found;
        const names = siteDatabases(database.names, facts, qlik.release).flatMap(({ name, found: one }) =>
          one === undefined ? [] : [{ name, real: one.name }],
        );
        const more = await rightsChecks(c, names, context, look);
        return { ...found, checks: [...found.checks, ...more] };
      } catch (error) {
        const message = `The database at ${where} cannot be used: ${factOf(error)}`;
        const hint = adviceOf(error) ?? 'Check that PostgreSQL runs there, and database in site.yaml.';
        return { checks: [{ id: 'database-reachable', status: 'failed', message, hint }] };
      }
    },
  });
}

const MISSING =
  'Check database.names and qlik.release in site.yaml, and that this is the server the site uses (manual 2.5, p. 137).';
const MAKE_BY_HAND =
  'Use the superuser in database.user. On a managed cloud server there is none: use its administrator, who may create roles and databases (manual 2.7, p. 153).';
const CONNECTIONS =
  'Someone closed it on purpose, perhaps a restore that is under way: look for unfinished runs.';

function failed(message: string, hint: string): CheckResult {
  return { id: 'database-present', status: 'failed', message, hint };
}

function ofRelease(release: string | undefined): string {
  return release === undefined ? '' : `; ${release} must have it`;
}
