import fs from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readRules } from '../../../src/postgres/hba-server.ts';
import { hasOtherServers, usePostgres } from '../../helpers/postgres.ts';

describe.runIf(hasOtherServers)('rules of pg_hba.conf that includes another file (PostgreSQL 16)', () => {
  const pg = usePostgres({ major: 16 });

  it('come in the order in which they count', async () => {
    const { dataFolder } = pg().cluster;
    await fs.writeFile(path.join(dataFolder, 'nodes.conf'), 'host all theirs 10.0.0.9/32 reject\n');
    await fs.writeFile(
      path.join(dataFolder, 'pg_hba.conf'),
      [
        '# ours',
        '# ours too',
        'host all first 10.0.0.1/32 scram-sha-256',
        'include nodes.conf',
        'host all last 10.0.0.2/32 scram-sha-256',
        '',
      ].join('\n'),
    );
    const client = await pg().connect('postgres');
    try {
      const { rules, errors } = await readRules(client);
      expect(errors).toEqual([]);
      expect(rules.map(({ users }) => users.join())).toEqual(['first', 'theirs', 'last']);
    } finally {
      await client.close();
    }
  });
});
