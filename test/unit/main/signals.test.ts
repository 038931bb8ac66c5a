import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { InterruptedError } from '../../../src/contract/errors.ts';
import { listenForSignals } from '../../../src/main/signals.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

function listen() {
  const listeners = new Map<string, () => void>();
  const end = vi.fn();
  const said: string[] = [];
  const interruption = listenForSignals({
    on: (signal, listener) => listeners.set(signal, listener),
    end,
    say: (text) => said.push(text),
  });
  return { listeners, end, said, interruption, send: (signal: string) => listeners.get(signal)?.() };
}

describe('listenForSignals', () => {
  it('listens to every way of asking for the end', () => {
    expect([...listen().listeners.keys()]).toEqual(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK']);
  });

  it('aborts first the work, then the waiting, and never ends the process while there are effects', () => {
    const { interruption, send, end, said } = listen();
    interruption.beginEffects();
    send('SIGTERM');
    expect(interruption.signal.reason).toBeInstanceOf(InterruptedError);
    expect(interruption.hurry.aborted).toBe(false);
    send('SIGINT');
    expect(interruption.hurry.aborted).toBe(true);
    send('SIGINT');
    vi.advanceTimersByTime(60_000);
    expect(end).not.toHaveBeenCalled();
    expect(said).toEqual([
      '\nInterrupted: ending what runs, then starting what was stopped, unless the site is half changed. Once more: wait for nothing.\n',
      '\nEnding without waiting; services that were running are still started, unless the site is half changed.\n',
    ]);
  });

  it('ends a command without effects soon, and at once when asked twice', () => {
    const patient = listen();
    patient.send('SIGINT');
    expect(patient.interruption.signal.aborted).toBe(true);
    expect(patient.end).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1500);
    expect(patient.end).toHaveBeenCalledWith(130);
    const impatient = listen();
    impatient.send('SIGINT');
    impatient.send('SIGINT');
    expect(impatient.end).toHaveBeenCalledWith(130);
  });
});
