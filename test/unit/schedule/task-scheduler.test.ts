import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { operationLines } from '../../../src/report/schedule-text.ts';
import type { JsonObject, JsonValue } from '../../../src/contract/json.ts';
import { asciiJson, createPowerShell } from '../../../src/platform/windows/powershell.ts';
import { createTaskScheduler } from '../../../src/schedule/task-scheduler.ts';
import type { ScheduleRequest } from '../../../src/schedule/scheduler.ts';
import type { KeptSecret } from '../../../src/site/secret-store.ts';
import { createManualClock } from '../../helpers/manual-clock.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';
import { readXml, textAt } from '../../helpers/read-xml.ts';

const SERVICE = { account: 'ACME\\svc & “qlik”', sid: 'S-1-5-21-1-2-3-1201' };
const PASSWORD = 'p"ä$(x)`%PATH%🙂';
const REQUEST: ScheduleRequest = {
  at: { hour: 2, minute: 0 },
  account: SERVICE.account,
  gmsa: false,
  timeLimitMs: 43_200_000,
};

type Answers = Readonly<Record<string, JsonValue | { readonly fails: JsonObject }>>;

function setUp(
  answers: Answers = {},
  secrets: readonly KeptSecret[] = [],
  makeState = () => Promise.resolve(),
) {
  const calls: { argv: readonly string[]; stdin: string }[] = [];
  const all: Answers = {
    'schedule-account': { elevated: true, task: SERVICE },
    'schedule-install': { name: 'x' },
    'schedule-remove': { name: 'x' },
    'schedule-show': { tasks: [] },
    ...answers,
  };
  const exec = (argv: readonly string[], options?: { input?: string }) => {
    calls.push({ argv, stdin: options?.input ?? '' });
    const script = /([a-z-]+)\.ps1$/.exec(argv.at(-1) ?? '')?.[1] ?? '';
    const answer = all[script];
    const failed =
      typeof answer === 'object' && answer !== null && 'fails' in answer ? answer.fails : undefined;
    const line =
      failed === undefined ? { ok: true, value: answer } : { ok: false, ...(failed as JsonObject) };
    return Promise.resolve({ stdout: `${JSON.stringify(line)}\r\n`, stderr: '', durationMs: 1 });
  };
  const state = temporaryFolder();
  const scheduler = createTaskScheduler({
    exec,
    powershell: createPowerShell({ exec, folder: 'C:\\tool\\dist\\powershell' }),
    clock: createManualClock('2026-11-24T12:00:00.000Z'),
    site: 'acme',
    siteFile: "C:\\O'Brien & Söhne\\site.yaml",
    stateFolder: state,
    program: ['C:\\Program Files\\nodejs\\node.exe', 'C:\\tool\\dist\\bin.js'],
    template: (name) => readFile(join(import.meta.dirname, '../../../templates', name), 'utf8'),
    secrets: () => Promise.resolve(secrets),
    makeState,
  });
  return { scheduler, calls };
}

