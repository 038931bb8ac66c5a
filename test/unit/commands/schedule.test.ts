import { describe, expect, it, vi } from 'vitest';
import type { CommandContext, OpenedSchedule } from '../../../src/commands/context.ts';
import { ConfirmationError, UsageError } from '../../../src/contract/errors.ts';
import type { ScheduledTask, SchedulePlan, Scheduler } from '../../../src/schedule/scheduler.ts';
import { runLine } from './fake-context.ts';

const PLAN: SchedulePlan = {
  operations: [
    { kind: 'write', file: '/s/schedule/x.xml', text: '<Task/>\n', encoding: 'utf16' },
    {
      kind: 'script',
      script: 'schedule-install',
      input: { name: 'sense-runbook-acme-backup' },
      does: 'register the task sense-runbook-acme-backup for ACME\\svc',
      withPassword: true,
    },
  ],
  account: 'ACME\\svc',
  needsPassword: true,
  warnings: ['the secret database is kept for ACME\\admin'],
};

function fakeSchedule(plan: SchedulePlan = PLAN, tasks: ScheduledTask[] = []) {
  const opened = {
    site: 'acme',
    scheduler: {
      planInstall: vi.fn<Scheduler['planInstall']>(() => Promise.resolve(plan)),
      planRemove: vi.fn<Scheduler['planRemove']>(() => Promise.resolve(plan)),
      perform: vi.fn<Scheduler['perform']>(() => Promise.resolve()),
      show: vi.fn<Scheduler['show']>(() => Promise.resolve(tasks)),
    },
    readSecret: vi.fn<OpenedSchedule['readSecret']>(() => Promise.resolve('hunter2')),
    hide: vi.fn<OpenedSchedule['hide']>(),
  };
  const run = (line: string[], changes: Partial<CommandContext> = {}) =>
    runLine(['schedule', ...line], undefined, { schedule: () => Promise.resolve(opened), ...changes });
  return { ...opened, run };
}

/** A person who agrees or not, and types a password. */
function person(agrees: boolean, password: string | undefined): Pick<CommandContext, 'asker'> {
  return {
    asker: {
      canAsk: true,
      approve: () => Promise.resolve(false),
      step: () => Promise.resolve('stop'),
      guide: () => Promise.resolve({ answer: 'stop' }),
      show: () => Promise.resolve(),
      confirm: () => Promise.resolve(agrees),
      text: () => Promise.resolve(undefined),
      secret: () => Promise.resolve(password),
    },
  };
}

describe('schedule install', () => {
  it('prints what it will do, asks, and takes a typed password that it never prints', async () => {
    const { run, scheduler, hide } = fakeSchedule();
    const { code, out, err } = await run(['install', '--at', '02:00'], person(true, 'hunter2'));
    expect(code).toBe(0);
    expect(scheduler.planInstall).toHaveBeenCalledWith({
      at: { hour: 2, minute: 0 },
      gmsa: false,
      timeLimitMs: 43_200_000,
    });
    expect(scheduler.perform).toHaveBeenCalledWith(PLAN, 'hunter2');
    expect(hide).toHaveBeenCalledWith('hunter2');
    expect(err).toContain('register the task sense-runbook-acme-backup');
    expect(err).toContain('warning: the secret database is kept for ACME\\admin');
    expect(`${out}${err}`).not.toContain('hunter2');
  });

  it('takes the password from a kept secret', async () => {
    const { run, scheduler, readSecret } = fakeSchedule();
    await run(['install', '--at', '02:00', '--account', 'ACME\\svc', '--password', 'task', '--yes']);
    expect(readSecret).toHaveBeenCalledWith('task');
    expect(scheduler.perform).toHaveBeenCalledWith(PLAN, 'hunter2');
  });

  it.each([
    ['without approval', ['install', '--at', '02:00']],
    ['without a password', ['install', '--at', '02:00', '--yes']],
  ])('changes nothing %s and without a terminal', async (_name, line) => {
    const { run, scheduler } = fakeSchedule();
    expect((await run(line)).error).toBeInstanceOf(ConfirmationError);
    expect(scheduler.perform).not.toHaveBeenCalled();
  });

  it('changes nothing when the person does not want it', async () => {
    const { run, scheduler } = fakeSchedule();
    const { error } = await run(['install', '--at', '02:00'], person(false, 'hunter2'));
    expect(error).toBeInstanceOf(ConfirmationError);
    expect(scheduler.perform).not.toHaveBeenCalled();
  });

  it('prints operations and files with --dry-run, and asks nothing', async () => {
    const { run, scheduler } = fakeSchedule();
    const { code, out } = await run(['install', '--at', '02:00', '--dry-run']);
    expect(code).toBe(0);
    expect(out).toBe(
      [
        'This would be done:',
        '  > write /s/schedule/x.xml',
        '  > register the task sense-runbook-acme-backup for ACME\\svc (powershell.exe',
        '      -File schedule-install.ps1; on its input: name, password ***)',
        '',
        '/s/schedule/x.xml:',
        '  <Task/>',
        '',
      ].join('\n'),
    );
    expect(scheduler.perform).not.toHaveBeenCalled();
    const json = await run(['install', '--at', '02:00', '--dry-run', '--json']);
    expect(JSON.parse(json.out)).toMatchObject({
      schemaVersion: 1,
      site: 'acme',
      dryRun: true,
      files: [{ file: '/s/schedule/x.xml', text: '<Task/>\n' }],
    });
  });

  it('ends with 8 under --strict when there are warnings', async () => {
    const { run } = fakeSchedule();
    expect((await run(['install', '--at', '02:00', '--dry-run', '--strict'])).code).toBe(8);
  });

  it.each([
    [['--at', '24:00']],
    [['--at', '2:00']],
    [['--at', '02:60']],
    [['--at', '0200']],
    [['--at', '02:00', '--time-limit', 'long']],
    [['--at', '02:00', '--time-limit', '10s']],
    [['--at', '02:00', '--gmsa', '--password', 'task']],
  ])('refuses %j before it looks at anything', async (flags) => {
    const { run, scheduler } = fakeSchedule();
    expect((await run(['install', ...flags])).error).toBeInstanceOf(UsageError);
    expect(scheduler.planInstall).not.toHaveBeenCalled();
  });
});

