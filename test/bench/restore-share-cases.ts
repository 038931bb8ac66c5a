import path from 'node:path';
import { compare, interleave, type Comparison } from './measure.ts';
import { buildVaultProcess, COPY_WORKER, emptyFolder, has, run, sync } from './programs.ts';
import type { BenchOptions } from './share-cases.ts';
import { writeBenchShare } from './share-tree.ts';

/** Restoring the share of a set, against `cp -a` of it: into an empty folder, and again when nothing changed since. */
export async function restoreShareCases({ folder, scale, rounds, say }: BenchOptions): Promise<Comparison[]> {
  if (!(await has('cp'))) {
    say('cp is not here: restoring is not compared');
    return [];
  }
  const share = path.join(folder, 'share');
  const size = writeBenchShare(share, scale);
  say(`share: ${String(size.files)} files, ${(size.bytes / 1e6).toFixed(0)} MB`);
  const program = await buildVaultProcess(folder);
  const vault = path.join(folder, 'vault');
  let [ours, theirs] = ['', ''];
  let folders = 0;
  // A new one each time: ext4 is slow to make files where as many were removed just before, which no restore meets.
  const newFolder = async (name: string): Promise<string> => {
    const into = path.join(folder, `${name}-${String((folders += 1))}`);
    await emptyFolder(into);
    return into;
  };
  const tool = (verb: string, ...rest: string[]): Promise<string> =>
    run(process.execPath, [program, verb, COPY_WORKER, vault, ...rest]);
  await tool('copy', share);
  await sync(folder);

  async function restore(into: string): Promise<number> {
    const { files, filesPlaced } = JSON.parse(await tool('restore', into)) as Record<string, number>;
    if (files !== size.files) throw new Error(`${String(files)} files were restored`);
    return filesPlaced ?? 0;
  }
  const copyBack = {
    name: 'cp -a',
    before: async () => {
      theirs = await newFolder('theirs');
    },
    run: async () => {
      await run('cp', ['-a', `${share}/.`, theirs]);
      await sync(theirs);
      return undefined;
    },
  };
  const first = await interleave(
    [
      {
        name: 'restore and hash',
        before: async () => {
          ours = await newFolder('ours');
        },
        run: async () => {
          if ((await restore(ours)) !== size.files) throw new Error('not every file was restored');
          return undefined;
        },
      },
      copyBack,
    ],
    rounds,
  );
  const again = await interleave(
    [
      {
        name: 'restore again',
        run: async () => {
          if ((await restore(ours)) !== 0) throw new Error('something was restored again');
          return undefined;
        },
      },
      copyBack,
    ],
    rounds,
  );
  return [
    compare('Restore of the share', first, { ours: 'restore and hash', peer: 'cp -a' }, 1.15),
    compare('The same again, unchanged', again, { ours: 'restore again', peer: 'cp -a' }, 0.5),
  ];
}
