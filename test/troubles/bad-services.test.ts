import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLab, type Lab, type LabSite, type ServicesFile } from '../helpers/lab.ts';
import { backUp, completeSets, expectFailed, expectNoStack, expectRefused } from '../helpers/expect-tool.ts';

let lab: Lab;

beforeAll(async () => {
  lab = await openLab();
});

afterAll(async () => {
  await lab.close();
});

type Service = ServicesFile['services'][string];

function change(site: LabSite, node: 'central' | 'rim', name: string, more: Partial<Service>): void {
  site.services(node, ({ services }) => {
    const service = services[name];
    if (service === undefined) throw new Error(`there is no service ${name} on ${node}`);
    Object.assign(service, more);
  });
}

/** A site whose services are given one second. */
function hastySite(): LabSite {
  const site = lab.site();
  site.edit((content) => {
    Object.assign(content['timeouts'] as object, { 'service-stop': '1s', 'service-start': '1s' });
  });
  return site;
}

describe('services that are not as they should be', () => {
  it('are named when one of automatic start is stopped', async () => {
    const site = lab.site();
    change(site, 'rim', 'QlikSenseProxyService', { state: 'stopped' });
    await expectRefused(site, ['backup', '--yes'], {
      code: 3,
      says: [/QlikSenseProxyService \(stopped\).*\(rim\)/],
      hint: /Start them.*manual 1\.3/,
      json: true,
    });
  });

  it('are named when one runs although it is disabled: it could not be started again', async () => {
    const site = lab.site();
    change(site, 'central', 'QlikSensePrintingService', { startType: 'disabled' });
    await expectRefused(site, ['backup', '--yes'], {
      code: 3,
      says: [/disabled.*QlikSensePrintingService.*\(central\)/],
      hint: /start type/,
    });
  });

  it('are named when a node has none, or is not there', async () => {
    const site = lab.site();
    site.services('rim', (file) => {
      file.services = {};
    });
    await expectRefused(site, ['backup', '--yes'], {
      code: 3,
      says: [/no Qlik Sense services.*\(rim\)/],
      hint: /host/,
    });
  });
});

describe('a service that does not stop in time', () => {
  it('ends the backup; what was stopped runs again', async () => {
    const site = hastySite();
    site.edit((content) => {
      (content['timeouts'] as Record<string, unknown>)['service-start'] = '20s';
    });
    change(site, 'central', 'QlikSenseRepositoryService', { stopMs: 2500 });
    await expectFailed(site, ['backup', '--yes'], {
      code: 1,
      says: [/stop-central/, /QlikSenseRepositoryService did not stop/],
      hint: /timeouts\.service-stop/,
    });
  });

  it('is told loudly when it hangs for ever, and recover starts it once it is freed', async () => {
    const site = hastySite();
    const before = site.states();
    change(site, 'rim', 'QlikSenseEngineService', { fail: { stop: 'hang', times: 1 } });
    const run = await site.run(['backup', '--yes']);
    expect(run.code, run.stdout + run.stderr).toBe(7);
    expectNoStack(run);
    expect(run.stderr).toMatch(/rim.*is not up.*QlikSenseEngineService/);
    expect(run.stderr).toMatch(/^hint: .*sense-runbook --site .+? recover/m);
    change(site, 'rim', 'QlikSenseEngineService', { state: 'stopped' });
    expect((await site.run(['recover'])).code).toBe(0);
    expect(site.states()).toEqual(before);
  });
});

describe('a service whose answer to the stop is lost', () => {
  it('is watched until it has stopped: the backup goes on', async () => {
    const site = lab.site();
    change(site, 'rim', 'QlikSenseEngineService', { fail: { stop: 'lost', lateMs: 300, times: 1 } });
    await backUp(site);
  });

  it('ends the backup when it keeps running: it has not heard of it', async () => {
    const site = lab.site();
    change(site, 'rim', 'QlikSenseEngineService', { fail: { stop: 'unheard', times: 1 } });
    await expectFailed(site, ['backup', '--yes'], {
      code: 1,
      says: [/cannot stop QlikSenseEngineService: .*it still ran 1 s later/],
      hint: /What was stopped is started again/,
    });
  });
});

describe('a service that does not start', () => {
  it('is exit code 7, every other one is started, and recover does the rest once it is freed', async () => {
    const site = hastySite();
    // Whoever is disabled and stopped is left alone throughout.
    change(site, 'central', 'QlikSensePrintingService', { startType: 'disabled', state: 'stopped' });
    const before = site.states();
    change(site, 'central', 'QlikSenseProxyService', { fail: { start: 'hang', times: 1 } });
    const run = await site.run(['backup', '--yes']);
    expect(run.code, run.stdout + run.stderr).toBe(7);
    expectNoStack(run);
    expect(run.stderr).toMatch(/^error: .*central.*is not up: could not start QlikSenseProxyService/m);
    expect(run.stderr).toMatch(/^hint: .*sense-runbook --site .+? recover.*manual 8\.9/m);
    const others = (states: Record<string, string>): string[] =>
      Object.entries(states).flatMap(([name, state]) => (name.includes('Proxy') ? [] : [`${name} ${state}`]));
    expect(others(site.states())).toEqual(others(before));
    expect(site.states()['rim/QlikSenseProxyService']).toBe('running');
    expect(completeSets(site)).toEqual([]);
    expect((await site.run(['status'])).code).not.toBe(0);

    await expectStillDown(site);
    change(site, 'central', 'QlikSenseProxyService', { state: 'stopped' });
    const recovered = await site.run(['recover']);
    expect(recovered.code, recovered.stdout + recovered.stderr).toBe(0);
    expect(site.states()).toEqual(before);
    await backUp(site);
    expect(site.states()['central/QlikSensePrintingService']).toBe('stopped');
  });

  it('is no emergency when it starts at the second attempt', async () => {
    const site = hastySite();
    change(site, 'rim', 'QlikSenseProxyService', { fail: { start: 1053, times: 1 } });
    await expectFailed(site, ['backup', '--yes'], {
      code: 1,
      says: [/start-rims/, /could not start QlikSenseProxyService.*1053.*second attempt/],
      hint: /site is up again/,
    });
  });
});

/** As long as a service hangs, nothing that is tried makes it look well. */
async function expectStillDown(site: LabSite): Promise<void> {
  const next = await site.run(['backup', '--yes']);
  expect(next.code, next.stdout + next.stderr).toBe(7);
  expect(next.stderr).toMatch(/^hint: .*sense-runbook --site .+? recover/m);
  const recover = await site.run(['recover']);
  expect(recover.code, recover.stdout + recover.stderr).toBe(7);
  expect(recover.stderr).toMatch(/QlikSenseProxyService/);
}
