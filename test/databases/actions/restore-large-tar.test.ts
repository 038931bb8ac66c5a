import { readdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createRestoreLoad } from '../../../src/actions/restore-load.ts';
import { CommandError, InterruptedError } from '../../../src/contract/errors.ts';
import type { ExecOptions } from '../../../src/contract/node.ts';
import { usePostgres } from '../../helpers/postgres.ts';
import { contextFor, fakeNode, goBack, runAction } from '../../unit/actions/harness.ts';
import { OWNER, plantSource, restoreLab } from '../../integration/actions/restore-lab.ts';

type Lab = Awaited<ReturnType<typeof restoreLab>>;
class Killed extends Error {}

/** Over 64 MiB in tar format, in tables of several sizes, with all kinds of entries that hold data or come after it. */
const LARGE = [
  ...[60_000, 50_000, 30_000, 20_000].flatMap((rows, index) => [
    `CREATE TABLE large_${String(index)} AS SELECT n AS id, 1 + n % 300 AS owner, repeat(md5(n::text), 14) AS body FROM generate_series(1, ${String(rows)}) n`,
    `ALTER TABLE large_${String(index)} ADD PRIMARY KEY (id), ADD FOREIGN KEY (owner) REFERENCES "Users"`,
    `CREATE INDEX ON large_${String(index)} (owner)`,
  ]),
  'CREATE MATERIALIZED VIEW counted AS SELECT owner, count(*) AS rows FROM large_0 GROUP BY owner',
  `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no row may come by now'; END $$`,
  'CREATE TRIGGER refuse BEFORE INSERT ON large_1 FOR EACH ROW EXECUTE FUNCTION refuse()',
  `SELECT setval('apps_id_seq', 4711)`,
  'GRANT SELECT ON large_2 TO reader',
  `COMMENT ON TABLE large_3 IS 'a comment'`,
];

/** All that is in the database, told by the database. */
const DIGEST = `select json_build_object(
  'rows', (select json_agg(md5(t.text) order by t.name) from (
     select 'large_0' as name, string_agg(id || body || owner, ',' order by id) as text from large_0
     union all select 'large_1', string_agg(id || body || owner, ',' order by id) from large_1
     union all select 'large_2', string_agg(id || body || owner, ',' order by id) from large_2
     union all select 'large_3', string_agg(id || body || owner, ',' order by id) from large_3
     union all select 'counted', string_agg(owner || ' ' || rows, ',' order by owner) from counted
     union all select 'users', string_agg(id || name, ',' order by id) from "Users") t),
  'constraints', (select count(*) from pg_constraint where connamespace = 'public'::regnamespace),
  'indexes', (select count(*) from pg_indexes where schemaname = 'public'),
  'triggers', (select count(*) from pg_trigger where tgname = 'refuse'),
  'sequence', (select last_value from apps_id_seq),
  'large objects', (select md5(string_agg(data, '' order by loid, pageno)) from pg_largeobject),
  'rights', (select relacl::text from pg_class where relname = 'large_2'),
  'comment', obj_description('large_3'::regclass),
  'owners', (select json_agg(distinct pg_get_userbyid(relowner)) from pg_class where relnamespace = 'public'::regnamespace)
)::text as value`;

