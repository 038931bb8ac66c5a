import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { ignoreBrokenPipes } from '../../../src/main/broken-pipe.ts';

describe('ignoreBrokenPipes', () => {
  it.each(['EPIPE', 'EIO'])('goes on when the reader is gone (%s)', (code) => {
    const stream = new PassThrough();
    ignoreBrokenPipes([stream]);
    expect(() => stream.emit('error', Object.assign(new Error(code), { code }))).not.toThrow();
  });

  it('throws what is something else', () => {
    const stream = new PassThrough();
    ignoreBrokenPipes([stream]);
    expect(() => stream.emit('error', Object.assign(new Error('full'), { code: 'ENOSPC' }))).toThrow('full');
  });
});
