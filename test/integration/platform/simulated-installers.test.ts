import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { CommandError } from '../../../src/contract/errors.ts';
import type { Node } from '../../../src/contract/node.ts';
import { systemClock } from '../../../src/foundation/clock.ts';
import { INSTALLER_CALLS, type InstallerCall } from '../../../src/installers/calls.ts';
import { installerArgv } from '../../../src/installers/command-line.ts';
import type { InstalledFile } from '../../../src/platform/simulated/installed.ts';
import { createSimulatedNode } from '../../../src/platform/simulated/node.ts';
import { qlikServices, setUpSimulatedNode } from '../../../src/platform/simulated/set-up.ts';
import { testExec } from '../../helpers/postgres.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';
import { installedOn, installerCalls, media, order, restartNode } from '../../helpers/upgrade-lab.ts';

const SETUP = 'Qlik_Sense_setup.exe';
const UPDATE = 'Qlik_Sense_update.exe';
const POSTGRES = 'Qlik_PostgreSQL_setup.exe';
const DATABASE = 'QlikSenseRepositoryDatabase';
const UPGRADE = ['-silent', 'accepteula=1', 'skipstartservices=1'];

interface Services {
  services: Record<string, { state: string; startType: string }>;
}

/** A central node in a folder with a blank, its database running and everything else stopped, and media of May 2025. */
async function lab(installed: Partial<InstalledFile> = { release: 'February 2024' }) {
  const root = path.join(temporaryFolder(), 'a node');
  const folder = path.join(root, 'central');
  await mkdir(root);
  await setUpSimulatedNode({
    folder,
    services: qlikServices({ withDatabase: true, startMs: 0, stopMs: 0 }).map((service) => ({
      ...service,
      state: service.name === DATABASE ? 'running' : 'stopped',
    })),
    installed: { schemaVersion: 1, ...installed },
    now: new Date(),
  });
  const identity = { name: 'central', host: 'qs1', role: 'central', failoverCandidate: false } as const;
  const node: Node = createSimulatedNode({ ...identity, folder, clock: systemClock, exec: testExec });
  const log = path.join(root, 'setup log.txt');
  const files = {
    setup: media(root, SETUP, 'Qlik Sense May 2025'),
    update: media(root, UPDATE, 'Qlik Sense May 2025 Patch 3'),
    postgres: media(root, POSTGRES, 'Qlik PostgreSQL Installer 14.17'),
  };
  const config = path.join(root, 'a config.cfg');
  const settings = [
    ...['DbUserName', 'DbUserPassword', 'DbSuperUserPassword', 'DbHost', 'DbPort'],
    ...['RootDir', 'AppsDir', 'StaticContentRootDir', 'ArchivedLogsDir'],
  ];
  await writeFile(config, settings.map((name) => `<${name}>x</${name}>\n`).join(''), { mode: 0o600 });
  async function run(argv: readonly string[], signal?: AbortSignal): Promise<number> {
    try {
      await node.exec(argv, signal === undefined ? {} : { signal });
      return 0;
    } catch (error) {
      if (!(error instanceof CommandError) || error.code === undefined) throw error;
      return error.code | 0;
    }
  }
  const services = () =>
    (JSON.parse(readFileSync(path.join(folder, 'services.json'), 'utf8')) as Services).services;
  const running = () =>
    Object.entries(services()).flatMap(([name, { state }]) => (state === 'running' ? [name] : []));
  return {
    folder,
    root,
    config,
    node,
    log,
    run,
    services,
    running,
    ...files,
    has: () => installedOn(folder),
  };
}

