import { chmodSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openLab, type Lab, type LabSite } from '../helpers/lab.ts';
import { findTestPrograms } from '../helpers/postgres.ts';
import { childrenLeft } from '../helpers/soundness.ts';
import { backUp, expectFailed, expectRefused } from '../helpers/expect-tool.ts';

let lab: Lab;
let site: LabSite;
let good: string;
let bin: string;
let real: string;
let major: number;

const NAMES = ['pg_dump', 'pg_dumpall', 'pg_restore', 'psql'];

beforeAll(async () => {
  lab = await openLab();
  site = lab.site({ small: true });
  good = readFileSync(site.siteFile, 'utf8');
  bin = join(site.folder, 'pg bin');
  const { client } = await findTestPrograms();
  real = client.folder;
  major = client.major;
  useBin();
});

afterEach(() => {
  rmSync(bin, { recursive: true, force: true });
  writeFileSync(site.siteFile, good);
  useBin();
});

afterAll(async () => {
  await lab.close();
});

/** The site file names the folder of the programs. */
function useBin(more: Record<string, unknown> = {}): void {
  site.edit((content) => {
    Object.assign(content['database'] as object, { bin, ...more });
  });
}

/** Programs that say they are of `version`, and do what the real ones do, or `instead` where it is given. */
function install(version: string, instead: Record<string, string> = {}, names = NAMES): void {
  mkdirSync(bin, { recursive: true });
  for (const name of names) {
    const work = instead[name] ?? `exec '${join(real, name)}' "$@"`;
    const script = `#!/bin/sh\nif [ "$1" = --version ]; then echo "${name} (PostgreSQL) ${version}"; exit 0; fi\n${work}\n`;
    writeFileSync(join(bin, name), script);
    chmodSync(join(bin, name), 0o755);
  }
}

describe.skipIf(process.platform === 'win32')('client programs that do not serve', () => {
  it('are named when the folder is empty or lacks one', async () => {
    await expectRefused(site, ['backup', '--yes'], {
      code: 3,
      says: [bin, /has no pg_dump, pg_dumpall, pg_restore, psql/],
      hint: /database\.bin/,
      json: true,
    });
    install('15.1', {}, ['pg_dump', 'pg_restore', 'psql']);
    await expectRefused(site, ['backup', '--yes'], {
      code: 3,
      says: [/has no pg_dumpall/],
      hint: /database\.bin/,
    });
  });

  it('are refused when they are older than the server, even if right ones lie elsewhere', async () => {
    install('9.6.24');
    await expectRefused(site, ['backup', '--yes'], {
      code: 3,
      says: [new RegExp(`server is PostgreSQL ${String(major)}.* older: 9\\.6\\.24`)],
      hint: new RegExp(`client programs of PostgreSQL ${String(major)}.*database\\.bin`),
    });
  });

  it('are refused when they are newer, unless the site file allows it', async () => {
    install('99.1');
    await expectRefused(site, ['backup', '--yes'], {
      code: 3,
      says: [new RegExp(`server is PostgreSQL ${String(major)}.* newer: 99\\.1`)],
      hint: /allow-newer/,
    });
    useBin({ clients: 'allow-newer' });
    const { path, run } = await backUp(site);
    expect(run.stdout).toMatch(/warning: .*99\.1.*newer/s);
    expect(readFileSync(join(path, 'manifest.json'), 'utf8')).toContain('99.1');
    expect(readFileSync(join(path, 'RESTORE.md'), 'utf8')).toMatch(/99\.1[^]*newer|newer[^]*99\.1/);
  });

  it('are refused when they do not run', async () => {
    install(`${String(major)}.1`);
    writeFileSync(join(bin, 'pg_dump'), '#!/bin/sh\necho broken library >&2\nexit 127\n');
    await expectRefused(site, ['backup', '--yes'], {
      code: 3,
      says: [/pg_dump does not run/],
      hint: /database\.bin/,
    });
  });
});

/** Beginning of a pg_dump that fails for QSMQ only. */
const ONLY_QSMQ = `case "$*" in *QSMQ) ;; *) exec "$REAL" "$@";; esac`;

describe.skipIf(process.platform === 'win32')('a pg_dump that fails while the services are down', () => {
  const failing = (work: string): Record<string, string> => ({
    pg_dump: `REAL='${join(real, 'pg_dump')}'\n${ONLY_QSMQ}\n${work}`,
  });

  it('is named with what it said', async () => {
    install(`${String(major)}.1`, failing('echo "pg_dump: error: Platte kaputt" >&2; exit 1'));
    await expectFailed(site, ['backup', '--yes'], {
      code: 1,
      says: [/dump-qsmq/, /Platte kaputt/],
      hint: /./,
    });
  });

  it('is a failure also when it ends with 0 and leaves an empty file', async () => {
    install(`${String(major)}.1`, failing(':'));
    await expectFailed(site, ['backup', '--yes'], {
      code: 1,
      says: [/QSMQ_backup\.tar is not usable: it is empty/],
      hint: /free space/,
    });
  });

  it('is ended when it takes longer than its time limit, with all it started', async () => {
    install(`${String(major)}.1`, failing('sleep 6173 & sleep 6173'));
    site.edit((content) => {
      (content['timeouts'] as Record<string, unknown>)['dump'] = '10s';
    });
    await expectFailed(site, ['backup', '--yes'], {
      code: 1,
      says: [/dump-qsmq/, /10 s/],
      hint: /timeouts\.dump/,
    });
    expect(childrenLeft(site)).toEqual([]);
    const left = readdirSync('/proc').filter((pid) => commandOf(pid).includes('6173'));
    expect(left).toEqual([]);
  });
});

function commandOf(pid: string): string {
  try {
    return /^\d+$/.test(pid) ? readFileSync(`/proc/${pid}/cmdline`, 'utf8') : '';
  } catch {
    return '';
  }
}
