import { chmodSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLab, type Lab, type LabSite, type ToolOptions, type ToolResult } from '../helpers/lab.ts';
import { markedSecret, placeOf, placesIn, secretsIn, type Place } from '../helpers/marked-secrets.ts';
import { findTestPrograms } from '../helpers/postgres.ts';
import { NO_RESTIC } from '../helpers/restic.ts';

const RECORD_ARGV = new URL('../helpers/record-argv.mjs', import.meta.url);

/** Programs that print what they know, in the ways programs do. */
const TELL = `const text = process.env.TOKEN ?? '';
console.log(text, JSON.stringify({ text }), JSON.stringify(JSON.stringify({ text })));
console.error(process.env.LAB_CERTIFICATES);
console.error(encodeURIComponent(text), Buffer.from(text).toString('base64'), text.replaceAll("'", "'\\\\''"));
process.stdin.on('data', (data) => console.error('stdin', String(data)));
process.stdin.on('end', () => process.exit(Number(process.argv[2])));
`;

/** A user's own runbook whose secret parameter reaches a program, which prints it. */
const OWN = `name: notify
title: Notify
params:
  token: { type: secret, required: true, description: Token of the service }
  code: { type: string, default: "0", description: What the program ends with }
sections:
  - id: only
    steps:
      - id: tell
        title: Tell
        uses: command.run
        with:
          argv: [node, tell.cjs, "\${ params.code }"]
          folder: FOLDER
          effect: change
          env: { TOKEN: "\${ params.token }" }
          stdin: "\${ params.token }"
      - id: pass-on
        title: Pass on what it said
        uses: command.run
        with:
          argv: [node, say.cjs]
          folder: FOLDER
          effect: change
          env: { TOKEN: "\${ steps.tell.outputs.stdout }" }
`;

const database = markedSecret('database password');
const wrong = markedSecret('wrong database password');
const certificates = markedSecret('certificate password');
const repository = markedSecret('restic password');
const token = markedSecret('secret parameter');
const secrets = [database, wrong, certificates, repository, token];

let lab: Lab;
let site: LabSite;
let bin: string;
/** What a run is told by its environment, and who writes down what it starts. */
let env: Record<string, string>;
let argvFile: string;
/** What was printed, by command. */
const printed: Place[] = [];

beforeAll(async () => {
  lab = await openLab();
  site = lab.site({ small: true });
  bin = join(site.folder, 'pg bin');
  argvFile = join(site.folder, 'argv.jsonl');
  env = {
    NODE_OPTIONS: `--import ${RECORD_ARGV.href}`,
    TEST_ARGV_FILE: argvFile,
    LAB_CERTIFICATES: certificates.value,
  };
  const client = new pg.Client({ ...lab.demo.cluster.address, database: 'postgres' });
  await client.connect();
  await client.query(`CREATE ROLE marked SUPERUSER LOGIN PASSWORD ${client.escapeLiteral(database.value)}`);
  await client.end();
  writeFileSync(join(site.folder, 'wrong'), wrong.value, { mode: 0o600 });
  writeFileSync(join(site.folder, 'restic word'), repository.value, { mode: 0o600 });
  mkdirSync(join(site.folder, 'runbooks'));
  writeFileSync(
    join(site.folder, 'runbooks', 'notify.yaml'),
    OWN.replaceAll('FOLDER', JSON.stringify(site.folder)),
  );
  writeFileSync(join(site.folder, 'tell.cjs'), TELL);
  writeFileSync(join(site.folder, 'say.cjs'), 'console.log(process.env.TOKEN)');
  site.edit((content) => {
    Object.assign(content['database'] as object, { user: 'marked', password: { secret: 'database' } });
    content['certificates'] = { password: { env: 'LAB_CERTIFICATES' } };
    if (NO_RESTIC !== undefined) return;
    const restic = {
      repository: join(site.folder, 'offsite'),
      password: { command: ['cat', join(site.folder, 'restic word')] },
    };
    Object.assign(content['vault'] as object, { copies: [{ name: 'offsite', restic }] });
  });
  const kept = await run(['secret', 'set', 'database'], 0, { input: database.value });
  expect(kept.stderr).toContain('stdin');
}, 180_000);

afterAll(() => lab.close(), 60_000);

/** Runs the tool with everything it starts written down. */
async function run(
  args: readonly string[],
  code: number | undefined,
  options: ToolOptions = {},
): Promise<ToolResult> {
  const result = await site.run(args, { ...options, cwd: site.folder, env: { ...env, ...options.env } });
  const { stdout, stderr } = result;
  printed.push(
    placeOf(`stdout of ${args.slice(0, 3).join(' ')}`, stdout),
    placeOf(`stderr of ${args.slice(0, 3).join(' ')}`, stderr),
  );
  if (code !== undefined) expect(result.code, stdout + stderr).toBe(code);
  return result;
}