describe('installing on Windows', () => {
  it('gives name, task, account and password to a script on stdin, byte for byte, and nothing in arguments', async () => {
    const { scheduler, calls } = setUp();
    const plan = await scheduler.planInstall(REQUEST);
    expect(plan).toMatchObject({ account: SERVICE.account, needsPassword: true, warnings: [] });
    expect(calls.map(({ stdin }) => stdin)).toEqual([asciiJson({ account: SERVICE.account })]);
    const writes = plan.operations.filter((operation) => operation.kind === 'write');
    // The folder of this test is one of Linux, and the name that win32 makes of it is put there as it is.
    await scheduler.perform(
      { ...plan, operations: plan.operations.filter((one) => one.kind !== 'write') },
      PASSWORD,
    );
    expect(calls.slice(1)).toEqual(
      ['backup', 'recover'].map((kind, index) => ({
        argv: [
          ...['powershell.exe', '-NoLogo', '-NoProfile', '-NonInteractive', '-ExecutionPolicy', 'Bypass'],
          ...['-File', 'C:\\tool\\dist\\powershell\\schedule-install.ps1'],
        ],
        stdin: asciiJson({
          name: `sense-runbook-acme-${kind}`,
          xml: writes[index]?.text ?? '',
          account: SERVICE.account,
          password: PASSWORD,
        }),
      })),
    );
    const printed = `${JSON.stringify(plan)}${operationLines(plan).join('\n')}${calls.map(({ argv }) => argv.join(' ')).join('\n')}`;
    expect(printed).not.toContain(PASSWORD);
    expect(printed).not.toContain(JSON.stringify(PASSWORD).slice(1, -1));
    expect(operationLines(plan).at(-1)).toContain('password ***');
  });

  it('warns of another account than that of the services, whose store has the client certificate', async () => {
    const other = { account: 'ACME\\erin', sid: 'S-1-5-21-1-2-3-1500' };
    const { scheduler } = setUp({ 'schedule-account': { elevated: true, task: other, service: SERVICE } });
    const { warnings } = await scheduler.planInstall({ ...REQUEST, account: other.account });
    expect(warnings).toEqual([
      expect.stringContaining(`run as ACME\\erin, and the services of Qlik Sense as ${SERVICE.account}`),
    ]);
    expect(warnings[0]).toContain(`--account ${SERVICE.account}`);
    const gmsa = { account: 'ACME\\svc$', sid: 'S-1-5-21-1-2-3-1501' };
    const system = { account: 'NT AUTHORITY\\SYSTEM', sid: 'S-1-5-18' };
    for (const [service, advice] of [
      [gmsa, 'with --account ACME\\svc$ --gmsa'],
      [system, 'Give the services an account of their own (manual 2.11, p. 159)'],
    ] as const) {
      const answers = { 'schedule-account': { elevated: true, task: other, service } };
      expect((await setUp(answers).scheduler.planInstall(REQUEST)).warnings[0]).toContain(advice);
    }
    const same = setUp({ 'schedule-account': { elevated: true, task: SERVICE, service: SERVICE } });
    expect((await same.scheduler.planInstall(REQUEST)).warnings).toEqual([]);
    const none = setUp({ 'schedule-account': { elevated: true, task: SERVICE, service: null } });
    expect((await none.scheduler.planInstall(REQUEST)).warnings).toEqual([]);
  });

  it('starts node, the tool and the site by complete paths, in the folder of the site file', async () => {
    const plan = await setUp().scheduler.planInstall(REQUEST);
    const [backup, recover] = plan.operations.flatMap((one) =>
      one.kind === 'write' ? [readXml(one.text)] : [],
    );
    if (backup === undefined || recover === undefined) throw new Error('two tasks were expected');
    for (const task of [backup, recover]) {
      expect(textAt(task, 'Principals/Principal/UserId')).toBe(SERVICE.account);
      expect(textAt(task, 'Actions/Exec/Command')).toBe('C:\\Program Files\\nodejs\\node.exe');
      expect(textAt(task, 'Actions/Exec/WorkingDirectory')).toBe("C:\\O'Brien & Söhne");
    }
    expect(textAt(backup, 'Actions/Exec/Arguments')).toBe(
      'C:\\tool\\dist\\bin.js --site "C:\\O\'Brien & Söhne\\site.yaml" backup --yes',
    );
    expect(textAt(recover, 'Actions/Exec/Arguments')).toBe(
      'C:\\tool\\dist\\bin.js --site "C:\\O\'Brien & Söhne\\site.yaml" recover --if-needed',
    );
    expect(textAt(backup, 'Triggers/CalendarTrigger/StartBoundary')).toMatch(/^2026-11-2[45]T02:00:00$/);
    expect(textAt(recover, 'Triggers/BootTrigger/Enabled')).toBe('true');
    expect(textAt(recover, 'Triggers/TimeTrigger/Repetition/Interval')).toBe('PT15M');
    expect(textAt(recover, 'Settings/ExecutionTimeLimit')).toBe('PT4H');
  });

  it('writes the tasks into the state folder too, for a person to look at and import', async () => {
    const folder = join(temporaryFolder(), 'state');
    const madeFirst: boolean[] = [];
    const { scheduler } = setUp({}, [], async () => {
      madeFirst.push(!existsSync(folder));
    });
    const plan = await scheduler.planInstall(REQUEST);
    const operations = plan.operations.map((one, index) =>
      one.kind === 'write' ? { ...one, file: join(folder, 'schedule', `${String(index)}.xml`) } : one,
    );
    await scheduler.perform({ ...plan, operations }, PASSWORD);
    const bytes = readFileSync(join(folder, 'schedule', '0.xml'));
    expect(madeFirst[0]).toBe(true);
    expect(bytes.subarray(0, 2)).toEqual(Buffer.from([0xff, 0xfe]));
    const text = bytes.subarray(2).toString('utf16le');
    expect(textAt(readXml(text), 'Principals/Principal/UserId')).toBe(SERVICE.account);
    expect(text).not.toContain(PASSWORD);
  });

  it('gives no account and no password for a gMSA: the ones in the task count', async () => {
    const gmsa = { account: 'ACME\\svc-qlik$', sid: 'S-1-5-21-1-2-3-1301' };
    const { scheduler, calls } = setUp({ 'schedule-account': { elevated: true, task: gmsa } });
    const plan = await scheduler.planInstall({ ...REQUEST, account: gmsa.account, gmsa: true });
    expect(plan.needsPassword).toBe(false);
    await scheduler.perform({ ...plan, operations: plan.operations.filter((one) => one.kind !== 'write') });
    for (const { stdin } of calls.slice(1))
      expect(Object.keys(JSON.parse(stdin) as object)).toEqual(['name', 'xml']);
    expect(calls[1]?.stdin).toContain('<UserId>ACME\\\\svc-qlik$</UserId>');
  });

  it.each(['S-1-5-18', 'S-1-5-19', 'S-1-5-20', 'S-1-5-80-1-2-3-4-5'])(
    'is refused for %s, with why',
    async (sid) => {
      const { scheduler } = setUp({
        'schedule-account': { elevated: true, task: { account: 'SYSTEM', sid } },
      });
      await expect(scheduler.planInstall({ ...REQUEST, account: 'SYSTEM' })).rejects.toMatchObject({
        name: 'UsageError',
        message: 'The tasks cannot run as SYSTEM.',
        hint: expect.stringContaining('UNC paths') as string,
      });
    },
  );

  it('wants administrator rights', async () => {
    const { scheduler } = setUp({ 'schedule-account': { elevated: false, task: SERVICE } });
    await expect(scheduler.planInstall(REQUEST)).rejects.toMatchObject({
      name: 'PreflightError',
      exitCode: 3,
    });
  });

  it.each([
    [{ account: 'ACME\\svc-qlik', gmsa: true }, '--gmsa wants --account'],
    [{ account: 'ACME\\svc-qlik$', gmsa: false }, 'looks like a gMSA'],
    [{ account: '.\\svc-qlik', gmsa: false }, 'does not take the account'],
  ])('asks nobody about %j', async (words, message) => {
    const { scheduler, calls } = setUp();
    await expect(scheduler.planInstall({ ...REQUEST, ...words })).rejects.toThrow(message);
    expect(calls).toEqual([]);
  });

  it('warns of secrets that the account of the tasks cannot read', async () => {
    const admin = { account: 'ACME\\admin', sid: 'S-1-5-21-1-2-3-1104' };
    const { scheduler } = setUp({}, [
      { name: 'certificates', kind: 'restricted', readableBy: SERVICE },
      { name: 'database', kind: 'encrypted', readableBy: admin },
    ]);
    expect((await scheduler.planInstall(REQUEST)).warnings).toEqual([
      `the secret database is kept for ACME\\admin, and the tasks run as ${SERVICE.account}: ` +
        `store it again with sense-runbook secret set database --for ${SERVICE.account}`,
    ]);
  });

  it('says what a refusal of Windows means, in any language, and what was done before', async () => {
    const fails = {
      message: 'Benutzername oder Kennwort falsch',
      type: 'CimException',
      hresult: '0x8007052E',
    };
    const { scheduler } = setUp({ 'schedule-install': { fails } });
    const plan = await scheduler.planInstall(REQUEST);
    const operations = plan.operations.filter((one) => one.kind === 'script');
    await expect(scheduler.perform({ ...plan, operations }, PASSWORD)).rejects.toMatchObject({
      name: 'StepError',
      hint: expect.stringContaining('The password is wrong') as string,
    });
  });
});

