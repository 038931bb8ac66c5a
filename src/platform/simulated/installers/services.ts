/** What installers do to the services of a simulated node. */
export const SERVICES = String.raw`function changeServices(change) {
  const content = readJson(servicesFile);
  const now = new Date().toISOString();
  for (const [name, service] of Object.entries(content.services)) change(name, service, now, content.services);
  writeJson(servicesFile, content);
}

function stopAll() {
  changeServices((name, service, now) => {
    if (/Database$|^postgresql/i.test(name) || service.state === 'stopped') return;
    Object.assign(service, { state: 'stopped', since: now });
    delete service.next;
  });
}

function startAll() {
  changeServices((_name, service, now) => {
    if (service.startType !== 'automatic' || service.state === 'running') return;
    Object.assign(service, { state: 'running', since: now });
    delete service.next;
  });
}

/** A machine that had none gets the services of an installation, all of them down. */
function addServices(withDatabase) {
  const content = readJson(servicesFile);
  if (Object.keys(content.services).length > 0) return;
  const database = 'QlikSenseRepositoryDatabase';
  const names = ['ServiceDispatcher', 'RepositoryService', 'ProxyService', 'EngineService', 'SchedulerService', 'PrintingService'].map((name) => 'QlikSense' + name);
  for (const name of [...(withDatabase ? [database] : []), ...names])
    content.services[name] = {
      displayName: name, state: 'stopped', startType: 'automatic', startMs: 0, stopMs: 0, since: new Date().toISOString(),
      dependsOn: name === 'QlikSenseRepositoryService' && withDatabase ? [database] : [],
    };
  writeJson(servicesFile, content);
}
`;
