import { beforeEach, describe, expect, it } from 'vitest';
import { createCheckDatabase } from '../../../src/actions/check-database.ts';
import { realDatabase } from '../../helpers/real-database.ts';
import { describeOnServers, usePostgres, type TestPostgres } from '../../helpers/postgres.ts';
import { fakeSite } from '../../unit/actions/fakes.ts';
import { checksOf, failed } from '../../unit/actions/harness.ts';
import {
  ask,
  databasesOf,
  empty,
  hashOf,
  makeTable,
  NAMES,
  ROLE,
  stepsOn,
  WORD,
} from '../../integration/actions/create-databases-lab.ts';

describeOnServers('a server made ready', [12, 14, undefined, 16], (major) => {
  const getPg = usePostgres(major === undefined ? {} : { major });
  beforeEach(() => empty(getPg()));

  it('gets role and databases of the manual, in which Qlik Sense can make its tables; twice makes nothing', async () => {
    const pg = getPg();
    const steps = stepsOn(pg);
    const roles = await steps.roles();
    const databases = await steps.databases();
    expect([roles.left, databases.left, databases.warnings]).toEqual([[], [], []]);
    expect(JSON.stringify([roles, databases])).not.toContain('a new');
    expect(
      await ask(
        pg,
        'postgres',
        `select rolcanlogin, rolinherit, rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolvaliduntil::text as until
           from pg_roles where rolname = '${ROLE}'`,
      ),
    ).toEqual([
      {
        rolcanlogin: true,
        rolinherit: false,
        rolsuper: false,
        rolcreatedb: false,
        rolcreaterole: false,
        rolreplication: false,
        until: 'infinity',
      },
    ]);
    expect(await databasesOf(pg)).toMatchObject(
      [...NAMES].sort().map((name) => ({ name, owner: ROLE, encoding: 'UTF8' })),
    );
    expect((await steps.check()).outputs['databases']).toEqual(NAMES);
    for (const name of NAMES) await makeTable(pg, name);

    const before = [await databasesOf(pg), await hashOf(pg)];
    const again = [await steps.roles(), await steps.databases()];
    expect(again.map(({ performed }) => performed)).toEqual([[], []]);
    expect([await databasesOf(pg), await hashOf(pg)]).toEqual(before);
  });

  it('leaves a role and a database that are there as they are, and says what is not right', async () => {
    const pg = getPg();
    const steps = stepsOn(pg, 'November 2018');
    await pg.sql('postgres', `CREATE ROLE ${ROLE} LOGIN PASSWORD 'the old one'`, 'CREATE DATABASE "QSR"');
    const before = await hashOf(pg);
    const roles = await steps.roles();
    expect(roles.performed).toEqual([]);
    expect(roles.plan.notes).toEqual([
      `The role ${ROLE} is there: it keeps its attributes and its password.`,
    ]);
    const { plan, outputs } = await steps.databases();
    expect(outputs).toEqual({ created: ['SenseServices', 'QSMQ'] });
    expect(plan.notes).toContain('There, and left as they are: QSR.');
    expect(plan.notes).toContain('Licenses is not in this release, and is not made.');
    expect(await hashOf(pg)).toEqual(before);
    await expect(steps.check()).rejects.toThrow('QSR belongs to postgres');
  });
});

