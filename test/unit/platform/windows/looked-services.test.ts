import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../src/contract/json.ts';
import { createLookedServices } from '../../../../src/platform/windows/looked-services.ts';
import { createFakeExec, type FakeCommand } from '../../../helpers/fake-exec.ts';
import { createManualClock } from '../../../helpers/manual-clock.ts';

const PROXY = 'QlikSenseProxyService';
const ENGINE = 'QlikSenseEngineService';
const wait = { timeoutMs: 10_000 };

interface Fake {
  name: string;
  state: number;
  startType?: number;
  delayed?: boolean;
  pid?: number | null;
  exitCode?: number | null;
  dependents?: string[];
  processes?: number[];
}

/** A server that answers one look after the other; the last answer stays. */
function server(looks: Fake[][], rows: readonly FakeCommand[] = []) {
  const asked: JsonObject[] = [];
  const clock = createManualClock();
  const { exec, calls } = createFakeExec(rows);
  const services = createLookedServices({
    exec,
    clock,
    powershell: {
      run(script, input) {
        expect(script).toBe('services-list');
        const look = looks[Math.min(asked.push(input), looks.length) - 1] ?? [];
        return Promise.resolve({
          services: look.map(({ name, ...known }) => ({
            ...{ name, displayName: `The ${name}`, startType: 2, delayed: false, pid: 0, exitCode: 0 },
            ...{ dependents: [], processes: [], ...known },
          })),
        });
      },
    },
  });
  return { services, asked, clock, commands: () => calls.map(({ command }) => command) };
}

describe('services of a server where each question is a login', () => {
  it('are told by one look: those of Qlik Sense, and who depends on them', async () => {
    const { services, asked } = server([
      [
        { name: PROXY, state: 4, pid: 12, processes: [12], dependents: ['Other'] },
        { name: 'postgresql-x64-14', state: 1, startType: 3, pid: null, exitCode: null },
        { name: 'QlikView Server', state: 4, startType: 4 },
      ],
    ]);
    expect(await services.list()).toEqual([
      { name: PROXY, displayName: `The ${PROXY}`, state: 'running', startType: 'automatic', pid: 12 },
      {
        name: 'postgresql-x64-14',
        displayName: 'The postgresql-x64-14',
        state: 'stopped',
        startType: 'manual',
      },
    ]);
    expect(await services.dependents('qliksenseproxyservice')).toEqual(['Other']);
    expect(asked).toEqual([{ names: [] }]);
  });

  it('are set to another start type by sc.exe, and looked at again after that', async () => {
    const set = (word: string) => ({ command: `sc.exe config ${PROXY} start= ${word}` });
    const { services, asked, commands } = server(
      [[{ name: PROXY, state: 4, delayed: true }], [{ name: PROXY, state: 4, startType: 3, delayed: true }]],
      [set('demand'), set('delayed-auto')],
    );
    expect(await services.list()).toMatchObject([{ startType: 'automatic', delayed: true }]);
    await services.setStartType(PROXY, 'manual');
    const [manual] = await services.list();
    expect(manual).toMatchObject({ startType: 'manual' });
    expect(manual).not.toHaveProperty('delayed');
    await services.setStartType(PROXY, 'automatic-delayed');
    expect(commands()).toEqual([set('demand').command, set('delayed-auto').command]);
    expect(asked).toHaveLength(2);
  });

  it('are looked at again after a few seconds, and after an order', async () => {
    const { services, asked, clock } = server(
      [[{ name: PROXY, state: 4 }], [{ name: PROXY, state: 4 }], [{ name: PROXY, state: 1 }]],
      [{ command: `sc.exe stop ${PROXY}` }],
    );
    await services.list();
    await services.list();
    expect(asked).toHaveLength(1);
    clock.advance(5_000);
    expect(await services.list()).toMatchObject([{ state: 'running' }]);
    expect(asked).toHaveLength(2);
    await services.stop(PROXY, wait);
    expect(await services.list()).toMatchObject([{ state: 'stopped' }]);
  });

  it('share the look of those who ask at the same moment, never one that began before', async () => {
    const both = [
      { name: PROXY, state: 4 },
      { name: ENGINE, state: 4 },
    ];
    const { services, asked } = server([both, both.map((one) => ({ ...one, state: 1 }))]);
    const early = [services.query(PROXY), services.query(ENGINE)];
    while (asked.length === 0) await Promise.resolve();
    const late = services.query(ENGINE);
    expect((await Promise.all(early)).map(({ state }) => state)).toEqual(['running', 'running']);
    expect((await late).state).toBe('stopped');
    expect(asked).toHaveLength(2);
  });

  it('that are not of Qlik Sense are asked for by name, and one that is not there has its code', async () => {
    const { services, asked } = server([[{ name: 'Other', state: 4, dependents: ['Another'] }]]);
    expect((await services.query('Other')).state).toBe('running');
    expect(await services.dependents('Other')).toEqual(['Another']);
    expect(asked).toEqual([{ names: ['Other'] }]);
    await expect(services.query('None')).rejects.toMatchObject({ serviceCode: 1060 });
    await expect(services.dependents('None')).rejects.toMatchObject({ serviceCode: 1060 });
    expect(asked.slice(1)).toEqual([{ names: ['Other', 'None'] }, { names: ['Other', 'None'] }]);
  });

  it('do not go on after an answer that makes no sense', async () => {
    const { services } = server([[{ name: PROXY, state: 8 }]]);
    await expect(services.list()).rejects.toThrow('the services cannot be listed: the answer');
  });
});

