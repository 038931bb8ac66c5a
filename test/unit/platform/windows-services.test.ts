import { describe, expect, it } from 'vitest';
import { ServiceError } from '../../../src/contract/errors.ts';
import { createWindowsServices } from '../../../src/platform/windows/services.ts';
import { createFakeExec, type FakeCommand } from '../../helpers/fake-exec.ts';
import { createManualClock } from '../../helpers/manual-clock.ts';

const NAME = 'QlikSenseProxyService';
const wait = { timeoutMs: 10_000 };

/** What `sc.exe queryex` prints; `labels` may be those of another language. */
function entry(
  name: string,
  state: string,
  pid: number,
  { display, labels = ['SERVICE_NAME', 'STATE'] }: { display?: string; labels?: [string, string] } = {},
): string {
  return [
    '',
    `${labels[0]}: ${name} `,
    ...(display === undefined ? [] : [`DISPLAY_NAME: ${display}`]),
    '        TYPE               : 10  WIN32_OWN_PROCESS  ',
    `        ${labels[1].padEnd(19)}: ${state} `,
    '                                (STOPPABLE, NOT_PAUSABLE, ACCEPTS_SHUTDOWN)',
    '        WIN32_EXIT_CODE    : 0  (0x0)',
    '        SERVICE_EXIT_CODE  : 0  (0x0)',
    '        CHECKPOINT         : 0x0',
    '        WAIT_HINT          : 0x0',
    `        PID                : ${pid}`,
    '        FLAGS              : ',
    '',
  ].join('\r\n');
}

function config(name: string, startType = '2   AUTO_START'): string {
  return [
    '[SC] QueryServiceConfig SUCCESS',
    '',
    `SERVICE_NAME: ${name}`,
    '        TYPE               : 10  WIN32_OWN_PROCESS ',
    `        START_TYPE         : ${startType}`,
    '        ERROR_CONTROL      : 1   NORMAL',
    String.raw`        BINARY_PATH_NAME   : "C:\Program Files\Qlik\Sense\Proxy\Proxy.exe"  `,
    '        LOAD_ORDER_GROUP   :   ',
    '        TAG                : 0  ',
    '        DISPLAY_NAME       : Qlik Sense Proxy: Service  ',
    '        DEPENDENCIES       : QlikSenseRepositoryService  ',
    '                           : Tcpip  ',
    String.raw`        SERVICE_START_NAME : .\qlik  `,
    '',
  ].join('\r\n');
}

function failed(call: string, code: number): string {
  return `[SC] ${call} FAILED ${code}:\r\n\r\nSome text in some language.\r\n\r\n`;
}

function servicesWith(rows: readonly FakeCommand[]) {
  const { exec, calls } = createFakeExec([
    { command: `sc.exe qc ${NAME} 65536`, stdout: config(NAME) },
    ...rows,
  ]);
  const clock = createManualClock();
  return { services: createWindowsServices({ exec, clock }), calls, clock };
}

const query = `sc.exe queryex ${NAME}`;
const stopped = entry(NAME, '1  STOPPED', 0);
const starting = entry(NAME, '2  START_PENDING', 4711);
const stopping = entry(NAME, '3  STOP_PENDING', 4711);
const running = entry(NAME, '4  RUNNING', 4711);

