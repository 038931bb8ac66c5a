import { beforeEach, describe, expect, it } from 'vitest';
import { createPostgresRestarted } from '../../../src/actions/postgres-restarted.ts';
import type { Action } from '../../../src/contract/action.ts';
import type { Node } from '../../../src/contract/node.ts';
import { askedPerson } from '../../helpers/asked-person.ts';
import { runOptions } from '../../helpers/engine.ts';
import { oneStep, type OneStep } from '../../helpers/one-step.ts';
import { usePostgres } from '../../helpers/postgres.ts';
import { realDatabase } from '../../helpers/real-database.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';
import { fakeSite } from '../../unit/actions/fakes.ts';
import { fakeNode } from '../../unit/actions/harness.ts';

const pg = usePostgres();

/** Another value for an address of this machine alone. */
const CHANGE = "ALTER SYSTEM SET listen_addresses = 'localhost'";

async function restart(): Promise<void> {
  await pg().cluster.stop();
  await pg().cluster.start();
}

beforeEach(async () => {
  await pg().sql('postgres', 'ALTER SYSTEM RESET ALL');
  await restart();
});

function lab(answer?: () => Promise<boolean>): OneStep & { readonly asked: string[] } {
  const stateFolder = temporaryFolder();
  const { asked, person } = askedPerson(answer);
  const action = createPostgresRestarted({
    site: fakeSite(),
    database: realDatabase(pg(), stateFolder),
    person,
  }) as unknown as Action;
  return { ...oneStep({ action, nodes: [fakeNode() as unknown as Node], stateFolder }), asked };
}

describe('a server with a setting that waits for a restart', () => {
  it.each([
    ['as ALTER SYSTEM left it', [CHANGE]],
    ['when it has read its files again', [CHANGE, 'SELECT pg_reload_conf()']],
  ])('%s: a person restarts it, and that is looked at', async (_when, statements) => {
    await pg().sql('postgres', ...statements);
    const { run, outputs, asked } = lab(async () => (await restart(), true));
    expect((await run({})).outcome).toBe('done');
    expect(asked).toEqual([
      expect.stringContaining('Restart the PostgreSQL service of db.example, port 4432'),
    ]);
    expect(outputs()).toEqual({ restarted: ['listen_addresses'] });
  });

  it('is not believed to be restarted when it was not', async () => {
    await pg().sql('postgres', CHANGE);
    const { outcome, error } = await lab(async () => true).run({});
    expect(outcome).toBe('failed');
    expect(error?.message).toContain(
      'the database server was not restarted: listen_addresses is 127.0.0.1 until its restart',
    );
  });

  it('is told in the plan, where it waits already', async () => {
    await pg().sql('postgres', CHANGE);
    const { notes = [] } = await lab().describe({});
    expect(notes[1]).toContain('Waits already: listen_addresses is 127.0.0.1');
  });

  it('stops the run where there is nobody to ask, and resume goes on after the restart', async () => {
    await pg().sql('postgres', CHANGE);
    const { run, engine } = lab();
    const stopped = await run({});
    expect([stopped.outcome, stopped.exitCode]).toEqual(['stopped', 75]);
    expect(stopped.error?.hint).toContain('Then: sense-runbook resume');
    expect((await engine.resume(undefined, runOptions())).outcome).toBe('stopped');
    await restart();
    expect((await engine.resume(undefined, runOptions())).outcome).toBe('done');
  });
});

describe('a server that runs with its settings', () => {
  it('is left alone, and nobody is asked', async () => {
    const { run, outputs, asked } = lab(async () => true);
    expect((await run({})).outcome).toBe('done');
    expect([asked, outputs()]).toEqual([[], { restarted: [] }]);
  });

  it('is not asked to be restarted for another setting than those named', async () => {
    await pg().sql('postgres', 'ALTER SYSTEM SET max_connections = 77', 'SELECT pg_reload_conf()');
    const { run, outputs } = lab();
    expect((await run({})).outcome).toBe('done');
    expect(outputs()).toEqual({ restarted: [] });
  });
});
