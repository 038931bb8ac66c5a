import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { newestJournal, newestPlan } from '../helpers/lab.ts';
import { makeOpenFolder } from '../helpers/postgres.ts';
import { leftBeside, upOf } from '../helpers/restore-site.ts';
import { openSameHost, type RestoredSameHost } from '../helpers/restored-same-host.ts';
import { APPROVED } from '../helpers/restored-site.ts';
import { childrenLeft, expectSiteFree } from '../helpers/soundness.ts';
import { overSsh, type SshTerminal, type Terminal } from '../helpers/ssh-terminal.ts';
import { NO_SSHD, startSshd, type TestSshd } from '../helpers/sshd.ts';
import { drawnLines, type Exchange } from '../helpers/terminal.ts';

if (NO_SSHD !== undefined) console.warn(`skipped: a guided restore over SSH: ${NO_SSHD}`);

/** Titles of steps, in the order in which they are asked about. */
const LOCK = 'Keep the vault for this run';
const SCHEDULERS = 'Stop the Scheduler Services, so that no new reload begins';
const STOP_RIMS = 'Stop the services of the rim nodes';
const STOP_CENTRAL = 'Stop the services of the central node, the database keeps running';
const CERTIFICATES = 'Put the certificates of the set into their stores';
const ROLES = 'Make database roles that are missing';
const LOAD = 'Load every database beside the old one';
const SWAP = 'Let the restored databases take the place of the old ones';
const SHARE = 'Restore the file share';
const EXTRA = 'Restore supporting content';
const BOOTSTRAP = 'Let the Repository Service set itself up, where its account is no administrator';
const START_CENTRAL = 'Start the services of the central node';
const START_RIMS = 'Start the services of the rim nodes';

