import * as z from 'zod';
import type { Action, CheckResult } from '../contract/action.ts';
import { readServerFacts, resolveDatabases, SERVER_FACTS } from '../postgres/facts.ts';
import { readServerSecurity, SECURITY_STATEMENTS, type ServerSecurity } from '../postgres/server-security.ts';
import { createCheck } from './check-action.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { factOf } from './failure.ts';
import { sqlLook } from './sql-operation.ts';
import { withDatabase } from './with-database.ts';

const LOOK = sqlLook('postgres', [...SERVER_FACTS, ...SECURITY_STATEMENTS], {
  note: '$1: the databases of the site; the last one only as a superuser',
});

/**
 * Whether PostgreSQL speaks SSL, and how it keeps the passwords of the site's roles: what an upgrade has to know (manual 3.3,
 * p. 168; 6.7, p. 242). Never the passwords or their hashes.
 */
export function createCheckDatabaseSecurity(
  c: Pick<ActionCollaborators, 'site' | 'database'>,
): Action<Record<string, never>, null> {
  return createCheck({
    name: 'check.database-security',
    input: z.strictObject({}),
    whilePlanning: false,
    operations: () => [LOOK],
    async probe(_input, context, look) {
      try {
        const found = await look(LOOK, () =>
          withDatabase(c, 'postgres', context, async (client) => {
            const facts = await readServerFacts(client);
            const { found: named } = resolveDatabases(c.site.database.names, facts);
            const databases = named.map(({ name }) => name);
            return readServerSecurity(client, { superuser: facts.superuser, databases });
          }),
        );
        return { checks: judge(found) };
      } catch (error) {
        context.signal.throwIfAborted();
        const message = `How PostgreSQL is asked and keeps passwords is not known: ${factOf(error)}`;
        return { checks: [{ id: 'database-ssl', status: 'warning', message }] };
      }
    },
  });
}

function judge({ ssl, passwordEncryption, roles }: ServerSecurity): CheckResult[] {
  const kinds = roles?.map(({ name, stored }) => `${name}: ${WORDS[stored]}`).join(', ');
  return [
    {
      id: 'database-ssl',
      status: 'ok',
      message: ssl
        ? 'PostgreSQL has SSL switched on; setup of Qlik Sense cannot use it, so it is switched off for an upgrade (manual 3.3, p. 168).'
        : 'PostgreSQL has SSL switched off.',
    },
    {
      id: 'database-passwords',
      status: 'ok',
      message: `New passwords are stored as ${passwordEncryption}; those that are there: ${kinds ?? 'only a superuser sees how'}.`,
    },
  ];
}

const WORDS = { md5: 'md5', 'scram-sha-256': 'scram-sha-256', other: 'no password' } as const;
