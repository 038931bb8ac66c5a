/** Files that go on for longest, the longest of each kind first; of the faults when every place is taken. */
const LONG = [
  // With Windows programs.
  'windows/patch',
  'windows/interrupted',
  'windows/trouble',
  'windows/restore',
  'windows/backup',
  'windows/postgres',
  // Of the faults.
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
];

/** Where a file stands among them; behind all that are not named. */
export function rankOf(file: string): number {
  const rank = LONG.findIndex((name) => file.includes(`/${name}`));
  return rank === -1 ? LONG.length : rank;
}
