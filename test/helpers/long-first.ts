import { readdirSync } from 'node:fs';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that go on for longest, the longest of each kind first; of the faults when every place is taken. */
const LONG = [
  'restore-new-host-killed',
  'restore-new-host-cut-short',
  'restore-new-host-rollback-cut-short',
  'restore-other-ways',
  'backup-killed',
  'restore-rollback-killed',
  'restore-new-host-rollback-killed',
  'upgrade-killed',
  'restore-killed',
  'restore-cut-short',
  'restore-rollback-cut-short',
  'restore-rollback-other-ways',
  'restore-documented-cut-short',
  // Of the sample.
  'e2e/restore',
  'backup-interrupted',
  'restore-any-tree',
  // Of the databases.
  'databases/actions/create-databases',
  'databases/actions/restore-databases',
  'databases/actions/restore-swap',
  'databases/actions/drill',
  // Of what is wrong on a site.
  'no-secret-anywhere',
  'bad-services',
  'bad-vault',
  // Of the procedures.
  'dry-run-without-a-site',
  'large-database',
  'upgrade-journey',
  // Of those with Windows programs.
  'windows/patch',
  'windows/interrupted',
  'windows/trouble',
  'windows/restore',
  'windows/backup',
  'windows/postgres',
];

/**
 * Begins with the files that take longest: whatever begins last goes on alone. Neither their size tells that, which is a few
 * lines, nor how long they took last, for a sample leaves most of them out.
 */
export class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((one, other) => rankOf(one.moduleId) - rankOf(other.moduleId));
  }
}

/**
 * In every turn: kills of the backup, which runs each night, and of the demo; sets deleted by hand and clocks that go backwards,
 * which a backup meets. Its interruptions, a full vault and 100,000 files take too long for that.
 */
const EVERY_TURN = /\/(?:backup-killed|backup-preflight|demo-|sets-laid-hands-on)/;

/**
 * Every so-many-th file of a folder, the long ones dealt out evenly, and those that are in every turn: what takes too long to be
 * done at once is done by turns. `turn`: `2/4` is the second of four.
 *
 * @throws Error when it is not written so
 */
export function filesOfTurn(folder: string, turn: string): string[] {
  const [number = NaN, turns = NaN] = turn.split('/').map(Number);
  if (!(Number.isInteger(number) && Number.isInteger(turns) && number >= 1 && number <= turns))
    throw new Error(`"${turn}" is no turn, such as 2/4`);
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => `${folder}/${name}`)
    .toSorted((one, other) => rankOf(one) - rankOf(other) || (one < other ? -1 : 1));
  const dealtOut = files.filter((file) => !EVERY_TURN.test(file));
  return [
    ...files.filter((file) => EVERY_TURN.test(file)),
    ...dealtOut.filter((_file, index) => index % turns === number - 1),
  ];
}

function rankOf(file: string): number {
  const rank = LONG.findIndex((name) => file.includes(`/${name}`));
  return rank === -1 ? LONG.length : rank;
}