describe('a server made ready', () => {
  const getPg = usePostgres();
  beforeEach(() => empty(getPg()));

  it('is not ready on PostgreSQL 15 while the role lacks the grant on schema public', async () => {
    const pg = getPg();
    const steps = stepsOn(pg);
    await steps.roles();
    await steps.databases();
    await pg.sql(
      'QSR',
      `REVOKE ALL ON SCHEMA public FROM ${ROLE}`,
      'REVOKE CREATE ON SCHEMA public FROM PUBLIC',
    );
    if (pg.server.major === 15) await expect(makeTable(pg, 'QSR')).rejects.toThrow('permission denied');
    else await pg.sql('postgres', 'ALTER DATABASE "QSR" OWNER TO postgres');
    await expect(steps.check()).rejects.toThrow(`${ROLE} cannot create a table in schema public of QSR`);
    await pg.sql('postgres', `ALTER DATABASE "QSR" OWNER TO ${ROLE}`);
    await pg.sql('QSR', `GRANT ALL ON SCHEMA public TO ${ROLE}`);
    await steps.check();
    await makeTable(pg, 'QSR');
  });

  it('goes back by dropping what the run made, and only what is empty', async () => {
    const pg = getPg();
    const steps = stepsOn(pg);
    await pg.sql('postgres', 'CREATE DATABASE "QSMQ"');
    await steps.roles();
    await steps.databases();
    await makeTable(pg, 'QSR');
    const databases = await steps.undoDatabases();
    expect(databases.warnings).toEqual([
      'The database QSR, which this run made, is left: there is something in it by now.',
    ]);
    expect(await databasesOf(pg)).toMatchObject([{ name: 'QSMQ', owner: 'postgres' }, { name: 'QSR' }]);
    expect((await steps.undoRoles()).warnings).toHaveLength(1);
    await pg.sql('postgres', 'DROP DATABASE "QSR"');
    expect((await steps.undoRoles()).warnings).toEqual([]);
    expect(await hashOf(pg)).toEqual([]);
  });
});

describeOnServers('a managed server without a superuser', [12, undefined], (major) => {
  const getPg = usePostgres(major === undefined ? {} : { major });
  const asAdministrator = (pg: TestPostgres): TestPostgres => ({
    ...pg,
    address: { ...pg.address, user: 'azure_admin', password: WORD },
  });
  beforeEach(async () => {
    await empty(getPg());
    await getPg().sql(
      'postgres',
      'DROP ROLE IF EXISTS azure_admin',
      `CREATE ROLE azure_admin LOGIN CREATEDB CREATEROLE PASSWORD '${WORD.replace("'", "''")}'`,
    );
  });

  it('is made ready by its administrator, as the manual does for Azure', async () => {
    const pg = getPg();
    const steps = stepsOn(asAdministrator(pg));
    const check = createCheckDatabase({
      site: fakeSite(),
      database: realDatabase(asAdministrator(pg), pg.folder),
    });
    const { checks } = await checksOf(check, {}, { create: true });
    expect(checks.filter(({ status }) => status !== 'ok')).toEqual([]);
    expect(checks.map(({ message }) => message).join()).toContain('may create roles and databases');
    const roles = await steps.roles();
    expect(roles.performed).toContainEqual(
      expect.objectContaining({ text: `GRANT "${ROLE}" TO "azure_admin"` }),
    );
    expect(roles.warnings).toEqual([]);
    await steps.databases();
    await steps.check();
    expect(await databasesOf(pg)).toMatchObject(
      [...NAMES].sort().map((name) => ({ name, owner: ROLE, encoding: 'UTF8' })),
    );
    for (const name of NAMES) await makeTable(pg, name);
    await empty(pg);
  });

  it('is told when its log has the password, and goes back to what it was', async () => {
    const pg = getPg();
    await pg.sql('postgres', "ALTER ROLE azure_admin SET log_statement = 'all'");
    const steps = stepsOn(asAdministrator(pg));
    expect((await steps.roles()).warnings).toEqual([expect.stringContaining('stands in its log')]);
    await steps.databases();
    await steps.undoDatabases();
    await steps.undoRoles();
    expect(await databasesOf(pg)).toEqual([]);
    expect(await hashOf(pg)).toEqual([]);
  });

  it('whose user may not create databases is refused beforehand', async () => {
    const pg = getPg();
    await pg.sql('postgres', 'ALTER ROLE azure_admin NOCREATEDB');
    const check = createCheckDatabase({
      site: fakeSite(),
      database: realDatabase(asAdministrator(pg), pg.folder),
    });
    const { checks } = await checksOf(check, {}, { create: true });
    expect(failed(checks).map(({ id }) => id)).toEqual(['database-superuser']);
  });
});