describe('a stand-in for setup', () => {
  it('upgrades, writes its log, and starts nothing when it is told so', async () => {
    const { run, setup, has, log, running } = await lab();
    expect(await run([setup, '-silent', '-log', log, 'accepteula=1', 'skipstartservices=1'])).toBe(0);
    expect(has()).toBe('May 2025');
    expect(readFileSync(log, 'utf8')).toMatch(/Applying[^]*Done[^]*Exit code: 0\n$/);
    expect(running()).toEqual([DATABASE]);
  });

  it('starts the services when it is not told otherwise', async () => {
    const { run, setup, running, services } = await lab();
    expect(await run([setup, '-silent', 'accepteula=1'])).toBe(0);
    expect(running()).toEqual(Object.keys(services()));
  });

  it('takes a patch with it, since its release comes without', async () => {
    const { run, setup, has } = await lab({ release: 'February 2024', patch: 4 });
    expect(await run([setup, ...UPGRADE])).toBe(0);
    expect(has()).toBe('May 2025');
  });

  it.each([
    ['no licence accepted', ['-silent', 'skipstartservices=1']],
    ['the licence refused', ['-silent', 'accepteula=0']],
    ['not silent', ['accepteula=1']],
    ['an argument of an installation', [...UPGRADE, 'spc=/x/spc.cfg']],
    ['an argument of a removal', [...UPGRADE, 'cleanup=1']],
    ['an argument that nobody knows', [...UPGRADE, 'password=x']],
    ['a flag that is no 1 or 0', [...UPGRADE, 'desktopshortcut=yes']],
    ['a bundle that does not exist', [...UPGRADE, 'bundleinstall=all']],
    ['a folder that is not whole', [...UPGRADE, 'installdir=Qlik']],
    ['an empty password', [...UPGRADE, 'dbpassword=']],
  ])('refuses %s with -2, and changes nothing', async (_what, words) => {
    const { run, setup, has } = await lab();
    expect(await run([setup, ...words])).toBe(-2);
    expect(has()).toBe('February 2024');
  });

  it('writes no password down, neither in its log nor where its calls are kept', async () => {
    const { run, setup, log, folder } = await lab();
    expect(await run([setup, ...UPGRADE, '-log', log, 'userpassword=geheim 1', 'dbpassword=geheim 2'])).toBe(
      0,
    );
    expect(await run([setup, ...UPGRADE, '-log', log, 'nopassword=geheim 3'])).toBe(-2);
    expect(installerCalls(folder)).toHaveLength(2);
    expect(readFileSync(log, 'utf8') + installerCalls(folder).join('\n')).not.toContain('geheim');
  });

  it.each<[string, Partial<InstalledFile>, string[], number]>([
    ['an older release', { release: 'November 2025' }, UPGRADE, -4],
    ['while a restart is pending', { release: 'May 2024', reboot: ['x'] }, UPGRADE, -8],
    ['a repair of a patched release', { release: 'May 2025', patch: 3 }, ['-silent', '-repair'], -15],
    ['a repair of another release', { release: 'May 2024' }, ['-silent', '-repair'], -17],
    ['the removal of nothing', {}, ['-silent', '-uninstall'], -1],
  ])('refuses %s', async (_what, installed, words, code) => {
    const { run, setup, has } = await lab(installed);
    const before = has();
    expect(await run([setup, ...words])).toBe(code);
    expect(has()).toBe(before);
  });

  it('repairs, uninstalls, installs, and installs from a dump', async () => {
    const { run, setup, has, root, config } = await lab({ release: 'May 2025' });
    expect(await run([setup, '-silent', '-repair'])).toBe(0);
    expect(has()).toBe('May 2025');
    expect(await run([setup, '-silent', '-uninstall', 'cleanup=1'])).toBe(0);
    expect(has()).toBe('nothing');
    expect(await run([setup, ...UPGRADE])).toBe(-2);
    expect(await run([setup, ...UPGRADE, `spc=${config}`])).toBe(0);
    expect(has()).toBe('May 2025');
    expect(await run([setup, '-silent', '-uninstall'])).toBe(0);
    expect(await run([setup, 'databasedumpfile=dump.sql'])).toBe(-2);
    expect(await run([setup, `databasedumpfile=${path.join(root, 'dump.sql')}`])).toBe(0);
    expect(has()).toBe('May 2025');
  });
});

describe('a stand-in for a patch', () => {
  it('installs and uninstalls it, without and with starting what is automatic', async () => {
    const { run, update, has, running, log } = await lab({ release: 'May 2025' });
    expect(await run([update, 'install', `log=${log}`])).toBe(0);
    expect(has()).toBe('May 2025 Patch 3');
    expect(running()).toEqual([DATABASE]);
    expect(readFileSync(log, 'utf8')).toContain('Exit code: 0');
    expect(await run([update, 'uninstall', 'startservices'])).toBe(0);
    expect(has()).toBe('May 2025');
    expect(running().length).toBeGreaterThan(1);
  });

  it.each<[string, Partial<InstalledFile>, string[], number]>([
    ['another release', { release: 'May 2024' }, ['install'], -9],
    ['nothing installed', {}, ['install'], -9],
    ['a later patch installed', { release: 'May 2025', patch: 4 }, ['install'], -22],
    ['no patch to uninstall', { release: 'May 2025' }, ['uninstall'], -1],
    ['words of setup', { release: 'May 2025' }, ['install', '-silent'], -2],
    ['both at once', { release: 'May 2025' }, ['install', 'uninstall'], -2],
    ['neither', { release: 'May 2025' }, ['startservices'], -2],
    ['a log that is not whole', { release: 'May 2025' }, ['install', 'log=x.txt'], -2],
  ])('refuses %s', async (_what, installed, words, code) => {
    const { run, update, has } = await lab(installed);
    const before = has();
    expect(await run([update, ...words])).toBe(code);
    expect(has()).toBe(before);
    expect(existsSync('x.txt')).toBe(false);
  });
});

