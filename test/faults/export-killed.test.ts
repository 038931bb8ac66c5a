import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSiteWithoutDatabase, type LabSite } from '../helpers/lab.ts';
import { writeOldSet } from '../helpers/old-sets.ts';
import { contentOf } from '../integration/vault/vault-lab.ts';
import { NO_SAMPLE } from '../helpers/fault-extent.ts';

const KILL_AT_FILE = new URL('../helpers/kill-at-file.mjs', import.meta.url).href;

/** Just before what the export is killed, and what it leaves. */
const PLACES: readonly (readonly [what: string, call: string, file: string, leaves: readonly string[]])[] = [
  ['its last part is in place', 'rename', 'set.tar', ['set.tar.partial', 'set.tar.sha256']],
  ['its sum is in place', 'rename', 'set.tar.sha256', ['set.tar.partial', 'set.tar.sha256.partial']],
  ['its sum is written', 'open', 'set.tar.sha256.partial', ['set.tar.partial']],
  ['a file of the set is read', 'readFile', 'databases/globals.sql', ['set.tar.partial']],
];

describe('an export that is killed', () => {
  let site: LabSite & { close(): Promise<void> };
  let set: string;
  let out: string;

  beforeAll(async () => {
    site = await openSiteWithoutDatabase();
    const files = { 'RESTORE.md': '# Restore\n', 'databases/globals.sql': 'CREATE ROLE one;\n'.repeat(9000) };
    set = writeOldSet(join(site.vault, 'demo'), 1, files).path;
    out = join(site.folder, 'out');
  });

  afterAll(async () => {
    await site.close();
  });

  it.each(NO_SAMPLE ? PLACES : PLACES.slice(0, 1))(
    'before %s leaves no archive under its name, the vault as it was, and nothing in the way of the next one',
    async (_what, call, file, leaves) => {
      mkdirSync(out);
      const before = contentOf(site.vault);
      const words = ['backups', 'export', '--output', join(out, 'set.tar')];
      const env = { NODE_OPTIONS: `--import ${KILL_AT_FILE}`, TEST_KILL_CALL: call, TEST_KILL_FILE: file };
      const killed = await site.run(words, { env });
      expect(killed.signal, killed.stdout + killed.stderr).toBe('SIGKILL');
      expect(readdirSync(out).sort()).toEqual(leaves);
      expect(contentOf(site.vault)).toEqual(before);

      const next = await site.run(words);
      expect(next.code, next.stdout + next.stderr).toBe(0);
      expect(readdirSync(out).sort()).toEqual(['set.tar', 'set.tar.sha256']);
      execFileSync('sha256sum', ['-c', 'set.tar.sha256'], { cwd: out });
      expect(execFileSync('tar', ['-tf', 'set.tar'], { cwd: out, encoding: 'utf8' })).toContain(
        `${basename(set)}/databases/globals.sql`,
      );
      expect(contentOf(site.vault)).toEqual(before);
      rmSync(out, { recursive: true });
    },
  );
});
