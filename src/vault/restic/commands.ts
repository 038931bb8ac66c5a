import type { CommandOperation, EffectClass } from '../../contract/operation.ts';
import type { Fill } from '../../foundation/fill.ts';
import type { ResticTarget } from './target.ts';

/** Tag of every snapshot that this tool makes. */
const OWN_TAG = 'sense-runbook';

/** Stand in a plan for what only the run finds out. */
const PARENT = '<parent>';
const SEQUENCE = '<sequence>';

/** A set as the plan names it, and what that stands for. */
export interface PlannedSet {
  readonly set: string;
  /** Its folder. */
  readonly folder: string;
  readonly fill?: Fill;
}

/** `restic version`: whether the program is there, and which one. */
export function versionCommand({ program }: Pick<ResticTarget, 'program'>): CommandOperation {
  return { kind: 'command', argv: [program, 'version'], effect: 'read', repeat: true };
}

/** The snapshots of this site; the lightest command that needs repository and password. */
export function snapshotsCommand(target: ResticTarget): CommandOperation {
  return command(target, 'read', ['snapshots', '--json', '--no-lock', '--tag', siteTags(target)]);
}

/** Makes the repository. restic refuses where there is one. */
export function initCommand(target: ResticTarget): CommandOperation {
  return command(target, 'change', ['init']);
}

/**
 * Sends the folder it is run in. Without `--ignore-ctime` a file would be read again each night because the next set has
 * a hard link to it. Inode, size and time must still be equal.
 */
export function backupCommand(target: ResticTarget, { set, folder }: PlannedSet): CommandOperation {
  const tags = `${setTags(target, set)},sequence=${SEQUENCE}`;
  const from = ['--host', target.site, '--tag', tags, '--ignore-ctime', '--parent', PARENT];
  return { ...command(target, 'change', ['backup', '--json', '--quiet', ...from, '.']), folder };
}

/** Values of the placeholders of `backupCommand`. Without a parent restic looks for one itself. */
export function backupFill(sequence: number, parent: string | undefined): Fill {
  return { [SEQUENCE]: String(sequence), [PARENT]: parent ?? '' };
}

/** Prints one file of a set; `path` begins with `/`, the folder of the set. */
export function dumpCommand(target: ResticTarget, set: string, path: string): CommandOperation {
  return command(target, 'read', ['dump', ...newestOf(target, set), path]);
}

/** Writes a set into `folder`. */
export function restoreCommand(target: ResticTarget, set: string, folder: string): CommandOperation {
  return command(target, 'read', ['restore', ...newestOf(target, set), '--target', folder]);
}

/** Removes all but the newest snapshot of one set: what an attempt left that did not come to its end. */
export function forgetOlderCommand(target: ResticTarget, set: string): CommandOperation {
  return command(target, 'change', [
    'forget',
    '--tag',
    setTags(target, set),
    '--group-by',
    '',
    '--keep-last',
    '1',
  ]);
}

/** Removes a snapshot of a set; its data stays until the next prune. */
export function forgetCommand(target: ResticTarget, set: string): CommandOperation {
  return command(target, 'change', ['forget', snapshotOf(set)]);
}

/** Value of the placeholder of `forgetCommand`. */
export function forgetFill({ set, snapshot }: { readonly set: string; readonly snapshot: string }): Fill {
  return { [snapshotOf(set)]: snapshot };
}

function snapshotOf(set: string): string {
  return `<snapshot-of-${set.toLowerCase()}>`;
}

/** Removes data that no snapshot needs. */
export function pruneCommand(target: ResticTarget): CommandOperation {
  return command(target, 'change', ['prune']);
}

/** Removes locks whose process is gone or that are old; never those of a living one. */
export function unlockCommand(target: ResticTarget): CommandOperation {
  return command(target, 'change', ['unlock']);
}

/** Value of a tag `name=value`; undefined when the snapshot has none. */
export function tagValue(tags: readonly string[], name: string): string | undefined {
  return tags.find((tag) => tag.startsWith(`${name}=`))?.slice(name.length + 1);
}

/** With commas between: snapshots that have all of them. */
function siteTags({ site }: Pick<ResticTarget, 'site'>): string {
  return `${OWN_TAG},site=${site}`;
}

function setTags(target: ResticTarget, set: string): string {
  return `${siteTags(target)},set=${set}`;
}

function newestOf(target: ResticTarget, set: string): string[] {
  return ['--tag', setTags(target, set), 'latest'];
}

function command(target: ResticTarget, effect: EffectClass, args: readonly string[]): CommandOperation {
  const { program, repository, options, caFile, environmentNames } = target;
  const argv = [
    program,
    ...(repository === undefined ? [] : ['-r', repository]),
    ...options.flatMap((option) => ['-o', option]),
    ...(caFile === undefined ? [] : ['--cacert', caFile]),
    ...args,
  ];
  return { kind: 'command', argv, effect, repeat: true, env: environmentNames };
}
