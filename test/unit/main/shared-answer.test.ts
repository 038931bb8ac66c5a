import { describe, expect, it } from 'vitest';
import { shareAnswers } from '../../../src/main/shared-answer.ts';

/** Answers 1, 2, 3 …, when told to; the clock stands still unless it is moved. */
function counting() {
  let now = 0;
  let asked = 0;
  const waiting: { resolve(answer: number): void; reject(error: Error): void }[] = [];
  const ask = shareAnswers(
    () => {
      asked += 1;
      return new Promise<number>((resolve, reject) => waiting.push({ resolve, reject }));
    },
    1000,
    () => now,
  );
  return {
    ask: (about = 'QSR') => ask(about),
    asked: () => asked,
    answer: () => waiting.shift()?.resolve(asked),
    fail: () => waiting.shift()?.reject(new Error('no server')),
    wait: (ms: number) => {
      now += ms;
    },
  };
}

describe('an answer that is shared', () => {
  it('serves all who ask while it is fetched, however long that takes', async () => {
    const source = counting();
    const both = [source.ask(), source.ask()];
    source.wait(60_000);
    both.push(source.ask());
    source.answer();
    expect(await Promise.all(both)).toEqual([1, 1, 1]);
    expect(source.asked()).toBe(1);
  });

  it('serves those who ask within its time, which begins when it came', async () => {
    const source = counting();
    const first = source.ask();
    source.wait(5000);
    source.answer();
    await first;
    source.wait(999);
    expect(await source.ask()).toBe(1);
    source.wait(1);
    const next = source.ask();
    source.answer();
    expect(await next).toBe(2);
  });

  it('is about one thing: another is asked for by itself', async () => {
    const source = counting();
    const both = [source.ask('QSR'), source.ask('postgres')];
    source.answer();
    source.answer();
    await Promise.all(both);
    expect(source.asked()).toBe(2);
  });

  it('is no answer when it failed: the next one asks anew', async () => {
    const source = counting();
    const both = [source.ask(), source.ask()];
    source.fail();
    for (const { status } of await Promise.allSettled(both)) expect(status).toBe('rejected');
    const next = source.ask();
    source.answer();
    expect(await next).toBe(2);
  });
});