const NAMED: Exchange = { seen: /Type the site's name, demo, to go on:/, typed: 'demo\r' };

/** Picks the choice that begins so, as one does by typing it. */
function choose(title: string, choice: string, more: Partial<Exchange> = {}): Exchange {
  const words = title.split(' ').join('\\s*');
  return { seen: new RegExp(`\\? ${words}\\?[^]*stop here[^]*select`), typed: `${choice}\r`, ...more };
}

const run = (title: string): Exchange => choose(title, 'run');

describe.skipIf(NO_SSHD !== undefined)('a guided restore over SSH', { shuffle: false }, () => {
  let restored: RestoredSameHost;
  let folder: string;
  let server: TestSshd;

  beforeAll(async () => {
    restored = await openSameHost();
    folder = await makeOpenFolder('sense-runbook-ssh-');
    server = await startSshd({ folder, settings: [] });
  });

  afterAll(async () => {
    server.stop();
    await restored.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** As a person does who is logged in and gives no approval beforehand. */
  const connect = (
    terminal: Terminal,
    command: readonly string[],
    exchanges: readonly Exchange[],
  ): SshTerminal => overSsh(server, terminal, ['--site', restored.site.siteFile, ...command], exchanges);

  /** As a person does in Windows Services. */
  function stopRims(): void {
    restored.site.services('rim', ({ services }) => {
      for (const [name, service] of Object.entries(services))
        if (name !== 'QlikSenseRepositoryDatabase') service.state = 'stopped';
    });
  }

  /** The connection goes away while the step is carried out. Gives the journal once the tool has ended. */
  async function cutWithin(step: string, title: string, answered: readonly string[]) {
    const connection = connect('dumb', ['restore'], [NAMED, ...answered.map(run), run(title)]);
    await vi.waitFor(
      () => {
        expect(newestPlan(restored.site).runbook.name).toBe('restore-same-host');
        expect(newestJournal(restored.site)).toContainEqual(
          expect.objectContaining({ type: 'operation', phase: 'begin', step }),
        );
      },
      { timeout: 120_000, interval: 20 },
    );
    connection.cut();
    const screen = (await connection.ended).stdout;
    await vi.waitFor(() => expect(newestJournal(restored.site).at(-1)).toMatchObject({ type: 'ended' }), {
      timeout: 60_000,
    });
    return { screen, journal: newestJournal(restored.site) };
  }

  it('whose connection goes away while services are stopped has them started again, and leaves nothing', async () => {
    const { site } = restored;
    const services = site.states();
    site.services('rim', (file) => {
      Object.assign(file.services['QlikSenseEngineService'] ?? {}, { stopMs: 1500 });
    });
    const { screen, journal } = await cutWithin('stop-rims', STOP_RIMS, [LOCK, SCHEDULERS]);
    expect(journal.at(-1), screen).toMatchObject({ outcome: 'interrupted', exitCode: 130 });
    await vi.waitFor(() => expect(site.states()).toEqual(services), { timeout: 20_000 });
    const recovered = await site.run(['recover']);
    expect([recovered.code, recovered.stdout]).toEqual([0, 'There is nothing to recover.']);
    await restored.expectBefore('a connection that went away while services were stopped');
    await expectSiteFree(site, 'a connection that went away while services were stopped');
  });

  it('whose connection goes away while databases are loaded keeps the services down, and is led back by what it says', async () => {
    const { site } = restored;
    const { journal } = await cutWithin('load-databases', LOAD, [
      ...[LOCK, SCHEDULERS, STOP_RIMS, STOP_CENTRAL, CERTIFICATES, ROLES],
    ]);
    expect(journal.at(-1)).toMatchObject({ outcome: 'interrupted', exitCode: 130 });
    expect(childrenLeft(site)).toEqual([]);
    expect(upOf(site)).toEqual([]);
    const recovered = await site.run(['recover']);
    expect([recovered.code, recovered.stdout]).toEqual([0, 'There is nothing to recover.']);
    expect(recovered.stderr).toMatch(/services stay down until then; next: .*resume .* or .*rollback /);
    const back = await site.run(['rollback', ...APPROVED]);
    expect(back.code, back.stdout + back.stderr).toBe(0);
    await restored.expectBefore('a connection that went away while databases were loaded');
  });

  it('does what each answer says, stops half-way, and is gone on with over another connection to the end', async () => {
    const { site } = restored;
    const first = await connect(
      'dumb',
      ['restore'],
      [
        NAMED,
        run(LOCK),
        // It is not offered, and what is typed for it only finds "show more".
        choose(SCHEDULERS, 'skip', { seen: /Skip +not possible: step start-central-after-all[^]*select/ }),
        run(SCHEDULERS),
        choose(STOP_RIMS, 'I did it'),
        { seen: /Do it by hand now[^]*it is done: look at it[^]*select/, typed: 'it is\r' },
        { seen: /NOT YET: rim: it is not done[^]*select/, first: stopRims, typed: 'it is\r' },
        run(STOP_CENTRAL),
        run(CERTIFICATES),
        run(ROLES),
        choose(LOAD, 'show', { seen: /and \d+ more, see "show more"[^]*select/ }),
        run(LOAD),
        choose(SWAP, 'stop'),
      ],
    ).ended;
    expect(first.code, first.stdout).toBe(75);
    expect(upOf(site)).toEqual([]);
    expectPlain(first.stdout);

    const second = await connect(
      'vt100',
      ['resume'],
      [
        NAMED,
        ...[LOCK, SCHEDULERS, STOP_RIMS, STOP_CENTRAL, SWAP, SHARE, EXTRA, BOOTSTRAP, START_CENTRAL].map(run),
        choose(START_RIMS, 'skip'),
        { seen: /Why is it left out\? \(empty: back\)/, typed: 'the end starts them\r' },
        { seen: /License management[^]*Done\?/, typed: 'y\r' },
        { seen: /Open the QMC and the hub[^]*Done\?/, typed: 'y\r' },
        { seen: /reload the monitoring apps[^]*Done\?/, typed: 'y\r' },
        { seen: /Open a data connection[^]*Done\?/, typed: 'y\r' },
        { seen: /Then make a backup[^]*Done\?/, typed: 'n\r' },
      ],
    ).ended;
    expect(second.code, second.stdout).toBe(0);
    expectPlain(second.stdout);
    await restored.expectRestored('a guided restore');
    await expectSiteFree(site, 'a guided restore');
    expect(await leftBeside(restored.lab, site)).toHaveLength(5);

    const [load = ''] = /Step \d+ of \d+: Load every database[^]*?see "show more"/.exec(first.stdout) ?? [];
    expect(load).toMatch(/^Why +Under another name, and compared with what was recorded/m);
    expect(load).toMatch(/^Manual +5\.7 step 4, p\. 211; 2\.5, p\. 140-141/m);
    expect(load).toMatch(/^Takes +not known: no earlier run of this site tells/m);
    expect(load).toMatch(/^Undo +can be put back afterwards, with rollback/m);
    expect(load).toMatch(/^ {2}> SQL in postgres: CREATE DATABASE "QSR_restore_/m);
    expect(load).not.toContain('"Licenses_restore_');
    expect(first.stdout).toContain('CREATE DATABASE "Licenses_restore_');
    expect(first.stdout).not.toContain('<run>');
    expect(first.stdout).toContain('Site down: not over');
    expect(first.stdout).toMatch(/goes on from\s+here and asks before every step again/);
    // What was so when it stopped is so no more.
    expect(second.stdout).not.toMatch(/half\s+changed and must not start/);
    expectAnswers();
  });

  /** Every choice is in the journal, with who and when, and what was done by hand was not done by the tool too. */
  function expectAnswers(): void {
    const journal = newestJournal(restored.site);
    const answers = journal.filter(({ type }) => type === 'answer');
    const words = answers.map(({ answer, step }) => `${String(answer)} ${String(step)}`);
    expect(words).toEqual([
      'run lock-vault',
      'run stop-schedulers',
      ...['by-hand stop-rims', 'by-hand stop-rims', 'by-hand stop-rims'],
      'run stop-central',
      'run restore-certificates',
      'run create-roles',
      'run load-databases',
      'stop swap-databases',
      ...['run lock-vault', 'run stop-schedulers', 'run stop-rims', 'run stop-central'],
      'run swap-databases',
      'run restore-share',
      'run restore-extra',
      'run bootstrap',
      'run start-central',
      'skip start-rims',
    ]);
    const times = answers.map(({ at }) => String(at));
    expect(times).toEqual(times.map((at) => new Date(at).toISOString()).sort());
    expect(new Set(answers.map(({ who }) => who))).toEqual(new Set([server.user]));
    expect(answers.at(-1)).toMatchObject({ reason: 'the end starts them', nodes: ['rim'] });
    const stopped = journal.findIndex(({ type }) => type === 'ended');
    const begun = journal.slice(0, stopped).filter(({ type }) => type === 'operation');
    expect(begun.map(({ step }) => step)).toContain('stop-central');
    expect(begun.map(({ step }) => step)).not.toContain('stop-rims');
  }

  /** 80 columns but for what would be wrong when cut (a path, a command that names the site file), and nothing that colours. */
  function expectPlain(screen: string): void {
    expect(screen).not.toMatch(/\u001b\[[\d;]*m/);
    const long = drawnLines(screen).filter((line) => line.length > 80);
    const inPieces = long.filter((line) => /\S\s+\S/.test(line.replaceAll(/"[^"]*"/g, '')));
    expect(inPieces.filter((line) => !line.includes(' --site '))).toEqual([]);
  }
});
