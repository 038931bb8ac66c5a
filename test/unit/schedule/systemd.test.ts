import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createSystemdScheduler, type SystemdCollaborators } from '../../../src/schedule/systemd.ts';
import type { ScheduleRequest } from '../../../src/schedule/scheduler.ts';
import { createFakeExec, type FakeCommand } from '../../helpers/fake-exec.ts';
import { noPowerShell } from '../../helpers/no-powershell.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';

const REQUEST: ScheduleRequest = { at: { hour: 2, minute: 5 }, gmsa: false, timeLimitMs: 43_200_000 };

function setUp(rows: readonly FakeCommand[] = [], changes: Partial<SystemdCollaborators> = {}) {
  const { exec, calls } = createFakeExec(rows);
  const scheduler = createSystemdScheduler({
    exec,
    powershell: noPowerShell,
    site: 'acme',
    siteFile: '/etc/sense-runbook/site.yaml',
    stateFolder: '/var/lib/sense-runbook/acme',
    program: ['/usr/bin/node', '/opt/sense-runbook/dist/bin.js'],
    env: {},
    home: '/root',
    user: 'root',
    isRoot: true,
    isThere: () => Promise.resolve(true),
    ...changes,
  });
  return { scheduler, calls };
}

async function filesOf(changes: Partial<SystemdCollaborators>, request: Partial<ScheduleRequest> = {}) {
  const plan = await setUp([], changes).scheduler.planInstall({ ...REQUEST, ...request });
  return plan.operations.flatMap((one) => (one.kind === 'write' ? [one] : []));
}

const LIST = 'sense-runbook-acme-backup.timer sense-runbook-acme-recover.timer';

describe('installing with systemd', () => {
  it('writes units of the system as root and starts their timers', async () => {
    const { scheduler } = setUp([], { env: { XDG_STATE_HOME: '/root/state' } });
    const plan = await scheduler.planInstall({ ...REQUEST, account: 'qlik' });
    expect(plan.warnings).toEqual([
      'the tasks look for runs and secrets where qlik keeps them: store the secrets as that account',
    ]);
    expect(
      plan.operations.map((one) =>
        one.kind === 'write' ? one.file : one.kind === 'command' ? one.argv.join(' ') : '',
      ),
    ).toEqual([
      '/etc/systemd/system/sense-runbook-acme-backup.service',
      '/etc/systemd/system/sense-runbook-acme-backup.timer',
      '/etc/systemd/system/sense-runbook-acme-recover.service',
      '/etc/systemd/system/sense-runbook-acme-recover.timer',
      'systemctl daemon-reload',
      `systemctl enable ${LIST}`,
      `systemctl restart ${LIST}`,
    ]);
    const [service, timer, recover, recoverTimer] = plan.operations.flatMap((one) =>
      one.kind === 'write' ? [one.text.split('\n')] : [],
    );
    expect(service).toEqual(
      expect.arrayContaining([
        'Type=oneshot',
        'User=qlik',
        'WorkingDirectory=/etc/sense-runbook',
        'ExecStart="/usr/bin/node" "/opt/sense-runbook/dist/bin.js" "--site" "/etc/sense-runbook/site.yaml" "backup" "--yes"',
        'TimeoutStartSec=43200',
        'KillMode=mixed',
      ]),
    );
    expect(timer).toEqual(expect.arrayContaining(['OnCalendar=*-*-* 02:05:00', 'Persistent=true']));
    expect(service?.join('\n')).not.toContain('/root/state');
    expect(recover?.join('\n')).toContain('"recover" "--if-needed"');
    expect(recoverTimer).toEqual(expect.arrayContaining(['OnBootSec=1min', 'OnCalendar=*:0/15']));
  });

  it('writes units of the user otherwise, and says when they run', async () => {
    const user = { isRoot: false, user: 'qlik', home: '/home/qlik' };
    const { scheduler } = setUp([], { ...user, env: { XDG_STATE_HOME: '/data/state' } });
    const plan = await scheduler.planInstall(REQUEST);
    const [first] = plan.operations;
    expect(first).toMatchObject({
      file: '/home/qlik/.config/systemd/user/sense-runbook-acme-backup.service',
      text: expect.stringContaining('Environment="XDG_STATE_HOME=/data/state"\n') as string,
    });
    expect(plan.operations.at(-1)).toMatchObject({
      argv: ['systemctl', '--user', 'restart', ...LIST.split(' ')],
    });
    expect(plan.warnings[0]).toContain('loginctl enable-linger qlik');
  });

  it.each([
    [{ gmsa: true }, {}, '--gmsa is for Windows'],
    [{ account: 'qlik' }, { isRoot: false }, 'Only root'],
    [{ account: 'qlik\nExecStartPre=/bin/x' }, {}, 'no name of a user'],
    [{}, { siteFile: '/etc/a\nUser=x/site.yaml' }, 'cannot stand in a unit'],
    [{}, { isThere: () => Promise.resolve(false) }, 'not run by systemd'],
  ])('refuses %j with %j', async (request, changes, message) => {
    await expect(setUp([], changes).scheduler.planInstall({ ...REQUEST, ...request })).rejects.toThrow(
      message,
    );
  });

  it('does what it printed', async () => {
    const folder = temporaryFolder();
    const user = { isRoot: false, user: 'qlik', env: { XDG_CONFIG_HOME: folder } };
    const { scheduler, calls } = setUp([{ command: /^systemctl --user / }], user);
    const plan = await scheduler.planInstall(REQUEST);
    await scheduler.perform(plan);
    expect(calls.map(({ argv }) => argv)).toEqual(
      plan.operations.flatMap((one) => (one.kind === 'command' ? [one.argv] : [])),
    );
  });

  const verifies = spawnSync('systemd-analyze', ['--version']).status === 0;
  it.skipIf(!verifies).each(['/srv/plain', `/srv/O'Brien & "Söhne" 100% $HOME \\x`])(
    'makes units that systemd takes, with the site file in %s',
    async (place) => {
      // As root they may name any user; each unit is looked at as systemd reads it.
      const folder = temporaryFolder();
      mkdirSync(join(folder, 'state'));
      const files = await filesOf({
        siteFile: `${place}/site.yaml`,
        program: [process.execPath, `${place}/bin.js`],
        env: { XDG_STATE_HOME: `${place}/state` },
      });
      for (const { file, text } of files) writeFileSync(join(folder, basename(file)), text);
      const paths = files.map(({ file }) => join(folder, basename(file)));
      const output = spawnSync('systemd-analyze', ['verify', '--man=no', ...paths], { encoding: 'utf8' });
      const about = `${output.stdout}${output.stderr}`
        .split('\n')
        .filter((line) => line.includes('sense-runbook'));
      expect(about).toEqual([]);
      // What it makes of a word that it does not know: the check can fail.
      writeFileSync(paths[0] ?? '', `${files[0]?.text ?? ''}Nonsense=1\n`);
      const wrong = spawnSync('systemd-analyze', ['verify', '--man=no', paths[0] ?? ''], {
        encoding: 'utf8',
      });
      expect(wrong.stderr).toContain('Nonsense');
    },
  );
  it.skipIf(!verifies)('means times that systemd understands', () => {
    for (const when of ['*-*-* 02:05:00', '*:0/15'])
      expect(() => execFileSync('systemd-analyze', ['calendar', when], { stdio: 'pipe' })).not.toThrow();
  });
});

