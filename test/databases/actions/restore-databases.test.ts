import { beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { createRestoreCreateRoles } from '../../../src/actions/restore-create-roles.ts';
import { createRestoreDocumented } from '../../../src/actions/restore-documented.ts';
import { createRestoreForesee } from '../../../src/actions/restore-foresee.ts';
import { createRestoreLoad } from '../../../src/actions/restore-load.ts';
import { createRestoreSwap } from '../../../src/actions/restore-swap.ts';
import { connect } from '../../../src/postgres/connect.ts';
import { takeEvidence } from '../../../src/postgres/evidence.ts';
import { hasOtherServers, usePostgres, type OtherMajor, type TestPostgres } from '../../helpers/postgres.ts';
import { goBack, runAction } from '../../unit/actions/harness.ts';
import { OWNER, plantSource, restoreLab } from '../../integration/actions/restore-lab.ts';

type Lab = Awaited<ReturnType<typeof restoreLab>>;

const NAMES = ['QSR', 'SenseServices'];

/** A source and a target of these versions, the target with nothing on it. */
function useServers(
  from: OtherMajor | undefined,
  to: OtherMajor | undefined,
): () => Lab & { source: TestPostgres; target: TestPostgres } {
  const source = usePostgres(from === undefined ? {} : { major: from });
  const target = usePostgres(to === undefined ? {} : { major: to });
  let lab: Lab | undefined;
  beforeAll(async () => {
    await plantSource(source());
    lab = await restoreLab(source(), target(), NAMES);
  }, 120_000);
  beforeEach(async () => {
    for (const name of (await lab?.databases()) ?? [])
      await target().sql(
        'postgres',
        `ALTER DATABASE "${name}" ALLOW_CONNECTIONS true`,
        `DROP DATABASE "${name}"`,
      );
    await target().sql('postgres', `DROP ROLE IF EXISTS ${OWNER}`, 'DROP ROLE IF EXISTS reader');
  });
  return () => {
    if (lab === undefined) throw new Error('the lab is there only inside tests');
    return { ...lab, source: source(), target: target() };
  };
}

/** Roles, databases beside, swap. */
async function restoreAll({ c, exec }: Lab, set: string) {
  const roles = await runAction(createRestoreCreateRoles(c), { set }, { exec });
  const load = await runAction(createRestoreLoad(c), { set }, { exec });
  const swap = await runAction(createRestoreSwap(c), { set }, { exec });
  return { roles, load, swap };
}

describe.skipIf(!hasOtherServers).each([
  { from: 12, to: 12, format: 'tar' },
  { from: 12, to: 14, format: 'custom' },
  { from: 14, to: undefined, format: 'directory' },
  { from: 14, to: 16, format: 'tar' },
] as const)('a restore from PostgreSQL $from to $to of dumps in $format format', ({ from, to, format }) => {
  const getLab = useServers(from, to);

  it('gives an empty server the roles and databases of the set, with all that dumps do not hold', async () => {
    const lab = getLab();
    const { target, value } = lab;
    const set = await lab.makeSet({ format });
    const { roles, load, swap } = await restoreAll(lab, set);
    expect(roles.outputs).toEqual({ created: [OWNER, 'reader'] });
    expect(load.outputs['databases']).toMatchObject([
      { name: 'QSR', compared: true, tables: 2, rows: 340 },
      { name: 'SenseServices', compared: true, tables: 1, rows: 2 },
    ]);
    expect(swap.warnings).toEqual([]);
    expect([roles.left, load.left, swap.left]).toEqual([[], [], []]);
    expect(await lab.databases()).toEqual(['QSR', 'SenseServices']);

    const client = await target.connect('QSR');
    const found = await takeEvidence(client, { name: 'QSR', checksums: false });
    await client.close();
    expect(found).toMatchObject({
      owner: OWNER,
      connectionLimit: 77,
      acl: [`${OWNER}=CTc/${OWNER}`, `reader=c*/${OWNER}`],
      settings: [
        { role: null, setting: 'search_path="$user", public' },
        { role: null, setting: 'work_mem=5MB' },
        { role: 'reader', setting: 'lc_messages=C' },
      ],
    });
    expect(await value('postgres', `select pg_has_role('postgres', '${OWNER}', 'member') as value`)).toBe(
      true,
    );
    // As the Repository Service does it: it logs in with its old password and makes tables in public (manual 2.5, p. 140).
    const repository = await connect(
      { ...target.address, user: OWNER, password: 'word of the repository' },
      'QSR',
    );
    await repository.query('CREATE TABLE public.made_by_the_service (id int)');
    await repository.close();
  });

  it('lets them take the place of those that are there, gives these back, and removes them for good', async () => {
    const lab = getLab();
    const { c, target, value } = lab;
    await target.sql('postgres', ...NAMES.map((name) => `CREATE DATABASE "${name}"`));
    await target.sql('QSR', 'CREATE TABLE moment (what text)');
    const isOld = (db: string) => value(db, `select to_regclass('public.moment') is not null as value`);
    const run = { set: await lab.makeSet({ format }) };
    const { swap } = await restoreAll(lab, run.set);
    expect(await lab.databases()).toEqual(NAMES.flatMap((name) => [name, `${name}_before_RUN`]));
    expect(await isOld('QSR')).toBe(false);

    await goBack(createRestoreSwap(c), 'undo', run, swap.before);
    expect(await lab.databases()).toEqual(NAMES.flatMap((name) => [name, `${name}_restore_RUN`]));
    expect(await isOld('QSR')).toBe(true);

    const again = await runAction(createRestoreSwap(c), run);
    await goBack(createRestoreSwap(c), 'discard', run, again.before);
    expect([await lab.databases(), await isOld('QSR')]).toEqual([NAMES, false]);
  });

  it('does it as the manual, where that is wanted', async () => {
    const lab = getLab();
    const { c, exec, target, value } = lab;
    const set = await lab.makeSet({ format });
    await runAction(createRestoreCreateRoles(c), { set }, { exec });
    await target.sql('postgres', 'CREATE DATABASE "QSR"');
    await target.sql('QSR', 'CREATE TABLE apps (id int)');
    const { plan, outputs } = await runAction(
      createRestoreDocumented(c),
      { set, databases: 'qsr' },
      { exec },
    );
    expect(outputs).toEqual({ databases: [{ name: 'QSR', database: 'QSR' }] });
    expect(plan.operations.map((operation) => operation.effect)[0]).toBe('destroy');
    expect(await value('QSR', 'select count(*)::int as value from apps')).toBe(40);
    const sql = `select pg_get_userbyid(datdba)::text as value from pg_database where datname = 'QSR'`;
    expect(await value('postgres', sql)).toBe(OWNER);
  });

  it('takes its roles back when nothing belongs to them any more, and says so while something does', async () => {
    const lab = getLab();
    const { c, exec, target, value } = lab;
    await target.sql('postgres', `CREATE ROLE ${OWNER} LOGIN PASSWORD 'another'`);
    const set = await lab.makeSet({ format });
    const { outputs, before } = await runAction(createRestoreCreateRoles(c), { set }, { exec });
    expect(outputs).toEqual({ created: ['reader'] });
    // Still the password it had.
    const own = await connect({ ...target.address, user: OWNER, password: 'another' }, 'postgres');
    await own.close();
    await target.sql('postgres', 'CREATE DATABASE held OWNER reader');
    const first = await goBack(createRestoreCreateRoles(c), 'undo', { set }, before);
    expect(first.warnings).toEqual([expect.stringMatching(/^The role reader, which this run made, is left/)]);
    await target.sql('postgres', 'DROP DATABASE held');
    const second = await goBack(createRestoreCreateRoles(c), 'undo', { set }, before);
    expect(second.warnings).toEqual([]);
    expect(
      await value('postgres', `select count(*)::int as value from pg_roles where rolname = 'reader'`),
    ).toBe(0);
    expect(
      await value('postgres', `select count(*)::int as value from pg_roles where rolname = '${OWNER}'`),
    ).toBe(1);
  });

  it('says before that an md5 hash will not do, where the server asks for SCRAM', async () => {
    const lab = getLab();
    const { c, exec, source, target } = lab;
    await source.sql(
      'postgres',
      `SET password_encryption = 'md5'`,
      `ALTER ROLE ${OWNER} PASSWORD 'an old word'`,
    );
    onTestFinished(() => source.sql('postgres', `ALTER ROLE ${OWNER} PASSWORD 'word of the repository'`));
    const set = await lab.makeSet({ format });
    const said = expect.stringMatching(
      /^The password of the role qliksenserepository is recorded as an md5 hash, and pg_hba\.conf asks/,
    ) as string;
    const nobody = { canAsk: false, confirm: () => Promise.resolve(false) };
    const ahead = await runAction(createRestoreForesee({ ...c, person: nobody }), { set }, { exec });
    expect(ahead.outputs['told']).toEqual([expect.stringMatching(/^Roles that are made: .*reader/), said]);
    expect(ahead.performed.map(({ effect }) => effect)).toEqual(['read']);
    const { plan, warnings, performed } = await runAction(createRestoreCreateRoles(c), { set }, { exec });
    expect(performed.length).toBeGreaterThan(2);
    expect(plan.notes).toContainEqual(said);
    expect(warnings).toEqual([said]);
    expect(JSON.stringify([ahead, plan, performed])).not.toMatch(/md5[0-9a-f]{32}/);
    await expect(
      connect({ ...target.address, user: OWNER, password: 'an old word' }, 'postgres'),
    ).rejects.toThrow();
    // As the hint says.
    await target.sql('postgres', `ALTER ROLE ${OWNER} PASSWORD 'an old word'`);
    const own = await connect({ ...target.address, user: OWNER, password: 'an old word' }, 'postgres');
    await own.close();
  });
});
