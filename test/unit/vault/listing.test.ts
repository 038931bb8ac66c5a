import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  createListingWriter,
  formatEntry,
  parseEntry,
  readListing,
  readListingSync,
} from '../../../src/vault/listing.ts';
import type { FileEntry } from '../../../src/vault/vault.ts';
import { collect } from '../../helpers/collect.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';

const entry = (path: string): FileEntry => ({ path, size: 1, mtimeNs: '1700000000123456789', sha256: 'ab' });

describe('a listing', () => {
  it('is read back as it was written, names with line feeds too', async () => {
    const file = join(temporaryFolder(), 'x.files.jsonl');
    const writer = await createListingWriter(file);
    const marked = { ...entry('ä/"q"'), added: true, readOnly: true } as const;
    await writer.write(`${formatEntry(entry('a\nb'))}\n${formatEntry(marked)}\n`);
    await writer.write('');
    await writer.close();
    expect(readFileSync(file, 'utf8').split('\n')).toHaveLength(3);
    const entries = [entry('a\nb'), marked];
    expect(await collect(readListing(file))).toEqual(entries);
    expect([...readListingSync(file)]).toEqual(
      entries.map((one) => ({ entry: one, line: formatEntry(one) })),
    );
  });

  it('tells lines that are no entry or stand in the wrong place, and leaves them out', async () => {
    const file = join(temporaryFolder(), 'x.files.jsonl');
    writeFileSync(
      file,
      [formatEntry(entry('b')), '{"path":1}', formatEntry(entry('a')), formatEntry(entry('c'))].join('\n'),
    );
    const troubles: string[] = [];
    const entries = await collect(readListing(file, { onTrouble: ({ message }) => troubles.push(message) }));
    expect(entries.map(({ path }) => path)).toEqual(['b', 'c']);
    expect(troubles).toEqual(['line 2 is not a file entry', 'line 3 is not in order']);
  });

  it('that was cut off in the middle of a line ends before it', async () => {
    const file = join(temporaryFolder(), 'x.files.jsonl.unfinished');
    writeFileSync(file, `${formatEntry(entry('a'))}\n`);
    appendFileSync(file, formatEntry(entry('b')));
    expect(await collect(readListing(file, { tornEnd: 'drop' }))).toEqual([entry('a')]);
  });

  it('has no line that is only half an entry', () => {
    expect(parseEntry('null')).toBeUndefined();
    expect(parseEntry('{"path":"a","size":1.5,"mtimeNs":"1","sha256":""}')).toBeUndefined();
    expect(parseEntry(formatEntry(entry('a')).slice(0, -1))).toBeUndefined();
  });
});
