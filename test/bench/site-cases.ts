import { rmSync } from 'node:fs';
import path from 'node:path';
import type { BenchSite, JournalLine } from './bench-site.ts';
import { compare, interleave, type Comparison } from './measure.ts';
import { emptyFolder, run, sync } from './programs.ts';
import { changeBenchShare } from './share-tree.ts';
import type { BenchOptions } from './share-cases.ts';

const DATABASES = ['QSR', 'SenseServices', 'QSMQ', 'Licenses'];
/** In the order they are started, the database apart, which keeps running. */
const STARTED = ['dispatcher', 'repository', 'proxy', 'engine', 'scheduler', 'printing'];

/** The four dumps as the manual types them (5.6 step 2, p. 208-209), into `folder`. */
function manualDumps({ demo }: BenchSite, folder: string): string[][] {
  const { host, port, user } = demo.cluster.address;
  return DATABASES.map((name) => [
    'pg_dump',
    ...['-h', host, '-p', String(port), '-U', user, '-b', '-F', 't', '-f'],
    path.join(folder, `${name}_backup.tar`),
    name,
  ]);
}

/** Four dumps beside each other with their evidence, against the manual's four commands one after another. */
export async function dumpCase(site: BenchSite, { folder, rounds }: BenchOptions): Promise<Comparison> {
  const by = path.join(folder, 'dumps');
  const set = '${ steps.open.outputs.set }';
  site.runbook('bench-dumps', {
    sections: [
      {
        id: 'dumps',
        title: 'Dumps',
        steps: [
          { id: 'open', title: 'Open', uses: 'vault.begin' },
          {
            parallel: DATABASES.map((database) => ({
              id: `dump-${database.toLowerCase()}`,
              title: database,
              uses: 'postgres.dump',
              with: { set, database },
            })),
          },
        ],
      },
    ],
    always: [{ id: 'release', title: 'Release', uses: 'vault.release' }],
  });
  const medians = await interleave(
    [
      {
        name: 'side by side',
        run: async () => {
          await site.tool('run', 'bench-dumps', '--yes');
          return timeBetween(site.journal(), 'intent', 'result', (step) => step.startsWith('dump-'));
        },
      },
      {
        name: 'four commands',
        before: () => emptyFolder(by),
        run: async () => {
          for (const [program = '', ...args] of manualDumps(site, by))
            await run('env', [`PGPASSFILE=${site.passFile}`, program, ...args]);
          return undefined;
        },
      },
    ],
    rounds,
  );
  return compare('Four dumps with evidence', medians, { ours: 'side by side', peer: 'four commands' }, 1.1);
}

/**
 * Downtime, from the first stop to ready again, of a second night and of the manual's procedure on the same site:
 * stop, four dumps, full copy of the share, start. `delay`: milliseconds each service takes to stop and to start.
 */
export async function downtimeCases(
  site: BenchSite,
  { folder, rounds }: BenchOptions,
  delay: number,
): Promise<Comparison[]> {
  const { share } = site.demo.paths;
  const by = path.join(folder, 'manual');
  writeManualRunbook(site, by);
  site.delay(delay);
  await site.tool('backup', '--yes');
  const change = (round: number) => async (): Promise<void> => {
    changeBenchShare(share, round);
    await sync(share);
  };
  let night = 0;
  const backup = (...args: string[]) => ({
    before: () => change((night += 1))(),
    run: async () => {
      await site.tool(...args, '--yes');
      return downtimeOf(site.journal());
    },
  });
  const medians = await interleave(
    [
      { name: 'full', ...backup('backup') },
      { name: 'snapshot', ...backup('backup', '--quiesce', 'snapshot') },
      {
        name: 'manual',
        before: async () => {
          await emptyFolder(by);
          await change((night += 1))();
        },
        run: async () => {
          await site.tool('run', 'bench-manual', '--yes');
          return downtimeOf(site.journal());
        },
      },
    ],
    rounds,
  );
  rmSync(by, { recursive: true, force: true });
  const what = `Downtime of the second night, services take ${String(delay / 1000)} s`;
  return [
    compare(`${what}, quiesce full`, medians, { ours: 'full', peer: 'manual' }, 0.75),
    compare(`${what}, quiesce snapshot`, medians, { ours: 'snapshot', peer: 'manual' }, 0.3),
  ];
}

/**
 * As people do it who have the manual: every service by itself and awaited (Services console, `Stop-Service`), the rim node
 * first and the central node last, each in the reverse of the manual's start order (1.3, p. 40); then all the other way round.
 */
function writeManualRunbook(site: BenchSite, by: string): void {
  const command = (id: string, argv: string[], env: Record<string, string> = {}) => ({
    id,
    title: id,
    uses: 'command.run',
    with: { argv, env, effect: 'change', 'timeout-ms': 3_600_000 },
  });
  const stops = ['rims', 'central'].flatMap((on) =>
    [...STARTED].reverse().map((service) => ({
      id: `stop-${on}-${service}`,
      title: `Stop ${service}`,
      uses: 'services.stop',
      on,
      with: { only: [service] },
    })),
  );
  const starts = [...stops].reverse().map(({ id, on }) => ({
    id: id.replace('stop', 'start'),
    title: id,
    uses: 'services.start-stopped',
    on,
    reverses: [id],
  }));
  site.runbook('bench-manual', {
    sections: [
      {
        id: 'manual',
        title: 'As the manual',
        steps: [
          ...stops,
          ...manualDumps(site, by).map((argv, index) =>
            command(`dump-${String(index)}`, argv, { PGPASSFILE: site.passFile }),
          ),
          command('copy-share', ['cp', '-a', site.demo.paths.share, path.join(by, 'share')]),
          ...starts,
        ],
      },
    ],
    always: starts.map((start) => ({ ...start, id: `${start.id}-after-all`, with: { remaining: true } })),
  });
}

/** First stop to the last start's end, as the journal has it. Milliseconds. */
function downtimeOf(journal: readonly JournalLine[]): number {
  return timeBetween(
    journal,
    'intent',
    'result',
    (step) => /^(?:stop|start)-/.test(step) && !step.endsWith('-after-all'),
  );
}

/** From the first line of one type to the last of another, of those steps. Milliseconds. */
export function timeBetween(
  journal: readonly JournalLine[],
  from: string,
  to: string,
  isIt: (step: string) => boolean,
): number {
  const times = (type: string): number[] =>
    journal.filter((line) => line.type === type && isIt(line.step ?? '')).map(({ at }) => Date.parse(at));
  const [first, last] = [times(from)[0], times(to).at(-1)];
  if (first === undefined || last === undefined) throw new Error('the run has no such steps');
  return last - first;
}