describe.skipIf(availableParallelism() < 2)('a large dump in tar format', () => {
  const postgres = usePostgres();
  let lab: Lab;
  let run: { set: string };
  let wanted: unknown;
  const load = () => createRestoreLoad(lab.c);

  beforeAll(async () => {
    await plantSource(postgres());
    await postgres().sql('QSR', ...LARGE);
    lab = await restoreLab(postgres(), postgres(), ['QSR']);
    run = { set: await lab.makeSet({ format: 'tar' }) };
    wanted = await lab.value('QSR', DIGEST);
  }, 180_000);

  afterEach(async () => {
    const before = await load().prepare(load().input.parse(run), contextFor(fakeNode()));
    await goBack(load(), 'undo', run, before);
    expect(await lab.databases()).toEqual(['QSR', 'SenseServices']);
  });

  const leftBeside = (): string[] =>
    readdirSync(postgres().folder).filter((name) => name.startsWith('sense-runbook-'));

  /** Gives way to `instead` where a command names that file. */
  function exec(part: string, instead: () => Promise<never>) {
    return (argv: readonly string[], options: ExecOptions) =>
      argv.some((word) => word.includes(part)) ? instead() : lab.exec(argv, options);
  }

  it('is loaded by several programs side by side, and all of it is there', async () => {
    const loaded = await runAction(load(), run, { exec: lab.exec });
    expect(loaded.left).toEqual([]);
    expect(loaded.plan.notes).toEqual([
      expect.stringMatching(/^QSR is large: .* by \d pg_restore side by side\.$/),
    ]);
    const texts = loaded.performed.flatMap((one) => (one.kind === 'command' ? [one.argv.join(' ')] : []));
    expect(texts.filter((text) => text.includes('--section=data')).length).toBeGreaterThan(1);
    expect(texts.at(-1)).toMatch(/ -j \d .*--section=post-data/);
    expect(loaded.outputs['databases']).toMatchObject([{ name: 'QSR', compared: true, tables: 6 }]);
    expect(await lab.value('QSR_restore_RUN', DIGEST)).toEqual(wanted);
    expect(JSON.stringify(wanted)).toContain(OWNER);
    expect(leftBeside()).toEqual([]);
  });

  it('leaves nothing when one of the programs fails, and names why', async () => {
    const refused = exec('rows 2.list', () =>
      Promise.reject(
        new CommandError('pg_restore ended with 1', {
          argv: ['pg_restore'],
          code: 1,
          stdout: '',
          stderr: 'pg_restore: error: could not read from input file: something',
        }),
      ),
    );
    await expect(runAction(load(), run, { exec: refused })).rejects.toThrow(
      'QSR does not restore: could not read from input file: something',
    );
    expect(await lab.databases()).toEqual(['QSR', 'SenseServices']);
    expect(leftBeside()).toEqual([]);
  });

  it('says where its lists cannot be written', async () => {
    const temporaryFolder = `${postgres().folder}/no folder`;
    writeFileSync(temporaryFolder, 'a file');
    await expect(
      runAction(createRestoreLoad({ ...lab.c, temporaryFolder }), run, { exec: lab.exec }),
    ).rejects.toThrow(/^Lists for pg_restore cannot be written to .*no folder.*: not a directory/);
    expect(await lab.databases()).toEqual(['QSR', 'SenseServices']);
  });

  it('leaves no list when it is interrupted', async () => {
    const interruption = new AbortController();
    const { signal } = interruption;
    const interrupted = exec('rows 2.list', () => {
      interruption.abort(new InterruptedError('Ctrl+C'));
      return Promise.reject(signal.reason as Error);
    });
    await expect(runAction(load(), run, { exec: interrupted, signal })).rejects.toThrow('Ctrl+C');
    expect(leftBeside()).toEqual([]);
  });

  it.each(['rows 2.list', '--section=post-data'])('leaves nothing after a kill at %s', async (part) => {
    const before = await load().prepare(load().input.parse(run), contextFor(fakeNode()));
    let isDead = false;
    const killed = exec(part, () => {
      isDead = true;
      return Promise.reject(new Killed());
    });
    const onPerform = (): void => {
      if (isDead) throw new Killed();
    };
    await expect(runAction(load(), run, { exec: killed, onPerform })).rejects.toThrow(Killed);
    expect(leftBeside()).toHaveLength(1);
    await load().cleanUp?.(load().input.parse(run), before, contextFor(fakeNode()));
    expect(await lab.databases()).toEqual(['QSR', 'SenseServices']);
    expect(leftBeside()).toEqual([]);
  });
});