describe('query', () => {
  it('reads state, process, start type and display name', async () => {
    const { services } = servicesWith([{ command: query, stdout: running }]);
    expect(await services.query(NAME)).toEqual({
      name: NAME,
      displayName: 'Qlik Sense Proxy: Service',
      state: 'running',
      startType: 'automatic',
      pid: 4711,
    });
  });

  it('reads them by number, whatever the language of Windows', async () => {
    const spanish = entry(NAME, '3  STOP_PENDING', 4711, { labels: ['NOMBRE_SERVICIO', 'ESTADO'] });
    const { services } = servicesWith([{ command: query, stdout: spanish }]);
    expect((await services.query(NAME)).state).toBe('stop-pending');
  });

  it.each([
    ['2   AUTO_START  (DELAYED)', { startType: 'automatic', delayed: true }],
    ['2   AUTO_START', { startType: 'automatic' }],
    ['3   DEMAND_START', { startType: 'manual' }],
    ['4   DISABLED', { startType: 'disabled' }],
  ])('takes start type %s for %j', async (text, start) => {
    const { services } = servicesWith([
      { command: query, stdout: stopped },
      { command: `sc.exe qc ${NAME} 65536`, stdout: config(NAME, text) },
    ]);
    const { startType, delayed, ...rest } = await services.query(NAME);
    expect({ startType, ...(delayed !== undefined && { delayed }) }).toEqual(start);
    expect(rest).toMatchObject({ state: 'stopped' });
    expect(rest).not.toHaveProperty('pid');
  });

  it.each([
    ['automatic', 'auto'],
    ['automatic-delayed', 'delayed-auto'],
    ['manual', 'demand'],
  ] as const)('sets start type %s by the word %s, and fails with the code of sc.exe', async (type, word) => {
    const command = `sc.exe config ${NAME} start= ${word}`;
    const { services } = servicesWith([{ command }]);
    await services.setStartType(NAME, type);
    const refused = servicesWith([{ command, exitCode: 5 }]).services.setStartType(NAME, type);
    await expect(refused).rejects.toMatchObject({
      serviceCode: 5,
      message: `cannot configure ${NAME}: access was denied (5)`,
    });
  });

  it.each([
    ['1077  (0x435)', { neverStarted: true }],
    ['0  (0x0)', { neverStarted: false }],
    ['1067  (0x42b)', { neverStarted: false, exitCode: 1067 }],
  ])('tells of a stopped service that ended with %s whether it ever ran', async (ended, told) => {
    const stdout = stopped.replace(/(WIN32_EXIT_CODE +: ).*/, `$1${ended}`);
    const { services } = servicesWith([{ command: query, stdout }]);
    expect(await services.query(NAME)).toEqual({
      name: NAME,
      displayName: 'Qlik Sense Proxy: Service',
      state: 'stopped',
      startType: 'automatic',
      ...told,
    });
  });

  it('gives the code of Windows when there is no such service', async () => {
    const { services } = servicesWith([
      { command: query, stdout: failed('EnumQueryServicesStatus:OpenService', 1060), exitCode: 1060 },
    ]);
    const error = await services.query(NAME).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ServiceError);
    expect(error).toMatchObject({ serviceCode: 1060, service: NAME });
  });

  it('does not guess when the answer makes no sense', async () => {
    const { services } = servicesWith([{ command: query, stdout: 'hello' }]);
    await expect(services.query(NAME)).rejects.toThrow('was not understood');
  });
});

it('lists only services of Qlik Sense and of PostgreSQL', async () => {
  const all = [
    entry('Dhcp', '4  RUNNING', 5, { display: 'DHCP Client' }),
    entry(NAME, '4  RUNNING', 6, { display: 'Qlik Sense Proxy: Service' }),
    entry('QlikView Server', '4  RUNNING', 7, { display: 'QlikView Server' }),
    // Of a release that is not known here.
    entry('QlikSenseNewService', '4  RUNNING', 8, { display: 'Qlik Sense New Service' }),
    entry('postgresql-x64-14', '1  STOPPED', 0, { display: 'postgresql-x64-14 - PostgreSQL Server 14' }),
  ].join('');
  const { services } = servicesWith([
    { command: 'sc.exe queryex type= service state= all', stdout: all },
    { command: 'sc.exe qc postgresql-x64-14 65536', stdout: config('postgresql-x64-14') },
    { command: 'sc.exe qc QlikSenseNewService 65536', stdout: config('QlikSenseNewService') },
  ]);
  expect((await services.list()).map(({ name, state }) => [name, state])).toEqual([
    [NAME, 'running'],
    ['QlikSenseNewService', 'running'],
    ['postgresql-x64-14', 'stopped'],
  ]);
});

it('takes no services at all for an answer that was cut off, not for a node without any', async () => {
  const { services } = servicesWith([{ command: 'sc.exe queryex type= service state= all' }]);
  await expect(services.list()).rejects.toThrow('was not understood');
});

it('reads the names of dependents', async () => {
  const stdout =
    '[SC] EnumDependentServices: entriesread = 2\r\n' +
    entry('A', '4  RUNNING', 1, { display: 'The A: one' }) +
    entry('B', '1  STOPPED', 0, { display: 'The B' });
  const { services } = servicesWith([{ command: `sc.exe enumdepend ${NAME} 65536`, stdout }]);
  expect(await services.dependents(NAME)).toEqual(['A', 'B']);
});

