import { describe, expect, it } from 'vitest';
import { createWindow } from '../../../src/vault/window.ts';

describe('createWindow', () => {
  it('never runs more works at once than it may', async () => {
    const window = createWindow(3);
    let running = 0;
    let most = 0;
    for (let index = 0; index < 20; index += 1)
      await window.add(async () => {
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
      });
    await window.drain();
    expect([running, most]).toEqual([0, 3]);
  });

  it('throws the first failure, once, to whoever adds or drains next', async () => {
    const window = createWindow(1);
    await window.add(() => Promise.reject(new Error('first')));
    await expect(window.add(() => Promise.resolve())).rejects.toThrow('first');
    await expect(window.drain()).rejects.toThrow('first');
  });
});
