// Stands for a Windows server behind sshd (ForceCommand): takes what the tool sends to PowerShell there and answers as
// its scripts do. Its services are in services.json; each login is a line of logins.jsonl. A connection it really makes.
// Usage: node ssh-node.mjs FOLDER SCRIPTS, with the command that was asked for in SSH_ORIGINAL_COMMAND.
import { appendFileSync, mkdirSync, readFileSync, renameSync, rmdirSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { userInfo } from 'node:os';

const [folder, scripts] = process.argv.slice(2);
const STATES = { stopped: 1, running: 4, 'stop-pending': 3 };

let stdin = '';
for await (const chunk of process.stdin.setEncoding('utf8')) stdin += chunk;
process.stdout.write(`${JSON.stringify(await answer())}\r\n`);

async function answer() {
  const expected = readFileSync(join(folder, 'expected-command'), 'utf8');
  if (process.env.SSH_ORIGINAL_COMMAND !== expected) return failure('not the fixed command');
  if (!/^[\x20-\x7e]+\n$/.test(stdin)) return failure('not one line of ASCII');
  const { script, json } = JSON.parse(stdin);
  const is = (name) => readFileSync(join(scripts, `${name}.ps1`), 'utf8') === script;
  const input = JSON.parse(json);
  if (is('node-facts')) return told('facts', { hostName: 'RIM', user: userInfo().username, elevated: true });
  if (is('services-list')) return told('look', { services: alone(look) });
  if (is('find-programs')) return told(`find ${input.program}`, { files: [], onPath: null });
  if (is('tcp-connect')) return told(`connect ${input.host}:${input.port}`, await connect(input));
  if (is('run-program') && input.program === 'sc.exe') return told(input.arguments, alone(order(input)));
  return failure('not a script that this server knows');
}

function connect({ host, port, timeoutMs }) {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port, timeout: timeoutMs });
    const end = (value) => {
      socket.destroy();
      resolve(value);
    };
    socket.on('connect', () => end({ reached: true }));
    socket.on('timeout', () => end({ reached: false, why: 'no answer' }));
    socket.on('error', ({ message }) => end({ reached: false, why: message }));
  });
}

function told(what, value) {
  const login = { time: new Date().toISOString(), what, user: userInfo().username };
  appendFileSync(join(folder, 'logins.jsonl'), `${JSON.stringify(login)}\n`);
  return { ok: true, value };
}

function failure(message) {
  return { ok: false, message, type: 'Test' };
}

/** A slow one that stops is seen stopping once, then stopped while its process ends, then gone. */
function look(services) {
  const all = Object.entries(services).map(([name, { state, pid, lingers }]) => ({
    name,
    displayName: name,
    state: STATES[state],
    startType: 2,
    delayed: false,
    pid: state === 'stopped' ? 0 : pid,
    exitCode: 0,
    dependents: Object.keys(services).filter((other) => services[other].dependsOn.includes(name)),
    processes: state !== 'stopped' || lingers ? [pid] : [],
  }));
  for (const service of Object.values(services)) {
    if (service.state === 'stopped') service.lingers = false;
    else if (service.state === 'stop-pending') Object.assign(service, { state: 'stopped', lingers: true });
  }
  return all;
}

function order({ arguments: line }) {
  const [, verb, name] = /^(start|stop) (\w+)$/.exec(line) ?? [];
  return (services) => ({ code: change(services, verb, name), stdout: '', stderr: '' });
}

/** As sc.exe ends. */
function change(services, verb, name) {
  const service = services[name];
  if (service === undefined) return 1060;
  if (verb === 'start') {
    if (service.state === 'running') return 1056;
    service.state = 'running';
    return 0;
  }
  if (service.state !== 'running') return 1062;
  const dependents = Object.values(services).filter(({ dependsOn }) => dependsOn.includes(name));
  if (dependents.some(({ state }) => state !== 'stopped')) return 1051;
  service.state = service.slow ? 'stop-pending' : 'stopped';
  return 0;
}

/** Logins come side by side; each reads the file and writes it anew. */
function alone(work) {
  const lock = join(folder, 'lock');
  for (;;) {
    try {
      mkdirSync(lock);
      break;
    } catch {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
  try {
    const file = join(folder, 'services.json');
    const services = JSON.parse(readFileSync(file, 'utf8'));
    const value = work(services);
    writeFileSync(`${file}.new`, JSON.stringify(services));
    renameSync(`${file}.new`, file);
    return value;
  } finally {
    rmdirSync(lock);
  }
}