describe('start', () => {
  it('gives the order once and waits until the service runs', async () => {
    const { services, calls } = servicesWith([
      { command: query, stdout: running },
      { command: query, stdout: starting, times: 3 },
      { command: query, stdout: stopped, times: 1 },
      { command: `sc.exe start ${NAME}`, stdout: starting },
    ]);
    await services.start(NAME, wait);
    expect(calls.filter(({ command }) => command === `sc.exe start ${NAME}`)).toHaveLength(1);
  });

  it('takes 1056 for success once the service runs', async () => {
    const { services } = servicesWith([
      { command: query, stdout: running },
      { command: query, stdout: stopped, times: 1 },
      { command: `sc.exe start ${NAME}`, stdout: failed('StartService', 1056), exitCode: 1056 },
    ]);
    await services.start(NAME, wait);
  });

  it.each([1053, 1058, 1068, 5])('fails with code %i', async (exitCode) => {
    const { services } = servicesWith([
      { command: query, stdout: stopped },
      { command: `sc.exe start ${NAME}`, stdout: failed('StartService', exitCode), exitCode },
    ]);
    await expect(services.start(NAME, wait)).rejects.toMatchObject({ serviceCode: exitCode });
  });

  it.each([
    ['1064  (0x428)', 1064],
    ['0  (0x0)', 1067],
    ['1077  (0x435)', 1067],
  ])('of a service that ends again with %s fails with code %i', async (ended, serviceCode) => {
    const after = stopped.replace(/(WIN32_EXIT_CODE +: ).*/, `$1${ended}`);
    const { services } = servicesWith([
      { command: query, stdout: after },
      { command: query, stdout: stopped, times: 1 },
      { command: `sc.exe start ${NAME}` },
    ]);
    await expect(services.start(NAME, wait)).rejects.toMatchObject({ serviceCode });
  });

  it('fails with 1053 when it is still starting after the limit', async () => {
    const { services, clock } = servicesWith([{ command: query, stdout: starting }]);
    const begun = clock.monotonic();
    await expect(services.start(NAME, wait)).rejects.toMatchObject({ serviceCode: 1053 });
    expect(clock.monotonic() - begun).toBe(10_000);
  });
});

describe('a start of a service that may have been told to stop', () => {
  const unsure = { ...wait, mayBeStopping: true };

  it('does nothing, and is done, when it keeps saying that it runs', async () => {
    const { services, calls, clock } = servicesWith([{ command: query, stdout: running }]);
    const begun = clock.monotonic();
    await services.start(NAME, unsure);
    expect(clock.monotonic() - begun).toBe(60_000);
    expect(calls.map(({ command }) => command)).not.toContain(`sc.exe start ${NAME}`);
  });

  it('starts it when it stops after it said for a while that it runs', async () => {
    const { services, calls } = servicesWith([
      { command: query, stdout: running },
      { command: query, stdout: stopped, times: 1 },
      { command: query, stdout: stopping, times: 30 },
      { command: query, stdout: running, times: 30 },
      { command: `sc.exe start ${NAME}`, stdout: starting },
    ]);
    await services.start(NAME, { ...unsure, timeoutMs: 20_000 });
    expect(calls.filter(({ command }) => command === `sc.exe start ${NAME}`)).toHaveLength(1);
  });

  it('goes on looking while the server does not answer, and says so when that lasts', async () => {
    const away: FakeCommand = { command: query, stdout: failed('OpenSCManager', 1722), exitCode: 1722 };
    const back = servicesWith([
      { command: query, stdout: running },
      { command: query, stdout: stopped, times: 1 },
      { ...away, times: 20 },
      { command: `sc.exe start ${NAME}`, stdout: starting },
    ]);
    await back.services.start(NAME, unsure);
    const gone = servicesWith([away]);
    await expect(gone.services.start(NAME, unsure)).rejects.toMatchObject({ serviceCode: 1722 });
    expect(gone.clock.monotonic() - back.clock.monotonic()).toBeGreaterThan(0);
  });
});

