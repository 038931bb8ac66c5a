/**
 * Stands in for Repository.exe on a simulated node: says what the manual has it say (5.7, p. 214; 2.11, p. 159), and waits
 * for the Service Dispatcher and for ENTER as it does. What it changes in a real site it leaves as it is.
 */
export const REPOSITORY_PROGRAM = `// Stands in for Repository.exe. repository.json beside it may order a fault:
//   "silent"   says nothing and goes on for ever        "hang"    never says that it has terminated
//   "early"    ends after its first words               "error"   says an ERROR line, "fatal" a FATAL one
//   "wording"  says the same in other words             "deaf"    does not end at ENTER
//   "exit"     ends with code 3 after ENTER
// and "stepMs", milliseconds between two lines.
import fs from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';

const here = import.meta.dirname;
const words = process.argv.slice(2);
const orders = readJson(path.join(here, 'repository.json')) ?? {};
const { fault, stepMs = 0 } = orders;

function readJson(file) {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

async function say(text) {
  await delay(stepMs);
  process.stdout.write(text + '\\n');
}

/** Whether the dispatcher runs, by the state file of the node: read anew each time. */
function dispatcherRuns() {
  const { services } = readJson(path.join(here, '..', 'services.json')) ?? { services: {} };
  const service = services.QlikSenseServiceDispatcher;
  if (service === undefined) return true;
  const { state, next } = service;
  return state === 'running' || (next?.state === 'running' && new Date(next.at) <= new Date());
}

function forever() {
  setInterval(() => {}, 60_000);
  return new Promise(() => {});
}

fs.appendFileSync(path.join(here, 'repository.log'), words.join(' ') + '\\n');
if (fault === 'silent') await forever();
await say('[INFO] Starting repository in bootstrap mode');
if (fault === 'early') process.exit(0);
await say(fault === 'wording' ? '[INFO] Main phase begins' : '[INFO] Entering main startup phase...');
if (fault === 'error') await say('[ERROR] Could not update the performance counters');
if (fault === 'fatal') await say('[FATAL] Database migration failed');
if (fault === 'hang') await forever();
while (!dispatcherRuns()) await delay(20);
const file = path.join(here, 'certificates.json');
if (orders.certificates === true) {
  await say('[INFO] Waiting for certificates to be installed...');
  while (!fs.existsSync(file)) await delay(20);
}
if (words.includes('-restorehostname')) await say('[INFO] Host name restored');
await delay(stepMs);
process.stdout.write(fault === 'wording' ? 'Finished. Hit any key' : 'Bootstrap mode has terminated. Press ENTER to exit..');
for await (const line of readline.createInterface({ input: process.stdin })) {
  void line;
  if (fault === 'deaf') await forever();
  process.exit(fault === 'exit' ? 3 : 0);
}
`;
