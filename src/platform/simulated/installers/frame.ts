/**
 * What every stand-in for an installer begins with: its orders, its log and exit code, how work goes on in steps, and whether what
 * is installed lets it begin. Other parts of the text follow, and then its own.
 */
export const FRAME = String.raw`// Stands in for the installers of Qlik. installer.json beside it may order what happens:
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
  fs.writeFileSync(temporary, JSON.stringify(value, undefined, 2) + '\n');
  fs.renameSync(temporary, file);
}

const orders = readJson(ordersFile) ?? {};
if (orders.times !== undefined) {
  if (orders.times > 1) writeJson(ordersFile, { ...orders, times: orders.times - 1 });
  else fs.rmSync(ordersFile);
}

let log;
function note(text) {
  if (log !== undefined) fs.appendFileSync(log, new Date().toISOString() + ' ' + text + '\n');
}

/** A process here has 8 bits of exit code: the whole code goes into a file. */
function end(code, text) {
  note(text);
  note('Exit code: ' + code);
  if (process.env.SIMULATED_EXIT) fs.writeFileSync(process.env.SIMULATED_EXIT, String(code));
  process.exit(code === 0 ? 0 : 1);
}

const whole = /^([A-Za-z]:[\\/]|\\\\|\/)./;

/** The log is opened before anything is judged, so that a refusal stands in it too. */
function openLog() {
  const index = words.indexOf('-log');
  const joined = words.find((word) => /^-?log=/.test(word));
  log = index >= 0 ? words[index + 1] : joined?.replace(/^-?log=/, '');
  if (!whole.test(log ?? '')) log = undefined;
  if (log !== undefined) fs.writeFileSync(log, program + ' as a stand-in\n');
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
fs.appendFileSync(path.join(here, 'installers.log'), program + ' ' + words.join(' ').replace(/password=\S+/g, 'password=***') + '\n');
const installed = readJson(installedFile);
if (installed === undefined) end(-1, 'This simulated node has no installed.json');
if ((installed.reboot ?? []).length > 0 && program !== 'msiexec.exe') end(-8, 'Pending reboot must be applied first');
const patched = (installed.patch ?? 0) > 0;
`;
