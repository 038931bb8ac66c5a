import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readLines } from '../../../src/foundation/lines.ts';
import { collect } from '../../helpers/collect.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';

function fileWith(content: string | Buffer): string {
  const file = join(temporaryFolder(), 'lines.txt');
  writeFileSync(file, content);
  return file;
}

describe('readLines', () => {
  it('gives lines that are spread over several blocks, with letters cut in two', async () => {
    const lines = Array.from(
      { length: 40_000 },
      (_, index) => `${index} Straße 😀 ${'x'.repeat(index % 50)}`,
    );
    expect(await collect(readLines(fileWith(`${lines.join('\n')}\n`)))).toEqual(lines);
  });

  it('keeps a last line without line feed, or drops it when it may be torn', async () => {
    const file = fileWith('one\ntwo');
    expect(await collect(readLines(file))).toEqual(['one', 'two']);
    expect(await collect(readLines(file, { tornEnd: 'drop' }))).toEqual(['one']);
  });

  it('shows every byte to whoever hashes it', async () => {
    const content = Buffer.from('a\n\u00e4\nrest');
    const hash = createHash('sha256');
    await collect(readLines(fileWith(content), { onChunk: (chunk) => hash.update(chunk) }));
    expect(hash.digest('hex')).toBe(createHash('sha256').update(content).digest('hex'));
  });

  it('gives nothing for an empty file and fails for a missing one', async () => {
    expect(await collect(readLines(fileWith('')))).toEqual([]);
    await expect(collect(readLines('/nowhere/at/all'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