describe('a stop there', () => {
  it('begins with the order when the service was seen running a moment ago, and else looks', async () => {
    const running = [{ name: PROXY, state: 4 }];
    const stopped = [{ name: PROXY, state: 1 }];
    const rows = [{ command: `sc.exe stop ${PROXY}` }];
    const seen = server([running, stopped], rows);
    await seen.services.list();
    await seen.services.stop(PROXY, wait);
    expect(seen.asked).toHaveLength(2);
    const down = server([stopped, running, stopped], rows);
    await down.services.list();
    await down.services.stop(PROXY, wait);
    expect([down.asked.length, down.commands().length]).toEqual([3, 1]);
  });

  it('looks again when the order comes too late', async () => {
    const { services, asked } = server(
      [[{ name: PROXY, state: 4 }], [{ name: PROXY, state: 1 }]],
      [{ command: `sc.exe stop ${PROXY}`, exitCode: 1062 }],
    );
    await services.list();
    await services.stop(PROXY, wait);
    expect(asked).toHaveLength(2);
  });

  it('ends when the process has ended too', async () => {
    const { services, asked, commands } = server(
      [
        [{ name: ENGINE, state: 4, pid: 7, processes: [7, 8] }],
        [{ name: ENGINE, state: 3, pid: 7, processes: [7, 8] }],
        [{ name: ENGINE, state: 1, processes: [7, 8] }],
        [{ name: ENGINE, state: 1, processes: [8] }],
      ],
      [{ command: `sc.exe stop ${ENGINE}` }],
    );
    await services.stop(ENGINE, wait);
    expect(asked).toHaveLength(4);
    expect(commands()).toEqual([`sc.exe stop ${ENGINE}`]);
  });

  it('names the process that outlives its service', async () => {
    const { services } = server(
      [[{ name: ENGINE, state: 4, pid: 7, processes: [7] }], [{ name: ENGINE, state: 1, processes: [7] }]],
      [{ command: `sc.exe stop ${ENGINE}` }],
    );
    await expect(services.stop(ENGINE, wait)).rejects.toThrow('its process 7 still runs after 10 s');
  });

  it('ends with the state where no process is known', async () => {
    const { services } = server(
      [[{ name: ENGINE, state: 4, pid: null }], [{ name: ENGINE, state: 1, pid: null, processes: [7] }]],
      [{ command: `sc.exe stop ${ENGINE}` }],
    );
    await services.stop(ENGINE, wait);
  });
});

describe('a start there', () => {
  it('is an order to sc.exe, and done when the service runs', async () => {
    const { services, commands } = server(
      [[{ name: PROXY, state: 1 }], [{ name: PROXY, state: 2 }], [{ name: PROXY, state: 4, pid: 9 }]],
      [{ command: `sc.exe start ${PROXY}` }],
    );
    await services.start(PROXY, wait);
    expect(commands()).toEqual([`sc.exe start ${PROXY}`]);
  });

  it('fails with the code of sc.exe, and with what the service ended with', async () => {
    const disabled = server(
      [[{ name: PROXY, state: 1 }]],
      [{ command: `sc.exe start ${PROXY}`, exitCode: 1058 }],
    );
    await expect(disabled.services.start(PROXY, wait)).rejects.toMatchObject({ serviceCode: 1058 });
    const ending = server(
      [[{ name: PROXY, state: 1 }], [{ name: PROXY, state: 1, exitCode: 1066 }]],
      [{ command: `sc.exe start ${PROXY}` }],
    );
    await expect(ending.services.start(PROXY, wait)).rejects.toMatchObject({ serviceCode: 1066 });
  });
});
