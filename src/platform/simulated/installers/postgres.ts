/** Qlik's PostgreSQL installer: makes a server of its own, or one of the bundled database. */
export const POSTGRES = String.raw`const BUNDLED = 'QlikSenseRepositoryDatabase';
const STANDALONE = 'postgresql-x64-14';
const POSTGRES = {
  install: {
    needs: ['-silent', 'acceptqca'],
    takes: {
      acceptqca: /^1$/, iprange: some, maxconnections: number, dbinstallationpath: whole, dbdatapath: whole,
      listenaddresses: some, dbusername: some, dbuserpassword: some, dbsuperuserpassword: some, dbhost: some,
      dbport: number, qpiconfig: whole,
    },
  },
  upgrade: {
    needs: ['-silent', 'acceptqca'],
    takes: {
      acceptqca: /^1$/, dbinstallationpath: whole, dbdatapath: whole, dbbackuppath: whole, dbsuperuserpassword: some,
      dbhost: some, dbport: number, qpiconfig: whole,
    },
  },
};

/** A state that was ordered counts from its time on, whoever looks. */
function stateNow({ state, next }) {
  return next !== undefined && Date.parse(next.at) <= Date.now() ? next.state : state;
}

const mode = installed.postgres?.kind === 'bundled' ? 'upgrade' : 'install';
const given = parse(mode, POSTGRES[mode], { switches: ['-silent'], logAs: '-log' });
if (given.qpiconfig !== undefined) checkConfig(given.qpiconfig, ['DbSuperUserPassword']);
if (mode === 'upgrade') {
  if (patched) end(-15, 'Not supported while patches are applied');
  if (monthOf(installed.release) < monthOf('February 2022')) end(-15, 'Not supported before February 2022');
  if (/^(\\\\|\/\/)/.test(given.dbbackuppath ?? '')) end(-6, 'The backup folder is on the network');
  const folders = [given.dbinstallationpath, given.dbdatapath].join('\n');
  if (/[\\/]Qlik[\\/]Sense[\\/]Repository[\\/]PostgreSQL/i.test(folders))
    end(-6, 'The folder is that of the bundled database');
  const { services } = readJson(servicesFile);
  if (services[BUNDLED]?.state === 'stopped') end(-14, 'The database does not answer');
  const running = Object.keys(services).filter((name) => name !== BUNDLED && stateNow(services[name]) !== 'stopped');
  if (running.length > 0) end(-6, 'Services run: ' + running.join(', '));
}
await work(() => {
  changeServices((name, service, now, all) => {
    service.dependsOn = service.dependsOn.map((other) => (other === BUNDLED ? STANDALONE : other));
    if (name !== BUNDLED) return;
    all[STANDALONE] = { ...service, displayName: STANDALONE, state: 'running', since: now };
    Object.assign(service, { state: 'stopped', since: now });
    delete service.next;
  });
  // Last: one that was cut off finds the bundled server again.
  writeJson(installedFile, { ...readJson(installedFile), postgres: { kind: 'qpi', version: '14.17' } });
});
`;
