import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { ignoreBrokenPipes } from '../../../src/main/broken-pipe.ts';

describe('ignoreBrokenPipes', () => {
  it.each(['EPIPE', 'EIO', 'ENOSPC'])('goes on when the output reaches nobody (%s)', (code) => {
    const stream = new PassThrough();
    ignoreBrokenPipes([stream]);
    expect(() => stream.emit('error', Object.assign(new Error(code), { code }))).not.toThrow();
  });

  it('throws what is something else', () => {
    const stream = new PassThrough();
    ignoreBrokenPipes([stream]);
    expect(() => stream.emit('error', Object.assign(new Error('odd'), { code: 'EBADF' }))).toThrow('odd');
  });
});
