import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { findDataFolder } from '../../../src/postgres/copied-cluster.ts';
import { finishDumpAll } from '../../../src/postgres/dump-all.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';

const END = '-- PostgreSQL database cluster dump complete\n';

describe('a script of pg_dumpall', () => {
  it('loses the lines that older psql refuses, and nothing else, byte for byte', async () => {
    const file = path.join(temporaryFolder(), 'all.sql');
    const kept = Buffer.concat([
      Buffer.from("COPY t FROM stdin;\n\\\\restrict abc\n\\.\nSELECT 'a\r\nb \r c \\restrict x';\n"),
      Buffer.from([0xe4, 0xff, 0x00, 0x0a]),
      Buffer.from(`${'x'.repeat(200_000)}\n\n${END}\n\n`),
    ]);
    fs.writeFileSync(
      file,
      Buffer.concat([Buffer.from('\\restrict aB3\n'), kept, Buffer.from('\\unrestrict aB3\r\n')]),
    );
    expect(await finishDumpAll(file)).toBe(kept.length);
    expect(fs.readFileSync(file).equals(kept)).toBe(true);
    expect(fs.readdirSync(path.dirname(file))).toEqual(['all.sql']);
  });

  it('is refused when its end is missing', async () => {
    const file = path.join(temporaryFolder(), 'all.sql');
    fs.writeFileSync(file, `CREATE ROLE a;\n${END.slice(0, -3)}`);
    await expect(finishDumpAll(file)).rejects.toThrow(/marks its end is missing/);
    expect(fs.readdirSync(path.dirname(file))).toEqual(['all.sql']);
  });
});

describe('the data folder', () => {
  it('is found by its version, also below the folder that was named', async () => {
    const root = temporaryFolder();
    await expect(findDataFolder(root)).rejects.toThrow(/is no data folder/);
    for (const version of ['9.6', '14']) {
      fs.mkdirSync(path.join(root, version));
      if (version === '14') expect(await findDataFolder(root)).toMatchObject({ major: 9.6 });
      fs.writeFileSync(path.join(root, version, 'PG_VERSION'), `${version}\n`);
    }
    await expect(findDataFolder(root)).rejects.toThrow(/more than one data folder: 14, 9\.6/);
    expect(await findDataFolder(path.join(root, '14'))).toEqual({ folder: path.join(root, '14'), major: 14 });
  });
});