describe('stop', () => {
  const look = 'tasklist.exe /fi PID eq 4711 /fo csv /nh';
  const alive = '"Proxy.exe","4711","Services","0","12,345 K"\r\n';
  const gone = { command: look, stdout: 'INFORMATION: Es werden keine Aufgaben ausgef\u00fchrt.\r\n' };

  it('waits until the service is stopped and its process is gone', async () => {
    const { services, calls } = servicesWith([
      gone,
      { command: look, stdout: alive, times: 2 },
      { command: query, stdout: stopped },
      { command: query, stdout: stopping, times: 2 },
      { command: query, stdout: running, times: 1 },
      { command: `sc.exe stop ${NAME}`, stdout: stopping },
    ]);
    await services.stop(NAME, wait);
    expect(calls.filter(({ command }) => command === `sc.exe stop ${NAME}`)).toHaveLength(1);
  });

  it('takes 1062 for success, 1061 for "again", and fails with 1051 and 1052', async () => {
    const rows = (exitCode: number): FakeCommand[] => [
      gone,
      { command: query, stdout: stopped },
      { command: query, stdout: running, times: 1 },
      { command: `sc.exe stop ${NAME}`, exitCode },
    ];
    await servicesWith(rows(1062)).services.stop(NAME, wait);
    await servicesWith(rows(1061)).services.stop(NAME, wait);
    await expect(servicesWith(rows(1051)).services.stop(NAME, wait)).rejects.toMatchObject({
      serviceCode: 1051,
    });
    // It says NOT_STOPPABLE of itself.
    await expect(servicesWith(rows(1052)).services.stop(NAME, wait)).rejects.toMatchObject({
      message: `cannot stop ${NAME}: it does not take this order (1052)`,
    });
  });

  it('names the process of a service that stays in its stop, and of one whose process outlives it', async () => {
    const hanging = servicesWith([
      { command: query, stdout: stopping },
      { command: query, stdout: running, times: 1 },
      { command: `sc.exe stop ${NAME}` },
    ]);
    await expect(hanging.services.stop(NAME, wait)).rejects.toMatchObject({
      message: `cannot stop ${NAME}: after 10 s it is still stop-pending, process 4711 (1053)`,
      serviceCode: 1053,
    });
    const outliving = servicesWith([
      { command: look, stdout: alive },
      { command: query, stdout: stopped },
      { command: query, stdout: running, times: 1 },
      { command: `sc.exe stop ${NAME}` },
    ]);
    await expect(outliving.services.stop(NAME, wait)).rejects.toThrow(
      'its process 4711 still runs after 10 s',
    );
  });

  it.each([
    ['does not answer its server in time', { exitCode: 1053 }],
    ['loses the connection in the middle of the call', { exitCode: 1726 }],
  ])(
    'that %s is watched: done when the service stops, failed when it keeps running',
    async (_what, answer) => {
      const sent: FakeCommand = { command: `sc.exe stop ${NAME}`, ...answer };
      const late = servicesWith([
        gone,
        { command: query, stdout: stopped },
        { command: query, stdout: stopping, times: 3 },
        { command: query, stdout: running, times: 30 },
        sent,
      ]);
      await late.services.stop(NAME, { timeoutMs: 60_000 });
      const never = servicesWith([{ command: query, stdout: running }, sent]);
      await expect(never.services.stop(NAME, wait)).rejects.toMatchObject({
        serviceCode: answer.exitCode,
        orderRefused: true,
        message: expect.stringMatching(/it still ran 60 s later/) as string,
      });
      for (const { calls } of [late, never])
        expect(calls.filter(({ command }) => command === `sc.exe stop ${NAME}`)).toHaveLength(1);
    },
  );

  it('tells a refusal from an order that may stand', async () => {
    const refused = servicesWith([
      { command: query, stdout: running },
      { command: `sc.exe stop ${NAME}`, exitCode: 1052 },
    ]);
    await expect(refused.services.stop(NAME, wait)).rejects.toMatchObject({ orderRefused: true });
    const hanging = servicesWith([
      { command: query, stdout: stopping },
      { command: query, stdout: running, times: 1 },
      { command: `sc.exe stop ${NAME}` },
    ]);
    await expect(hanging.services.stop(NAME, wait)).rejects.toMatchObject({ orderRefused: false });
  });

  it.each([
    [
      'another program has the number by now',
      { command: look, stdout: '"notepad.exe","4711","x","1","1 K"' },
    ],
    ['nobody can look', { command: look, exitCode: 1 }],
  ])('is done when %s', async (_why, row) => {
    const { services } = servicesWith([
      row,
      { command: query, stdout: stopped },
      { command: query, stdout: running, times: 1 },
      { command: `sc.exe stop ${NAME}` },
    ]);
    await services.stop(NAME, wait);
  });
});
