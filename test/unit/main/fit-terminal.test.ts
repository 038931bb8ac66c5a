import { describe, expect, it } from 'vitest';
import { fitTerminal } from '../../../src/main/fit-terminal.ts';

describe('text for a terminal', () => {
  it('is broken at spaces', () => {
    expect(fitTerminal('error: no space left\nhint: x\n', { isTTY: true, columns: 14 })).toBe(
      'error: no\n  space left\nhint: x\n',
    );
  });

  it.each([0, undefined])('takes 80 columns where the terminal tells %s', (columns) => {
    const text = `${'word '.repeat(20)}\n`;
    const lines = fitTerminal(text, { isTTY: true, columns }).split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBe(79);
  });

  it('stays whole in a file or a pipe, for programs that search it', () => {
    const text = `${'word '.repeat(40)}\n`;
    expect(fitTerminal(text, { isTTY: undefined, columns: undefined })).toBe(text);
  });
});
