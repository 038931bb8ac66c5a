import { cp, rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { outputFile } from 'fs-extra/esm';
import { expect } from 'vitest';
import { NEW_SHAPE } from '../../src/demo/new-machine.ts';
import type { DemoSite } from '../../src/demo/start-machine.ts';
import { editSite, newestJournal, openLab, type Lab } from './lab.ts';
import { expectQuiet, type MachineDigest } from './machine-digest.ts';
import { backUpToBeLost, NEW_HOST, openNewMachine, WITH_RIM } from './new-machine.ts';
import { replaceCertificates } from './other-certificates.ts';
import { makeOpenFolder } from './postgres.ts';
import {
  certificatesOf,
  changeConfig,
  filesBelow,
  hashesBelow,
  markDatabases,
  momentsOf,
  query,
} from './restore-site.ts';
import { addOffsite } from './restored-other-ways.ts';
import { APPROVED, type RestoredSite } from './restored-site.ts';

/** While the rim is removed and added again. */
const RESET = 'reset-rims';
/** Host of the rim: the only kind of name that every machine can look up, and that a new server does not admit yet. */
const RIM_HOST = '127.0.0.2';
/** Once, with what it was given in the QMC before, and its certificates unlocked. */
const RIMS = [{ host: RIM_HOST, unlocked: true, tags: ['Nachtläufe'] }];
/** Names the old database server in plain text. */
const SETTINGS = join('Licenses', 'appsettings.json');
/** Differs between the two sites, and can be merged. */
const CONFIG = join('ServiceDispatcher', 'services.conf');
/** Services of the central node, and of the rim. */
const RUNNING = 7 + 6;

/** How the machine and its restore differ from the usual ones. */
export interface NewHostOptions {
  /** After `restore --new-host HOST`. */
  readonly flags?: readonly string[];
  /** The new server alone, without the rim node of the lost site, and without its repository API. */
  readonly alone?: boolean;
  /** Services that run in the end; default: all but the database of the rim. */
  readonly running?: number;
  /** The lost site had an offsite copy. */
  readonly offsite?: boolean;
}

/** A machine with another host name on which Qlik Sense was installed, and the backup set of the site that was lost. */
export async function openNewHost(options: NewHostOptions = {}): Promise<RestoredSite> {
  const { flags = [], alone = false, running = RUNNING, offsite = false } = options;
  const lab = await openLab();
  const folder = await makeOpenFolder('sense-runbook-new-');
  const copied = (siteFile: string): void => {
    if (offsite) editSite(siteFile, (content) => addOffsite(content, folder));
  };
  copied(lab.demo.paths.siteFile);
  await prepareLost(lab);
  const lostShare = await backUpToBeLost(lab);
  const nodes = WITH_RIM.nodes.map((node) => (node.role === 'rim' ? { ...node, host: RIM_HOST } : node));
  const machine = await openNewMachine(lab, join(folder, 'machine'), {
    shape: alone ? NEW_SHAPE : { ...WITH_RIM, nodes },
    served: !alone,
    quick: true,
    prepare: async (installed) => {
      await prepareInstalled(installed, filesBelow(lostShare));
      if (!alone) await keepCertificates(lab, installed);
    },
  });
  copied(machine.siteFile);
  const before = await machine.digest();
  const ofSet = {
    moments: await momentsOf(lab),
    share: hashesBelow(lostShare),
    certificates: certificatesOf(lab.demo.paths.node('central')),
    ...(alone ? {} : { rimCertificates: [{}] }),
  };
  for (const part of Object.keys(ofSet) as (keyof typeof ofSet)[])
    expect(before[part], part).not.toEqual(ofSet[part]);
  let restored: MachineDigest | undefined;

  /** Of what is not in the set as it is here: that the restore has anything to put back of it. */
  function expectChanged(
    { admitted, program }: Pick<MachineDigest, 'admitted' | 'program'>,
    words: string,
  ): void {
    const isMerged = flags.includes('--config');
    expect(program[CONFIG] !== before.program[CONFIG], `${CONFIG} after ${words}`).toBe(isMerged);
    if (alone) return;
    expect(admitted, words).toContain(RIM_HOST);
    expect(program[SETTINGS], `${SETTINGS} after ${words}`).not.toBe(before.program[SETTINGS]);
  }

  /** Whole is it, too, with its services, while the rim is removed and not yet added again. */
  function restoredEnds(): MachineDigest[] {
    if (restored === undefined) return [];
    return [restored, { ...restored, hosts: restored.hosts.filter((host) => host !== RIM_HOST) }];
  }

  return {
    site: machine,
    restore: ['restore', '--new-host', NEW_HOST, ...flags, ...APPROVED],
    async expectBefore(words) {
      expect(await machine.digest(), words).toEqual(before);
      expect(await machine.leftBeside(), `left after ${words}`).toEqual([]);
    },
    async expectRestored(words) {
      const now = await machine.digest();
      const { moments, share, certificates, rimCertificates, ...rest } = now;
      const rims = alone ? {} : { rimCertificates };
      expect({ moments, share, certificates, ...rims }, words).toEqual(ofSet);
      expectChanged(rest, words);
      // What the first one, that nothing ended, made of the machine.
      restored ??= now;
      expect(now, words).toEqual(restored);
      expect(now.running, words).toHaveLength(running);
      if (!alone) expect(await machine.rims(), `rims after ${words}`).toEqual(RIMS);
    },
    async expectQuiet(words) {
      expectQuiet(await machine.digest(), [before, ...restoredEnds()], words);
    },
    expectSaid({ stdout }, words) {
      const wasReset = newestJournal(machine).some(
        ({ type, step, undo }) => type === 'intent' && step === RESET && undo !== true,
      );
      if (wasReset)
        expect(stdout.replaceAll(/\s+/g, ' '), words).toContain(
          'registration, and certificates that were not put back, are those of',
        );
    },
    async close() {
      await machine.remove();
      await lab.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** What the set has is other than what an installation has. */
async function prepareLost(lab: Lab): Promise<void> {
  const { paths } = lab.demo;
  await query(lab, 'QSR', 'UPDATE "ServerNodeConfigurations" SET "HostName" = $1 WHERE NOT "IsCentral"', [
    RIM_HOST,
  ]);
  editSite(paths.siteFile, (content) => {
    for (const node of content['nodes'] as { host: string; role: string }[])
      if (node.role === 'rim') node.host = RIM_HOST;
  });
  await markDatabases(lab, 'lost');
  changeConfig(paths);
}

/** The rim node is the one of the site that was lost, with what its central node gave it: it waits for none until they are gone. */
async function keepCertificates({ demo }: Lab, { paths }: DemoSite): Promise<void> {
  const [from, to] = [demo.paths, paths].map((one) => join(one.node('rim'), 'certificates'));
  await cp(String(from), String(to), { recursive: true });
}

/** There is something of everything that a restore replaces, so that a rollback has something to put back. */
async function prepareInstalled(machine: DemoSite, [first = '']: readonly string[]): Promise<void> {
  const { paths } = machine;
  await markDatabases({ demo: machine }, 'installed');
  await replaceCertificates(paths.node('central'), NEW_HOST);
  // Of a share that somebody wrote to just now a restore is refused.
  const earlier = new Date(Date.now() - 60 * 60_000);
  for (const file of [join(paths.share, first), join(paths.share, 'only here.txt')]) {
    await outputFile(file, 'of the installation');
    await utimes(file, earlier, earlier);
  }
  await outputFile(join(paths.extra, 'only here.qvd'), 'of the installation');
  await outputFile(join(paths.installFolder, SETTINGS), JSON.stringify({ host: 'qs1.demo.example' }));
}
