import path from 'node:path';
import { buildVaultProcess, COPY_WORKER, emptyFolder, run } from './programs.ts';
import type { BenchOptions } from './share-cases.ts';
import { writeManyFiles } from './share-tree.ts';

const COUNTS = [10_000, 300_000];

/** Peak memory of a full copy, of a second night and of verifying, by the number of files. One line each. */
export async function memoryCase({ folder, say }: BenchOptions): Promise<string[]> {
  const program = await buildVaultProcess(folder);
  const lines: string[] = [];
  for (const count of COUNTS) {
    const share = path.join(folder, `many-${String(count)}`);
    const vault = path.join(folder, `vault-${String(count)}`);
    say(`writing ${String(count)} files`);
    writeManyFiles(share, count);
    await emptyFolder(vault);
    const peak = async (verb: string, ...rest: string[]): Promise<string> => {
      const { peakBytes } = JSON.parse(
        await run(process.execPath, [program, verb, COPY_WORKER, vault, ...rest]),
      ) as { peakBytes: number };
      return `${(peakBytes / 1e6).toFixed(0)} MB`;
    };
    const [full, second, verify] = [
      await peak('copy', share),
      await peak('copy', share),
      await peak('verify'),
    ];
    lines.push(`${String(count)} files: full copy ${full}, second night ${second}, verify ${verify}`);
    await emptyFolder(share);
    await emptyFolder(vault);
  }
  return lines;
}