/** No secret is in what was printed, started or written; the site's own secrets are left out. */
function expectNoSecret(): void {
  const own = ['restic word', 'wrong', 'state/secrets'].map((name) => join(site.folder, name));
  const places = [...printed, ...placesIn(site.folder, own)];
  expect(places.map(({ name }) => name)).toContain(argvFile);
  expect(secretsIn(places, secrets)).toEqual([]);
}

function newestRun(): string {
  return readdirSync(join(site.state, 'runs')).sort().at(-1) ?? '';
}

/** Everything that is told of a run afterwards. */
async function tellOf(name: string): Promise<void> {
  for (const format of ['text', 'markdown', 'html', 'json'])
    await run(['runs', 'report', name, '--format', format], 0);
  await run(['runs', 'report', name, '--bundle', `${name}.zip`], 0);
  await run(['runs', 'show', name], 0);
}

/** A pg_dump that, for one database, tells all it was told and fails. */
async function useTalkativeDump(): Promise<void> {
  const { client } = await findTestPrograms();
  mkdirSync(bin);
  for (const name of ['pg_dump', 'pg_dumpall', 'pg_restore', 'psql']) {
    const real = join(client.folder, name);
    const tell =
      'env | grep -E "^(PG|LAB_)" >&2; cat "$PGPASSFILE" >&2; sed "s/.*:marked://; s/\\\\\\(.\\)/\\\\1/g" "$PGPASSFILE" | base64 -w 0 >&2; exit 1';
    const work = name === 'pg_dump' ? `case "$*" in *QSMQ) ${tell};; esac\n` : '';
    writeFileSync(join(bin, name), `#!/bin/sh\n${work}exec '${real}' "$@"\n`);
    chmodSync(join(bin, name), 0o755);
  }
  site.edit((content) => {
    Object.assign(content['database'] as object, { bin });
  });
}

describe.skipIf(process.platform === 'win32')(
  'no secret is in anything that is shown, started or left',
  () => {
    it('by a good backup', async () => {
      await run(['--verbose', 'plan', 'backup', '--out', 'plan.json'], 0);
      await run(['plan', 'backup', '--format', 'html'], 0);
      await run(['--verbose', 'backup', '--yes'], 0);
      await tellOf(newestRun());
      await run(['--json', 'status'], undefined);
      await run(['--verbose', 'doctor'], undefined);
      await run(['schedule', 'show'], undefined);
      await run(['schedule', 'install', '--at', '02:00', '--dry-run'], undefined);
      await run(['secret', 'list'], 0);
      expectNoSecret();
    });

    it('by an own runbook whose programs print what they know, and fail', async () => {
      const set = ['--set', `token=${token.value}`];
      await run(['plan', 'notify', ...set], 0);
      await run(['--verbose', 'run', 'notify', ...set, '--yes'], 0);
      await tellOf(newestRun());
      const failing = ['--json', 'run', 'notify', ...set, '--set', 'code=3', '--yes'];
      expect((await run(failing, 1)).stderr).toContain('***');
      expect((await run(['--verbose', 'resume', ...set, '--yes'], undefined)).code).not.toBe(0);
      await run(['run', 'notify', ...set, '--set', `other=1`, '--yes'], 2);
      await run(['run', 'notify', ...set, '--folder', '--yes'], 2);
      await tellOf(newestRun());
      expectNoSecret();
    });

    it('when the database refuses the password', async () => {
      const good = readFileSync(site.siteFile, 'utf8');
      site.edit((content) => {
        Object.assign(content['database'] as object, { password: { file: join(site.folder, 'wrong') } });
      });
      await run(['--verbose', 'backup', '--yes'], 3);
      writeFileSync(site.siteFile, good);
      expectNoSecret();
    });

    it('when pg_dump prints its environment and its password file', async () => {
      const good = readFileSync(site.siteFile, 'utf8');
      await useTalkativeDump();
      const { stderr } = await run(['--verbose', 'backup', '--yes'], 1);
      writeFileSync(site.siteFile, good);
      expect(stderr).toContain('PGPASSFILE=');
      expect(stderr).toMatch(/marked:\*\*\*/);
      await tellOf(newestRun());
      expectNoSecret();
    });

    it('when it is killed in the middle, and recovered', async () => {
      const killed = await run(['backup', '--yes'], undefined, { cut: { at: 'intent dump-qsr central' } });
      expect(killed.signal, killed.stdout + killed.stderr).toBe('SIGKILL');
      await tellOf(newestRun());
      await run(['--verbose', 'recover'], 0);
      expectNoSecret();
    });
  },
);
