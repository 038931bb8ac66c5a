// Loaded into the tool with `--import`: ends the process with SIGKILL at one line of its journal, so that a test can
// put the end of the process exactly between two things that happen, without a sleep and without a word of it in src/.
// Or sends another signal, or lets the disk fail at that line (`EIO`): then the step fails there.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { isMainThread } from 'node:worker_threads';

/** What a journal line is about, the same in every run: `operation begin dump-qsr central pg_dump`. */
export function faultName(record) {
  const parts = [
    record.type,
    record.phase ?? record.status ?? record.mode ?? record.outcome,
    record.section,
    record.step,
    record.node,
  ];
  if (record.attempt > 1) parts.push(`attempt-${record.attempt}`);
  if (record.always === true) parts.push('always');
  const operation = record.operation;
  if (operation !== undefined)
    parts.push(operation.kind, operation.verb, operation.service ?? operation.subject);
  if (record.program !== undefined) parts.push(record.program.split(/[\\/]/).at(-1));
  return parts.filter((part) => part !== undefined).join(' ');
}

function lineOf(data) {
  const text = Buffer.isBuffer(data) ? data.toString('utf8') : String(data);
  if (!text.startsWith('{"seq":')) return undefined;
  return JSON.parse(text);
}

const wanted = process.env.TEST_KILL_AT;
if (wanted !== undefined && isMainThread) {
  const delay = Number(process.env.TEST_KILL_AFTER_MS ?? 0);
  // Children must not inherit it.
  delete process.env.TEST_KILL_AT;
  delete process.env.NODE_OPTIONS;
  let left = Number(process.env.TEST_KILL_OCCURRENCE ?? 1);
  const signal = process.env.TEST_KILL_SIGNAL ?? 'SIGKILL';
  const again = process.env.TEST_KILL_AGAIN_MS;
  const write = fs.writeSync;
  fs.writeSync = (descriptor, data, ...rest) => {
    const record = lineOf(data);
    const here = record !== undefined && faultName(record) === wanted && (left -= 1) === 0;
    if (here && signal === 'EIO') throw Object.assign(new Error('EIO: i/o error, write'), { code: 'EIO' });
    const written = write(descriptor, data, ...rest);
    if (here) end();
    return written;
  };
  syncBuiltinESMExports();

  function end() {
    if (delay > 0 || signal !== 'SIGKILL') {
      setTimeout(() => process.kill(process.pid, signal), delay);
      if (again !== undefined) setTimeout(() => process.kill(process.pid, signal), delay + Number(again));
      return;
    }
    process.kill(process.pid, 'SIGKILL');
    // The signal may take a moment; nothing may happen in it.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  }
}