describe('schedule show', () => {
  const TASKS: ScheduledTask[] = [
    {
      kind: 'backup',
      name: 'sense-runbook-acme-backup',
      installed: true,
      enabled: true,
      running: false,
      account: 'ACME\\svc',
      lastResult: { code: 0x41306, meaning: 'ended by Task Scheduler', ok: false },
    },
    { kind: 'recover', name: 'sense-runbook-acme-recover', installed: false },
  ];

  it('tells next run, last run and result of both', async () => {
    const { out } = await fakeSchedule(PLAN, TASKS).run(['show']);
    expect(out).toBe(
      [
        'Site acme',
        '',
        'Nightly backup',
        '  task         sense-runbook-acme-backup',
        '  runs as      ACME\\svc',
        '  state        ready',
        '  next run     -',
        '  last run     -',
        '  last result  FAILED, 0x41306: ended by Task Scheduler',
        '',
        'Recovery, at boot and every 15 minutes',
        '  task         sense-runbook-acme-recover is not installed',
        '',
      ].join('\n'),
    );
    const json = await fakeSchedule(PLAN, TASKS).run(['show', '--json']);
    expect(JSON.parse(json.out)).toEqual({ schemaVersion: 1, site: 'acme', tasks: TASKS });
  });

  it('says how to install it when nothing is', async () => {
    const none = TASKS.map(({ kind, name }) => ({ kind, name, installed: false }));
    const { out } = await fakeSchedule(PLAN, none).run(['show']);
    expect(out).toContain('Nothing is scheduled for the site acme.');
  });
});

describe('schedule remove', () => {
  it('asks, and removes', async () => {
    const { run, scheduler } = fakeSchedule();
    expect((await run(['remove'])).error).toBeInstanceOf(ConfirmationError);
    const { out } = await run(['remove', '--yes']);
    expect(scheduler.perform).toHaveBeenCalledTimes(1);
    expect(out).toContain('no longer backed up every night');
  });

  it('needs no approval when there is nothing to remove', async () => {
    const { run, scheduler } = fakeSchedule({ ...PLAN, operations: [] });
    expect((await run(['remove'])).out).toContain('Nothing is scheduled for the site acme.');
    expect(scheduler.perform).not.toHaveBeenCalled();
  });
});

describe('recover --if-needed', () => {
  it('says nothing, and loads nothing that works on a site, when there is nothing to do', async () => {
    const openSite = vi.fn<CommandContext['openSite']>();
    const { code, out, err } = await runLine(['recover', '--if-needed'], undefined, { openSite });
    expect({ code, out, err }).toEqual({ code: 0, out: '', err: '' });
    expect(openSite).not.toHaveBeenCalled();
  });
});