describe("a stand-in for Qlik's PostgreSQL installer", () => {
  const bundled = { release: 'May 2024', postgres: { kind: 'bundled', version: '12.5' } } as const;

  it('makes a server of its own of the bundled one, whose service stays behind, stopped', async () => {
    const { run, postgres, running, services } = await lab(bundled);
    expect(await run([postgres, '-silent', 'acceptqca=1', 'dbsuperuserpassword=x'])).toBe(0);
    expect(running()).toEqual(['postgresql-x64-14']);
    expect(services()[DATABASE]).toMatchObject({ state: 'stopped' });
  });

  it('takes its log with an equals sign, and settings for the mode that it finds', async () => {
    const { run, postgres, log } = await lab(bundled);
    const silent = [postgres, '-silent', 'acceptqca=1'];
    expect(await run([...silent, '-log', log])).toBe(-2);
    expect(await run([...silent, 'maxconnections=300'])).toBe(-2);
    expect(await run([postgres, '-silent'])).toBe(-2);
    expect(await run([...silent, `-log=${log}`, 'dbbackuppath=C:\\Backup 1'])).toBe(0);
    // Then there is none bundled any more: it would install one.
    expect(await run([...silent, 'dbbackuppath=C:\\Backup 1'])).toBe(-2);
  });

  it.each<[string, Partial<InstalledFile>, string[]]>([
    ['a patched release', { ...bundled, patch: 2 }, []],
    ['a release older than February 2022', { ...bundled, release: 'November 2021' }, []],
  ])('does not support %s', async (_what, installed, words) => {
    const { run, postgres, running } = await lab(installed);
    expect(await run([postgres, '-silent', 'acceptqca=1', ...words])).toBe(-15);
    expect(running()).toEqual([DATABASE]);
  });

  it.each([
    ['a backup folder on the network', 'dbbackuppath=\\\\server\\share'],
    [
      'the folder of the bundled one',
      'dbinstallationpath=C:\\Program Files\\Qlik\\Sense\\Repository\\PostgreSQL\\12.5',
    ],
  ])('refuses %s', async (_what, word) => {
    const { run, postgres, running } = await lab(bundled);
    expect(await run([postgres, '-silent', 'acceptqca=1', word])).toBe(-6);
    expect(running()).toEqual([DATABASE]);
  });

  it('refuses to work while services use the database, or while that is down', async () => {
    const first = await lab(bundled);
    restartNode(first.folder);
    expect(await first.run([first.postgres, '-silent', 'acceptqca=1'])).toBe(-6);
    const second = await lab(bundled);
    const file = path.join(second.folder, 'services.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace('"running"', '"stopped"'));
    expect(second.running()).toEqual([]);
    expect(await second.run([second.postgres, '-silent', 'acceptqca=1'])).toBe(-14);
  });

  it('lets what depends on the bundled server depend on the new one', async () => {
    const { run, postgres, node } = await lab(bundled);
    expect(await run([postgres, '-silent', 'acceptqca=1'])).toBe(0);
    await node.services.start('QlikSenseRepositoryService', { timeoutMs: 5_000 });
    expect((await node.services.query('QlikSenseRepositoryService')).state).toBe('running');
    expect((await node.services.query(DATABASE)).state).toBe('stopped');
  });
});

describe('a stand-in for msiexec.exe', () => {
  it('removes the service of the old database package, and nothing else', async () => {
    const { run, services } = await lab();
    expect(await run(['msiexec.exe', '/qn', '/x', 'C:\\Package Cache\\{1}\\PostgreSQL125.msi'])).toBe(0);
    expect(services()).not.toHaveProperty(DATABASE);
    expect(Object.keys(services()).length).toBeGreaterThan(3);
  });

  it('installs the programs of a package again, without a service', async () => {
    const { run, services } = await lab();
    const words = ['/qb', '/i', 'C:\\Package Cache\\{1}\\PostgreSQL14.msi'];
    expect(await run(['msiexec.exe', ...words])).toBe(1603);
    const more = ['SKIPINSTALLDBSERVICE=1', 'INSTALLDIR=C:\\Program Files\\Qlik\\Sense'];
    expect(await run(['C:\\Windows\\System32\\msiexec.exe', ...words, ...more])).toBe(0);
    expect(services()).toHaveProperty(DATABASE);
  });

  it.each([
    ['no package', ['/qn', '/x'], 1639],
    ['another package', ['/x', 'C:\\Other.msi'], 1619],
  ])('refuses %s', async (_what, words, code) => {
    const { run } = await lab();
    expect(await run(['msiexec.exe', ...words])).toBe(code);
  });
});

describe('orders to the stand-ins', () => {
  it.each([-1, -8, -14, -1335, -1602, -7777])(
    'end them with %i as Windows has it, nothing changed',
    async (exit) => {
      const { run, setup, node, folder, has } = await lab();
      order(folder, { exit });
      await expect(node.exec([setup, ...UPGRADE])).rejects.toMatchObject({ code: 2 ** 32 + exit });
      expect(await run([setup, ...UPGRADE])).toBe(exit);
      expect(has()).toBe('February 2024');
    },
  );

  it('hold as often as they say', async () => {
    const { run, setup, folder, has } = await lab();
    order(folder, { exit: -18, times: 2 });
    expect(await run([setup, ...UPGRADE])).toBe(-18);
    expect(await run([setup, ...UPGRADE])).toBe(-18);
    expect(existsSync(path.join(folder, 'programs', 'installer.json'))).toBe(false);
    expect(await run([setup, ...UPGRADE])).toBe(0);
    expect(has()).toBe('May 2025');
  });

  it('let Windows want a restart, after which every installer refuses with -8 until it was restarted', async () => {
    const { run, setup, update, folder, has, running } = await lab();
    order(folder, { exit: 3010, reboot: true, times: 1 });
    expect(await run([setup, ...UPGRADE])).toBe(3010);
    expect(has()).toBe('May 2025');
    expect(await run([update, 'install'])).toBe(-8);
    restartNode(folder);
    expect(running().length).toBeGreaterThan(1);
    expect(await run([update, 'install'])).toBe(0);
  });

  it('put a text into the log', async () => {
    const { run, setup, folder, log } = await lab();
    order(folder, { exit: -1, log: 'password authentication failed for user "postgres"' });
    expect(await run([setup, ...UPGRADE, '-log', log])).toBe(-1);
    expect(readFileSync(log, 'utf8')).toContain('failed for user "postgres"\n');
  });

  it('leave behind of one that hangs and is killed what was there before', async () => {
    const { setup, node, folder, has, log } = await lab();
    order(folder, { hang: true });
    const ending = new AbortController();
    const ended = node.exec([setup, ...UPGRADE, '-log', log], { signal: ending.signal });
    const reason = new Error('killed');
    const expected = expect(ended).rejects.toBe(reason);
    while (!existsSync(log) || !readFileSync(log, 'utf8').includes('Applying')) await delay(10);
    ending.abort(reason);
    await expected;
    expect(has()).toBe('February 2024');
    await rm(path.join(folder, 'programs', 'installer.json'));
    await node.exec([setup, ...UPGRADE]);
    expect(has()).toBe('May 2025');
  });
});

describe('media', () => {
  it.each([
    [SETUP, 'Qlik Sense May 2025 Patch 3', UPGRADE],
    [UPDATE, 'Qlik Sense May 2025', ['install']],
  ])('that is not what its name says is refused by the stand-in for %s', async (program, product, words) => {
    const { run, root, has } = await lab();
    expect(await run([media(root, program, product), ...words])).toBe(-5);
    expect(has()).toBe('February 2024');
  });

  it('that is missing or says nothing is refused too', async () => {
    const { run, root, setup, has } = await lab();
    await writeFile(setup, 'MZ');
    expect(await run([setup, ...UPGRADE])).toBe(-5);
    expect(await run([path.join(root, 'other', SETUP), ...UPGRADE])).toBe(-5);
    expect(has()).toBe('February 2024');
  });
});

describe('what the product knows of the arguments', () => {
  const sample = ({ name, value }: InstallerCall['arguments'][number]): string | true => {
    if (value === 'none') return true;
    if (value === '1|0') return '1';
    if (value === 'password') return `<${name}>`;
    if (name === 'bundleinstall') return 'dashboard,visualization';
    return value === 'path' ? 'C:\\a folder\\a file' : '300';
  };
  const state = ({ mode }: InstallerCall): Partial<InstalledFile> => {
    if (mode === 'install' || mode === 'install-from-dump') return {};
    if (mode === 'upgrade') return { release: 'May 2024' };
    const patch = mode === 'uninstall-patch' ? 3 : 0;
    const postgres =
      mode === 'postgres-upgrade' ? { postgres: { kind: 'bundled' as const, version: '9.6' } } : {};
    return { release: 'May 2025', patch, ...postgres };
  };

  it.each(INSTALLER_CALLS.map((call) => [call.mode, call] as const))(
    'is what the stand-in knows, written from the manual once more: %s with everything',
    async (mode, call) => {
      const it = await lab(state(call));
      const file = { [SETUP]: it.setup, [UPDATE]: it.update, [POSTGRES]: it.postgres }[call.program] ?? '';
      const values = Object.fromEntries(
        call.arguments.map((argument) => [
          argument.name,
          { '-log': it.log, log: it.log, spc: it.config, qpiconfig: it.config }[argument.name] ??
            sample(argument),
        ]),
      );
      expect(await it.run(installerArgv(mode, file, values))).toBe(0);
    },
  );
});