describe('looking and removing with systemd', () => {
  const SHOWN = [
    'Id=sense-runbook-acme-backup.timer\nLoadState=loaded\nUnitFileState=enabled\nActiveState=active\nNextElapseUSecRealtime=Wed 2026-11-25 02:05:00 UTC',
    'Id=sense-runbook-acme-recover.timer\nLoadState=not-found\nUnitFileState=\nActiveState=inactive',
    'Id=sense-runbook-acme-backup.service\nLoadState=loaded\nActiveState=failed\nResult=exit-code\nExecMainStatus=5\nExecMainStartTimestamp=Tue 2026-11-24 02:05:00 UTC\nUser=qlik',
    'Id=sense-runbook-acme-recover.service\nLoadState=not-found',
  ].join('\n\n');

  it('tells next run, last run and what its result means', async () => {
    const { scheduler, calls } = setUp([{ command: /^systemctl show /, stdout: `${SHOWN}\n` }]);
    expect(await scheduler.show()).toEqual([
      {
        kind: 'backup',
        name: 'sense-runbook-acme-backup',
        installed: true,
        enabled: true,
        running: false,
        account: 'qlik',
        nextRun: '2026-11-25T02:05:00Z',
        lastRun: '2026-11-24T02:05:00Z',
        lastResult: {
          code: 5,
          meaning: 'verification failed: a set is damaged, incomplete, too old or does not restore',
          ok: false,
        },
      },
      { kind: 'recover', name: 'sense-runbook-acme-recover', installed: false },
    ]);
    expect(calls[0]?.options.env).toEqual({ TZ: 'UTC', LC_ALL: 'C' });
  });

  it.each([
    ['Result=timeout', 'time limit'],
    ['Result=signal\nExecMainStatus=9', 'signal 9'],
  ])('after %s says %s', async (result, words) => {
    const shown = SHOWN.replace('Result=exit-code\nExecMainStatus=5', result);
    const { scheduler } = setUp([{ command: /^systemctl show /, stdout: shown }]);
    expect((await scheduler.show())[0]?.lastResult).toMatchObject({
      meaning: expect.stringContaining(words) as string,
      ok: false,
    });
  });

  it('removes what is there, and only that', async () => {
    const { scheduler } = setUp([{ command: /^systemctl show /, stdout: SHOWN }]);
    expect((await scheduler.planRemove()).operations).toEqual([
      { kind: 'command', argv: ['systemctl', 'disable', '--now', 'sense-runbook-acme-backup.timer'] },
      { kind: 'remove', file: '/etc/systemd/system/sense-runbook-acme-backup.service' },
      { kind: 'remove', file: '/etc/systemd/system/sense-runbook-acme-backup.timer' },
      { kind: 'command', argv: ['systemctl', 'daemon-reload'] },
    ]);
  });
});
