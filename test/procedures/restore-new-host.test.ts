import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Plan } from '../../src/contract/plan.ts';
import { editSite, newestJournal, openLab, type Lab } from '../helpers/lab.ts';
import { backUpToBeLost, NEW_HOST, openNewMachine, type NewMachine } from '../helpers/new-machine.ts';
import { makeOpenFolder } from '../helpers/postgres.ts';
import { NO_RESTIC } from '../helpers/restic.ts';
import { hashesBelow } from '../helpers/restore-site.ts';
import { addOffsite } from '../helpers/restored-other-ways.ts';
import { expectAsPlanned } from '../e2e/as-planned.ts';

const APPROVED = ['--approve', 'destroy=demo'];

describe('a restore to another host name', { shuffle: false }, () => {
  let lab: Lab;
  let folder: string;
  let lostShare: string;
  let machine: NewMachine;

  beforeAll(async () => {
    lab = await openLab();
    folder = await makeOpenFolder('sense-runbook-new-');
    const copied = (siteFile: string): void => editSite(siteFile, (content) => addOffsite(content, folder));
    copied(lab.demo.paths.siteFile);
    lostShare = await backUpToBeLost(lab);
    machine = await openNewMachine(lab, join(folder, 'machine ä'));
    copied(machine.siteFile);
  });

  afterAll(async () => {
    await machine.remove();
    await lab.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('is refused without its name, and with that of the lost machine', async () => {
    const before = await machine.digest();
    const same = await machine.run(['restore', ...APPROVED]);
    expect(same.code, same.stdout + same.stderr).toBe(3);
    expect(same.stderr).toContain(`--new-host ${NEW_HOST}`);
    const wrong = await machine.run(['restore', '--new-host', 'qs1.demo.example', ...APPROVED]);
    expect(wrong.code, wrong.stdout + wrong.stderr).toBe(3);
    expect(await machine.digest()).toEqual(before);
  });

  it('does what was planned: the site is there under its new paths, and rollback leaves the machine as it was', async () => {
    const before = await machine.digest();
    expect(before.running).toEqual(['QlikSenseRepositoryDatabase']);
    expect([before.share, before.certificates]).toEqual([{}, {}]);
    const planned = await machine.run(['--json', 'plan', 'restore-new-host', '--set', `newHost=${NEW_HOST}`]);
    expect(planned.code, planned.stderr).toBe(0);
    // The old values are in the set alone: there is no other site database on this machine yet.
    expect(planned.stdout).toMatch(/\.\\"RootFolder\\": \S.* -> \S.* \(1 row\)/);
    expect(await machine.digest()).toEqual(before);

    const run = await machine.run(['restore', '--new-host', NEW_HOST, ...APPROVED]);
    expect(run.code, run.stdout + run.stderr).toBe(0);
    expectAsPlanned(machine, JSON.parse(planned.stdout) as Plan);
    const after = await machine.digest();
    expect(after.root).toBe(machine.share);
    expect(after.share).toEqual(hashesBelow(lostShare));
    expect(after.running).toHaveLength(7);
    expect(Object.keys(after.certificates).length).toBeGreaterThan(4);

    const back = await machine.run(['rollback', ...APPROVED]);
    expect(back.code, back.stdout + back.stderr).toBe(0);
    expect(await machine.digest()).toEqual(before);
  });

  it('changes the host names itself where the bootstrap does not', async () => {
    const before = await machine.digest();
    const wanted = ['--new-host', NEW_HOST, '--set', 'hostNames=database'];
    const run = await machine.run(['restore', ...wanted, ...APPROVED]);
    expect(run.code, run.stdout + run.stderr).toBe(0);
    expect(run.stdout).not.toMatch(/begin +Give the site its new host name/);
    expect(run.stdout).toMatch(/begin +Let the Repository Service set itself up/);
    expect(await machine.hosts()).toContain(NEW_HOST);
    expect(await machine.hosts()).not.toContain('qs1.demo.example');
    const back = await machine.run(['rollback', ...APPROVED]);
    expect(back.code, back.stdout + back.stderr).toBe(0);
    expect(await machine.digest()).toEqual(before);
  });

  it.skipIf(NO_RESTIC !== undefined)(
    'tells of a set that is fetched what changes its name before any service is stopped',
    async () => {
      const before = await machine.digest();
      const wanted = ['--new-host', NEW_HOST, '--copy', 'offsite'];
      const planned = await machine.run(['--json', 'restore', ...wanted, '--dry-run']);
      expect(planned.code, planned.stderr).toBe(0);
      expect(planned.stdout).toContain('shown before any service is stopped');
      expect(planned.stdout).not.toContain(' (1 row)');
      const run = await machine.run(['restore', ...wanted, ...APPROVED]);
      expect(run.code, run.stdout + run.stderr).toBe(0);
      expectAsPlanned(machine, JSON.parse(planned.stdout) as Plan);
      const journal = newestJournal(machine);
      const told = journal.findIndex(({ type, step }) => type === 'result' && step === 'foresee');
      expect(JSON.stringify(journal[told])).toMatch(/RootFolder.* -> .* \(1 row\)/);
      expect(told).toBeLessThan(
        journal.findIndex(({ type, step }) => type === 'intent' && step === 'stop-schedulers'),
      );
      const back = await machine.run(['rollback', ...APPROVED]);
      expect(back.code, back.stdout + back.stderr).toBe(0);
      expect(await machine.digest()).toEqual(before);
    },
  );

  it('as a rehearsal leaves the Scheduler Service down', async () => {
    const run = await machine.run(['restore', '--new-host', NEW_HOST, '--rehearsal', ...APPROVED]);
    expect(run.code, run.stdout + run.stderr).toBe(0);
    const { running } = await machine.digest();
    expect(running).toHaveLength(6);
    expect(running).not.toContain('QlikSenseSchedulerService');
  });
});
