/** Programs of the vendor that a simulated node has stand-ins for, as their files are called. */
export const INSTALLER_PROGRAMS = [
  'Qlik_Sense_setup.exe',
  'Qlik_Sense_update.exe',
  'Qlik_PostgreSQL_setup.exe',
  'msiexec.exe',
] as const;

/**
 * Stands in for the vendor's installers on a simulated node. It takes the arguments of the manual's tables (2.6, p. 148-150;
 * 4.1 to 4.4, p. 178-186) and no others, writes its log, changes `installed.json` and the services of the node, and gives the
 * exit codes of 8.11 (p. 308). What an installer does to files and databases it leaves as it is. Its tables are its own: they
 * check what the product has.
 */
export const INSTALLER_PROGRAM = `// Stands in for the installers of Qlik. installer.json beside it may order what happens:
//   "exit": -14       ends with that code, nothing is changed        "log": "text"  stands in the log
//   "reboot": true    Windows wants to be restarted afterwards        "stepMs": 100  between two steps
//   "half": true      with "exit": what it installs is installed all the same
//   "hang": true      never ends                                      "times": 1     only so many times
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const here = import.meta.dirname;
const program = path.basename(import.meta.filename, '.mjs');
const words = process.argv.slice(2);
const ordersFile = path.join(here, 'installer.json');
const installedFile = path.join(here, '..', 'installed.json');
const servicesFile = path.join(here, '..', 'services.json');

function readJson(file) {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function writeJson(file, value) {
  const temporary = file + '.' + process.pid;
  fs.writeFileSync(temporary, JSON.stringify(value, undefined, 2) + '\\n');
  fs.renameSync(temporary, file);
}

const orders = readJson(ordersFile) ?? {};
if (orders.times !== undefined) {
  if (orders.times > 1) writeJson(ordersFile, { ...orders, times: orders.times - 1 });
  else fs.rmSync(ordersFile);
}

let log;
function note(text) {
  if (log !== undefined) fs.appendFileSync(log, new Date().toISOString() + ' ' + text + '\\n');
}

/** A process here has 8 bits of exit code: the whole code goes into a file. */
function end(code, text) {
  note(text);
  note('Exit code: ' + code);
  if (process.env.SIMULATED_EXIT) fs.writeFileSync(process.env.SIMULATED_EXIT, String(code));
  process.exit(code === 0 ? 0 : 1);
}

const flag = /^[01]$/;
const some = /^.+$/s;
const whole = /^([A-Za-z]:[\\\\/]|\\\\\\\\|\\/)./;
const bundle = /^(dashboard|visualization|dashboard,visualization|visualization,dashboard)$/;
const number = /^\\d+$/;
const SETUP = {
  install: {
    needs: ['-silent', 'accepteula', 'spc'],
    takes: {
      accepteula: /^1$/, desktopshortcut: flag, skipstartservices: flag, installdir: whole, userwithdomain: some,
      userpassword: some, dbpassword: some, hostname: some, spc: whole, senddata: flag, skipvalidation: flag,
      bundleinstall: bundle,
    },
  },
  upgrade: {
    needs: ['-silent', 'accepteula'],
    takes: {
      accepteula: /^1$/, desktopshortcut: flag, skipstartservices: flag, installdir: whole, userpassword: some,
      dbpassword: some, bundleinstall: bundle, keepcurrentsettings: flag,
    },
  },
  repair: { needs: ['-silent', '-repair'], takes: {} },
  uninstall: { needs: ['-silent', '-uninstall'], takes: { cleanup: flag } },
  dump: { needs: ['databasedumpfile'], takes: { databasedumpfile: whole } },
};
const BUNDLED = 'QlikSenseRepositoryDatabase';
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

/** Arguments by name; ends with -2 at the first that the mode does not know. */
function parse(mode, { needs, takes }, { switches, logAs }) {
  const given = {};
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index];
    if (logAs === 'next' && word === '-log') {
      index += 1;
      given['-log'] = words[index] ?? '';
      continue;
    }
    const [name, ...rest] = word.split('=');
    const value = rest.join('=');
    if (logAs === name && whole.test(value)) given['-log'] = value;
    else if (switches.includes(word)) given[word] = true;
    else if (takes[name]?.test(value)) given[name] = value;
    else end(-2, 'Command line parsing error: ' + word.replace(/password=.*/, 'password=***') + ' in mode ' + mode);
  }
  for (const name of needs)
    if (given[name] === undefined) end(-2, 'Command line parsing error: ' + name + ' is missing in mode ' + mode);
  return given;
}

/** The log is opened before anything is judged, so that a refusal stands in it too. */
function openLog() {
  const index = words.indexOf('-log');
  const joined = words.find((word) => /^-?log=/.test(word));
  log = index >= 0 ? words[index + 1] : joined?.replace(/^-?log=/, '');
  if (!whole.test(log ?? '')) log = undefined;
  if (log !== undefined) fs.writeFileSync(log, program + ' as a stand-in\\n');
}

/** What the media says it is in its first line, in its parts; ends with -5 when it is something else. */
function product(pattern) {
  const media = process.env.SIMULATED_PROGRAM ?? '';
  let parts;
  try {
    parts = pattern.exec(JSON.parse(fs.readFileSync(media, 'utf8').split('\\n', 1)[0]).product);
  } catch (error) {
    note(error.message);
  }
  if (!parts) end(-5, 'Malformed bundle XML: ' + media + ' is no media for ' + program);
  return parts.slice(1);
}

const MONTHS = ['january', 'february', 'march', 'april', 'may', 'june', 'july', 'august', 'september', 'october', 'november', 'december'];
function monthOf(release) {
  const [month, year] = release.split(' ');
  return Number(year) * 12 + MONTHS.indexOf(month.toLowerCase());
}

function changeServices(change) {
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

/** A configuration file must have these settings, and one with passwords be closed to others. One that is not there is said so. */
function checkConfig(file, settings) {
  if (!fs.existsSync(file)) return note('There is no ' + file);
  const text = fs.readFileSync(file, 'utf8');
  if (process.platform !== 'win32' && (fs.statSync(file).mode & 0o077) !== 0) end(-2, file + ' is open to others');
  for (const name of settings)
    if (!new RegExp('<' + name + '>[^<]+</' + name + '>').test(text)) end(-2, file + ' has no ' + name);
  note('Settings are complete: ' + file);
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

/** What every installer does between looking and being done. */
async function work(change) {
  for (const text of ['Detecting', 'Planning', 'Applying']) {
    note(text);
    await delay(orders.stepMs ?? 0);
  }
  if (orders.hang === true) {
    setInterval(() => {}, 60_000);
    await new Promise(() => {});
  }
  if (orders.log !== undefined) note(orders.log);
  const failed = orders.exit !== undefined && ![0, 3010, 1641].includes(orders.exit);
  if (!failed || orders.half === true) change();
  if (orders.reboot === true) {
    const now = readJson(installedFile);
    writeJson(installedFile, { ...now, reboot: ['Component Based Servicing: RebootPending'] });
  }
  end(orders.exit ?? 0, failed ? 'Failed' : 'Done');
}

openLog();
fs.appendFileSync(path.join(here, 'installers.log'), program + ' ' + words.join(' ').replace(/password=\\S+/g, 'password=***') + '\\n');
const installed = readJson(installedFile);
if (installed === undefined) end(-1, 'This simulated node has no installed.json');
if ((installed.reboot ?? []).length > 0 && program !== 'msiexec.exe') end(-8, 'Pending reboot must be applied first');
const patched = (installed.patch ?? 0) > 0;

if (program === 'qlik_sense_setup.exe') {
  const [release] = product(/^Qlik Sense ([A-Z][a-z]+ \\d+|\\d[.\\w ]*)$/);
  const mode = words.includes('-uninstall') ? 'uninstall'
    : words.includes('-repair') ? 'repair'
    : words.some((word) => word.startsWith('databasedumpfile=')) ? 'dump'
    : installed.release === undefined ? 'install' : 'upgrade';
  const given = parse(mode, SETUP[mode], { switches: ['-silent', '-repair', '-uninstall'], logAs: 'next' });
  if (mode === 'install')
    checkConfig(given.spc, ['DbUserName', 'DbUserPassword', 'DbHost', 'DbPort', 'RootDir', 'AppsDir', 'StaticContentRootDir', 'ArchivedLogsDir']);
  if (mode === 'upgrade' && monthOf(release) < monthOf(installed.release)) end(-4, 'Downgrade');
  if (mode === 'repair' && patched) end(-15, 'Repair is disabled while patches are applied');
  if (mode === 'repair' && release !== installed.release) end(-17, 'Another release is installed');
  if (mode === 'uninstall' && installed.release === undefined) end(-1, 'Nothing is installed');
  stopAll();
  await work(() => {
    const { release: old, patch, ...rest } = readJson(installedFile);
    if (mode === 'uninstall') writeJson(installedFile, rest);
    else writeJson(installedFile, { ...rest, release, patch: 0 });
    if (mode === 'install') addServices(fs.existsSync(given.spc) && fs.readFileSync(given.spc, 'utf8').includes('<InstallLocalDb>true<'));
    if (mode !== 'uninstall' && mode !== 'repair' && given.skipstartservices !== '1') startAll();
  });
}

if (program === 'qlik_sense_update.exe') {
  const [release, number] = product(/^Qlik Sense (.+) Patch (\\d+)$/);
  const mode = words.includes('uninstall') ? 'uninstall' : 'install';
  const given = parse(mode, { needs: [mode], takes: {} }, { switches: [mode, 'startservices'], logAs: 'log' });
  if (release !== installed.release) end(-9, 'Patch run with no baseline installed');
  if (mode === 'install' && (installed.patch ?? 0) >= Number(number)) end(-22, 'Patch is superseded');
  if (mode === 'uninstall' && !patched) end(-1, 'No patch is installed');
  stopAll();
  await work(() => {
    writeJson(installedFile, { ...readJson(installedFile), patch: mode === 'install' ? Number(number) : 0 });
    if (given.startservices) startAll();
  });
}

/** A state that was ordered counts from its time on, whoever looks. */
function stateNow({ state, next }) {
  return next !== undefined && Date.parse(next.at) <= Date.now() ? next.state : state;
}

if (program === 'qlik_postgresql_setup.exe') {
  const mode = installed.postgres?.kind === 'bundled' ? 'upgrade' : 'install';
  const given = parse(mode, POSTGRES[mode], { switches: ['-silent'], logAs: '-log' });
  if (given.qpiconfig !== undefined) checkConfig(given.qpiconfig, ['DbSuperUserPassword']);
  if (mode === 'upgrade') {
    if (patched) end(-15, 'Not supported while patches are applied');
    if (monthOf(installed.release) < monthOf('February 2022')) end(-15, 'Not supported before February 2022');
    if (/^(\\\\\\\\|\\/\\/)/.test(given.dbbackuppath ?? '')) end(-6, 'The backup folder is on the network');
    const folders = [given.dbinstallationpath, given.dbdatapath].join('\\n');
    if (/[\\\\/]Qlik[\\\\/]Sense[\\\\/]Repository[\\\\/]PostgreSQL/i.test(folders))
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
}

if (program === 'msiexec.exe') {
  const [first, file] = [words.find((word) => /^\\/(i|x)$/i.test(word)), words[words.findIndex((word) => /^\\/(i|x)$/i.test(word)) + 1]];
  if (first === undefined || file === undefined) end(1639, 'Invalid command line argument');
  if (!/^PostgreSQL(|125|14)\\.msi$/i.test(path.win32.basename(file).replaceAll('/', path.sep).split(path.sep).at(-1))) end(1619, 'This installation package could not be opened');
  if (/i/i.test(first) && !words.includes('SKIPINSTALLDBSERVICE=1')) end(1603, 'A database service would be installed');
  await work(() => {
    if (!/x/i.test(first)) return;
    const content = readJson(servicesFile);
    delete content.services.QlikSenseRepositoryDatabase;
    for (const service of Object.values(content.services))
      service.dependsOn = service.dependsOn.filter((name) => name !== 'QlikSenseRepositoryDatabase');
    writeJson(servicesFile, content);
  });
}
`;
