import { beforeAll, describe, expect, it } from 'vitest';
import type { StampedEvent } from '../../../src/contract/event.ts';
import { createDisplay, pickDisplayMode, type DisplayMode } from '../../../src/ui/display.ts';
import { samplePlan } from '../report/samples.ts';
import { at, fakeClock, recordingStream } from './streams.ts';

beforeAll(() => {
  process.env['TZ'] = 'UTC';
});

const STEP = { step: 'stop', node: 'central', title: 'Stop the services' };

function started(step: { step: string; node: string; title: string }): StampedEvent {
  return at({ type: 'step-started', ...step, attempt: 1, always: false });
}

function finished(
  step: { step: string; node: string; title: string },
  status: 'done' | 'failed' | 'skipped' = 'done',
  reason?: string,
): StampedEvent {
  return at({
    type: 'step-finished',
    ...step,
    status,
    durationMs: 3200,
    ...(reason === undefined ? {} : { reason }),
  });
}

async function makeDisplay(mode: DisplayMode, verbose = false) {
  const out = recordingStream(mode === 'terminal');
  const err = recordingStream(mode === 'terminal');
  const clock = fakeClock();
  const display = await createDisplay({
    mode,
    stdout: out.stream,
    stderr: err.stream,
    clock,
    verbose,
    redact: (text) => text.replaceAll('geheim', '***'),
    operationText: (operation) => operation.kind,
  });
  return { display, out, err, clock };
}

describe('pickDisplayMode', () => {
  it.each([
    [{ json: true, isTTY: true, env: {} }, 'json'],
    [{ json: false, isTTY: true, env: {} }, 'terminal'],
    [{ json: false, isTTY: false, env: {} }, 'plain'],
    [{ json: false, isTTY: true, env: { TERM: 'dumb' } }, 'plain'],
    [{ json: false, isTTY: true, env: { CI: 'true' } }, 'plain'],
    [{ json: false, isTTY: true, env: { CI: 'false' } }, 'terminal'],
  ] as const)('picks for %j', (facts, mode) => {
    expect(pickDisplayMode(facts)).toBe(mode);
  });
});

describe('the plain display', () => {
  it('writes one line an event with the local time', async () => {
    const { display, out } = await makeDisplay('plain');
    display.sink(at({ type: 'run-started', run: 'r1', plan: samplePlan(), mode: 'run', folder: '/s/r1' }));
    display.sink(at({ type: 'section-started', section: 'quiet', title: 'Quiet', steps: 2 }));
    display.sink(started(STEP));
    display.sink(
      at({ type: 'step-retried', step: 'stop', node: 'central', attempt: 2, delayMs: 5000, reason: 'busy' }),
    );
    display.sink(at({ type: 'warning', message: 'slow', hint: 'wait' }));
    display.sink(
      at({
        type: 'operation',
        step: 'stop',
        node: 'central',
        operation: { kind: 'human', text: 'x', effect: 'read' },
      }),
    );
    display.sink(finished(STEP));
    display.sink(finished({ ...STEP, node: 'rim1' }, 'failed', 'error 1053'));
    display.sink(finished({ ...STEP, node: 'rim2' }, 'skipped', 'not there'));
    expect(out.text()).toBe(`02:00:00  run r1: Back up the site, site acme
          journal and report: /s/r1
02:00:00  == Quiet
02:00:00  begin    Stop the services (central)
02:00:00  retry    stop (central) in 5.0 s: busy
02:00:00  WARNING  slow
            hint: wait
02:00:00  done     Stop the services (central), 3.2 s
02:00:00  FAILED   Stop the services (rim1), 3.2 s: error 1053
02:00:00  skipped  Stop the services (rim2): not there
`);
  });

  it('tells a check that warns once, with its node', async () => {
    const { display, out } = await makeDisplay('plain');
    const warned = { message: 'expires soon', hint: 'renew it' };
    display.sink(
      at({
        type: 'check',
        step: 'look',
        result: { id: 'certificates', status: 'warning', ...warned, node: 'rim' },
      }),
    );
    display.sink(at({ type: 'warning', ...warned, step: 'look', ofCheck: true }));
    expect(out.text()).toBe('02:00:00  WARNING  rim: expires soon\n            hint: renew it\n');
  });

  it('keeps to 80 columns and below the text of the first line', async () => {
    const { display, out } = await makeDisplay('plain');
    display.sink(at({ type: 'warning', message: 'many words '.repeat(20).trim() }));
    const lines = out.text().trimEnd().split('\n');
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
    expect(lines[1]).toMatch(/^ {19}\S/);
  });

  it('is ASCII without colours', async () => {
    const { display, out } = await makeDisplay('plain', true);
    display.sink(started(STEP));
    display.sink(finished(STEP));
    display.sink(
      at({ type: 'check', step: 'x', result: { id: 'a', status: 'failed', message: 'm', hint: 'h' } }),
    );
    expect(out.text()).toMatch(/^[\n\x20-\x7e]+$/);
  });

  it('prints progress at most every five seconds', async () => {
    const { display, out, clock } = await makeDisplay('plain');
    display.sink(started(STEP));
    for (let second = 1; second <= 11; second += 1) {
      clock.advance(1000);
      const progress = { bytesDone: second * 1e6, bytesTotal: 20e6 };
      display.sink(at({ type: 'step-progress', step: 'stop', node: 'central', progress }));
    }
    const lines = out
      .text()
      .split('\n')
      .filter((line) => line.includes(' of '));
    expect(lines).toEqual([
      '02:00:00    Stop the services: 5.0 MB of 20.0 MB (25%), 1.0 MB/s, 15 s left',
      '02:00:00    Stop the services: 10.0 MB of 20.0 MB (50%), 1.0 MB/s, 10 s left',
    ]);
  });

  it('shows operations and good checks with verbose only, and hides secrets', async () => {
    const operation = at({
      type: 'operation',
      step: 'stop',
      node: 'central',
      operation: { kind: 'human', text: 'x', effect: 'read' },
    });
    const check = at({
      type: 'check',
      step: 'x',
      result: { id: 'a', status: 'ok', message: 'geheim is fine', node: 'rim1' },
    });
    const quiet = await makeDisplay('plain');
    const loud = await makeDisplay('plain', true);
    for (const { display } of [quiet, loud]) {
      display.sink(operation);
      display.sink(check);
    }
    expect(quiet.out.text()).toBe('');
    expect(loud.out.text()).toBe('02:00:00    > human\n02:00:00  ok       rim1: *** is fine\n');
  });
});

