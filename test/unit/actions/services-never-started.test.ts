import fs from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createServicesNeverStarted } from '../../../src/actions/services-never-started.ts';
import type { JsonObject } from '../../../src/contract/json.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';
import { fakeScratch, fakeSite, parts } from './fakes.ts';
import { fakeNode, QLIK, runAction } from './harness.ts';

interface Machine {
  readonly services: Readonly<Record<string, object>>;
  readonly remove?: readonly string[];
  /** When a log file of the Repository Service was written. */
  readonly logged?: Date;
  readonly input?: JsonObject;
}

async function look({ services, remove = [], logged, input = {} }: Machine) {
  const folder = temporaryFolder();
  await fs.mkdir(path.join(folder, 'SET', 'certificates'), { recursive: true });
  await fs.writeFile(path.join(folder, 'SET', 'certificates', 'index.json'), '[]');
  const trace = path.join(folder, 'data', 'Log', 'Repository', 'Trace');
  await fs.mkdir(trace, { recursive: true });
  if (logged !== undefined) {
    await fs.writeFile(path.join(trace, 'QS1_System_Repository.txt'), 'log');
    await fs.utimes(path.join(trace, 'QS1_System_Repository.txt'), logged, logged);
  }
  const c = parts();
  const node = fakeNode({ services });
  for (const name of remove) node.statuses.delete(name);
  const qlik = { ...fakeSite().qlik, programDataFolder: path.join(folder, 'data') };
  return runAction(
    createServicesNeverStarted({
      ...c,
      site: fakeSite({ qlik }),
      vault: { ...c.vault, root: folder },
      scratch: fakeScratch(),
    }),
    { set: 'SET', ...input },
    { node, run: '20261124T010000Z-abcdef' },
  ).then(
    ({ warnings }) => ['never', ...warnings].join('; '),
    (error: unknown) => String(error),
  );
}

const stopped = (told: { readonly neverStarted?: boolean } = {}) =>
  Object.fromEntries(QLIK.slice(1).map((name) => [name, { state: 'stopped', ...told }]));
const never = stopped({ neverStarted: true });

describe('services.never-started', () => {
  it('holds when all but the database are stopped and Windows says that they never ran', async () => {
    expect(await look({ services: never })).toBe('never');
  });

  it('says of which service it cannot be told', async () => {
    const services = { ...never, QlikSenseProxyService: { state: 'stopped' } };
    expect(await look({ services })).toMatch(/^never; .*cannot be told of QlikSenseProxyService\.$/);
  });

  it('does not hold when one runs, has run, or none is there', async () => {
    expect(await look({ services: { ...never, QlikSenseProxyService: {} } })).toContain('is running');
    const ran = { ...never, QlikSenseProxyService: { state: 'stopped', neverStarted: false } };
    expect(await look({ services: ran })).toContain('QlikSenseProxyService has run already');
    expect(await look({ services: {}, remove: QLIK.slice(1) })).toContain('it is not installed');
  });

  it('does not hold when the Repository Service has written a log file: Windows forgets when it restarts', async () => {
    const logged = new Date('2026-11-24T02:00:00.000Z');
    expect(await look({ services: never, logged })).toMatch(
      /has written .*QS1_System_Repository\.txt \(2026-11-24/,
    );
  });

  it('tells a log file of an installation before, where Qlik Sense was installed in this run', async () => {
    const input = { 'installed-now': true };
    const before = await look({ services: never, logged: new Date('2026-11-24T00:59:00.000Z'), input });
    expect(before).toMatch(/^never; .*of an installation before/);
    const since = await look({ services: never, logged: new Date('2026-11-24T01:01:00.000Z'), input });
    expect(since).toContain('StepError');
    expect(since).toContain('QS1_System_Repository.txt');
  });
});