describe('looking and removing on Windows', () => {
  const TASK = {
    name: 'sense-runbook-acme-backup',
    state: 3,
    account: 'svc-qlik',
    logonType: 'Password',
    nextRun: '2026-11-25T01:00:00Z',
    lastRun: '2026-11-24T01:00:00Z',
    lastResult: 7,
  };

  it('tells next run, last run and what its result means', async () => {
    const { scheduler } = setUp({ 'schedule-show': { tasks: [TASK] } });
    expect(await scheduler.show()).toEqual([
      {
        kind: 'backup',
        name: 'sense-runbook-acme-backup',
        installed: true,
        enabled: true,
        running: false,
        account: 'svc-qlik',
        nextRun: '2026-11-25T01:00:00Z',
        lastRun: '2026-11-24T01:00:00Z',
        lastResult: {
          code: 7,
          meaning: 'the site is not up: services that were running could not be started again',
          ok: false,
        },
        warnings: [],
      },
      { kind: 'recover', name: 'sense-runbook-acme-recover', installed: false },
    ]);
  });

  it.each([
    [0, 'done', true],
    [0x41303, 'not run yet', true],
    [0x41301, 'running', true],
    [0x41306, 'ended by Task Scheduler', false],
    [0x8007052e, 'password', false],
    [0xdeadbeef, 'neither an exit code', false],
  ])('result %i means %s', async (lastResult, words, ok) => {
    const { scheduler } = setUp({ 'schedule-show': { tasks: [{ ...TASK, lastResult }] } });
    expect((await scheduler.show())[0]?.lastResult).toMatchObject({
      code: lastResult,
      meaning: expect.stringContaining(words) as string,
      ok,
    });
  });

  it('warns of a task that somebody made log on without a password', async () => {
    const { scheduler } = setUp({ 'schedule-show': { tasks: [{ ...TASK, logonType: 'S4U', state: 1 }] } });
    expect((await scheduler.show())[0]).toMatchObject({
      enabled: false,
      warnings: ['it logs on as "S4U" and not with a password: it cannot reach UNC paths'],
    });
  });

  it('removes what is there, and only that', async () => {
    const { scheduler, calls } = setUp({ 'schedule-show': { tasks: [TASK] } });
    const plan = await scheduler.planRemove();
    await scheduler.perform(plan);
    expect(plan.operations.map(({ kind }) => kind)).toEqual(['script', 'remove']);
    expect(calls.at(-1)?.stdin).toBe('{"name":"sense-runbook-acme-backup"}');
    expect((await setUp().scheduler.planRemove()).operations).toEqual([]);
  });
});