describe('the JSON display', () => {
  it('writes one document a line, the version in the first one only, secrets hidden', async () => {
    const { display, out, err } = await makeDisplay('json');
    display.sink(started(STEP));
    display.sink(at({ type: 'message', text: 'line\nbreak geheim' }));
    await display.finish();
    const lines = out.text().trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      { schemaVersion: 1, ...started(STEP) },
      { type: 'message', text: 'line\nbreak ***', at: '2026-11-24T02:00:00.000Z' },
    ]);
    expect(err.text()).toBe('');
  });
});

describe('the terminal display', () => {
  it('draws steps, their end, warnings and failures', async () => {
    const { display, out } = await makeDisplay('terminal');
    display.sink(at({ type: 'run-started', run: 'r1', plan: samplePlan(), mode: 'run', folder: '/s/r1' }));
    display.sink(at({ type: 'section-started', section: 'quiet', title: 'Quiet', steps: 2 }));
    display.sink(started(STEP));
    display.sink(started({ ...STEP, node: 'rim1' }));
    display.sink(at({ type: 'warning', message: 'slow geheim', step: 'stop' }));
    display.sink(finished(STEP));
    display.sink(finished({ ...STEP, node: 'rim1' }, 'failed', 'error 1053'));
    display.sink(finished({ step: 'other', node: 'central', title: 'Never begun' }, 'skipped', 'no need'));
    await display.finish();
    const text = out.text();
    for (const part of [
      'run r1: Back up the site, site acme',
      '== Quiet',
      'Stop the services (central), 3.2 s',
      'WARNING  slow ***',
      'Stop the services (rim1) failed after 3.2 s: error 1053',
      'Never begun (central) skipped: no need',
    ])
      expect(text).toContain(part);
    expect(text.lastIndexOf('Never begun')).toBeGreaterThan(text.lastIndexOf('error 1053'));
  });

  it('draws the nodes of one step together when no plan was told yet', async () => {
    const { display, out } = await makeDisplay('terminal');
    display.sink(started(STEP));
    display.sink(started({ ...STEP, node: 'rim1' }));
    await new Promise((resolve) => setTimeout(resolve, 50));
    display.sink(finished({ ...STEP, node: 'rim1' }));
    display.sink(finished(STEP));
    await display.finish();
    // A line that was cut off ends in dots.
    expect(out.text()).not.toContain('...');
    expect(out.text().lastIndexOf('Stop the services (central), 3.2 s')).toBeGreaterThan(0);
  });

  it('does not listen to signals: the engine decides what Ctrl+C does', async () => {
    const { display } = await makeDisplay('terminal');
    display.sink(started(STEP));
    await new Promise((resolve) => setImmediate(resolve));
    const names = process.listeners('SIGINT').map((listener) => listener.name);
    display.sink(finished(STEP));
    await display.finish();
    expect(names.filter((name) => name.includes('signalHandler'))).toEqual([]);
  });

  it('leaves the screen to a prompt and goes on after it', async () => {
    const { display, out } = await makeDisplay('terminal');
    display.sink(started(STEP));
    await display.pause();
    const paused = out.text().length;
    await new Promise((resolve) => setTimeout(resolve, 250));
    expect(out.text().length).toBe(paused);
    display.resume();
    display.sink(finished(STEP));
    await display.finish();
    expect(out.text()).toContain('Stop the services (central), 3.2 s');
  });

  it('ends lines of steps that were never heard of again', async () => {
    const { display, out } = await makeDisplay('terminal');
    display.sink(started(STEP));
    await display.finish();
    expect(out.text()).toContain('Stop the services (central)');
  });

  it('breaks long lines between words', async () => {
    const { display, out } = await makeDisplay('terminal');
    const title = 'Copy the file share of the running site while nothing waits';
    display.sink(finished({ ...STEP, title }, 'skipped', 'copy is empty, site.vault.kind is folder'));
    await display.finish();
    expect(out.text()).toContain('\n    copy is empty');
    expect(
      Math.max(
        ...out
          .text()
          .split('\n')
          .map((line) => line.length),
      ),
    ).toBeLessThanOrEqual(80);
  });
});
