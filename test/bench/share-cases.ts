import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { compare, interleave, type Comparison } from './measure.ts';
import { buildVaultProcess, COPY_WORKER, emptyFolder, has, run, sync } from './programs.ts';
import { changeBenchShare, writeBenchShare } from './share-tree.ts';

/** What the cases are run with. */
export interface BenchOptions {
  /** A folder of the benchmark's own, empty. */
  readonly folder: string;
  readonly scale: number;
  readonly rounds: number;
  readonly say: (line: string) => void;
}

/** A full copy, the second night and verifying, against rsync and sha256sum. */
export async function shareCases({ folder, scale, rounds, say }: BenchOptions): Promise<Comparison[]> {
  const share = path.join(folder, 'share');
  const size = writeBenchShare(share, scale);
  say(`share: ${String(size.files)} files, ${(size.bytes / 1e6).toFixed(0)} MB`);
  const program = await buildVaultProcess(folder);
  const ours = path.join(folder, 'vault');
  const theirs = path.join(folder, 'rsync');
  const vault = (verb: string, ...rest: string[]): Promise<string> =>
    run(process.execPath, [program, verb, COPY_WORKER, ours, ...rest]);
  const results: Comparison[] = [];
  if (!(await has('rsync'))) say('rsync is not here: copying is not compared');
  else {
    await sync(folder);
    const full = await interleave(
      [
        {
          name: 'copy and hash',
          before: () => emptyFolder(ours),
          run: async () => void (await vault('copy', share)),
        },
        {
          name: 'rsync -a',
          before: () => emptyFolder(theirs),
          run: async () => {
            await run('rsync', ['-a', `${share}/`, path.join(theirs, '0')]);
            await sync(theirs);
          },
        },
      ],
      rounds,
    );
    results.push(compare('Full copy of the share', full, { ours: 'copy and hash', peer: 'rsync -a' }, 1.0));
    results.push(await secondNight());
  }
  results.push(await verifying());
  return results;

  async function secondNight(): Promise<Comparison> {
    let changed = -1;
    // Once a night, before whoever is first: both see the same changes.
    async function changeOnce(round: number): Promise<void> {
      if (round === changed) return;
      changed = round;
      changeBenchShare(share, round);
    }
    const medians = await interleave(
      [
        {
          name: 'copy and link',
          before: changeOnce,
          run: async () => {
            const { linked } = JSON.parse(await vault('copy', share)) as { linked: number };
            if (linked === 0) throw new Error('nothing was linked');
          },
        },
        {
          name: 'rsync -a --link-dest',
          before: changeOnce,
          run: async (round) => {
            const last = path.join(theirs, String(round));
            await run('rsync', [
              '-a',
              `--link-dest=${last}`,
              `${share}/`,
              path.join(theirs, String(round + 1)),
            ]);
            await sync(theirs);
          },
        },
      ],
      rounds,
    );
    const names = { ours: 'copy and link', peer: 'rsync -a --link-dest' };
    return compare('Second night, 1 to 3 % changed', medians, names, 0.7);
  }

  async function verifying(): Promise<Comparison> {
    if ((await readdir(ours).catch(() => [])).length === 0) await vault('copy', share);
    const sums = path.join(folder, 'sums');
    await run('sh', [
      '-c',
      'cd "$1" && find . -type f -print0 | xargs -0 sha256sum > "$2"',
      'sh',
      share,
      sums,
    ]);
    const medians = await interleave(
      [
        { name: 'backups verify', run: async () => void (await vault('verify')) },
        {
          name: 'sha256sum -c',
          run: async () =>
            void (await run('sh', ['-c', 'cd "$1" && sha256sum --quiet -c "$2"', 'sh', share, sums])),
        },
      ],
      rounds,
    );
    const names = { ours: 'backups verify', peer: 'sha256sum -c' };
    return compare('Verifying the share', medians, names, 0.4);
  }
}
