import { describe, expect, it } from 'vitest';
import { roleStatements, roleWarnings } from '../../../src/actions/missing-roles.ts';
import { withOwners } from '../../../src/actions/set-roles.ts';
import type { RecordedRole } from '../../../src/postgres/recorded-roles.ts';
import { plainRole } from '../../../src/postgres/recreate.ts';

const MD5 = `md5${'0a'.repeat(16)}`;
const SCRAM = 'SCRAM-SHA-256$4096:c2FsdA==$a2V5:a2V5';
const NAME = 'qliksenserepository';
const qlik = (hash?: string): RecordedRole => ({
  ...plainRole(NAME),
  login: true,
  ...(hash === undefined ? {} : { passwordHash: hash }),
});
const superuser: RecordedRole = { ...plainRole('dba'), superuser: true, memberOf: [NAME] };
const rule = (users: string[], databases: string[]) => ({ line: 7, users, databases });
const rules = (...scram: ReturnType<typeof rule>[]) => ({ encryption: 'scram-sha-256', scram });

describe('missing roles', () => {
  it('are made with their password, which is not shown, and marked as made by the run', () => {
    const statements = roleStatements([qlik(SCRAM), superuser], ['postgres'], {
      run: 'RUN',
      user: 'postgres',
    });
    expect(statements.map(({ shown }) => shown)).toEqual([
      expect.stringMatching(/^CREATE ROLE "qliksenserepository" NOSUPERUSER .* LOGIN /),
      'GRANT "qliksenserepository" TO "postgres"',
      `ALTER ROLE "qliksenserepository" PASSWORD '***'`,
      `COMMENT ON ROLE "qliksenserepository" IS 'made by sense-runbook in run RUN'`,
    ]);
    expect(statements.map(({ run }) => run).join()).toContain(SCRAM);
  });

  it('are nothing where all are there', () => {
    expect(roleStatements([qlik(MD5)], [NAME], { run: 'RUN', user: 'postgres' })).toEqual([]);
    expect(roleWarnings([qlik(MD5)], [NAME], rules(rule(['all'], ['all'])), ['QSR'])).toEqual([]);
  });

  it('are those of the manual where a set has recorded none', () => {
    expect(withOwners([], [{ owner: NAME }, { owner: 'other' }, { owner: NAME }])).toEqual([
      { ...plainRole(NAME), login: true, inherit: false },
      plainRole('other'),
    ]);
  });
});

describe('what is said of roles before anything is changed', () => {
  const said = (role: RecordedRole, given: Parameters<typeof roleWarnings>[2]) =>
    roleWarnings([role], [], given, ['QSR']).map(({ message }) => message);

  it.each([
    [['all'], ['all']],
    [[NAME], ['QSR']],
    [['+readers'], ['sameuser']],
  ])(
    'is that an md5 hash does not do where pg_hba.conf asks %s in %s for scram-sha-256',
    (users, databases) => {
      expect(said(qlik(MD5), rules(rule(users, databases)))).toEqual([
        expect.stringMatching(/md5 hash, and pg_hba\.conf asks for scram-sha-256 \(line 7\)/),
      ]);
      expect(said(qlik(SCRAM), rules(rule(users, databases)))).toEqual([]);
    },
  );

  it('is nothing of lines for others, and nothing where md5 is asked for', () => {
    expect(said(qlik(MD5), rules(rule(['postgres'], ['all']), rule(['all'], ['other'])))).toEqual([]);
    expect(said(qlik(MD5), rules())).toEqual([]);
  });

  it('is that the rules could not be read, that there is no password, and which superusers are left out', () => {
    expect(said(qlik(MD5), 'permission denied')).toEqual([expect.stringMatching(/permission denied$/)]);
    expect(said(qlik(), rules())).toEqual([expect.stringMatching(/made without a password/)]);
    expect(said(superuser, rules())).toEqual([expect.stringMatching(/superuser dba .* is not made/)]);
  });

  it('has the whole way to a working password', () => {
    const [warning] = roleWarnings([qlik(MD5)], [], { ...rules(rule(['all'], ['all'])), encryption: 'md5' }, [
      'QSR',
    ]);
    expect(warning?.hint).toMatch(
      /SET password_encryption = 'scram-sha-256'; ALTER ROLE "qliksenserepository" PASSWORD/,
    );
  });
});
