import { lackedWords } from '../vault/set-parts.ts';
import type { Manifest, SetSummary, Verification } from '../vault/vault.ts';
import { formatBytes, formatCount, formatDuration, formatLocalTime, wrapText } from '../foundation/human.ts';
import { TEXT_WIDTH } from './plan-text.ts';
import type { SetView } from './set-view.ts';
import { quiesceText, setViewText } from './set-view-text.ts';
import { textTable } from './text-table.ts';

/** Damaged files printed by name before the rest is only counted. */
const DAMAGE_LINES = 50;

/** Sets that share a damaged file, printed by name before the rest is only counted. */
const SHARING_SETS = 6;

/**
 * The table of `backups`: oldest first, times local. Release and host of the central node, for which there is no room in 80
 * columns, stand above the sets that they are those of. Ends with a newline.
 */
export function backupsText(sets: readonly SetSummary[]): string {
  if (sets.length === 0) return 'No backup sets yet. Make the first one with: sense-runbook backup\n';
  const table = withOrigins(tableOf(sets), sets);
  const stored = sets.reduce((sum, set) => sum + (set.bytesNew ?? 0), 0);
  const lacking = sets.flatMap((set) => lackingText(set) ?? []);
  if (lacking.length > 0) table.push('', ...lacking.flatMap((text) => wrapText(text, TEXT_WIDTH, '  ')));
  return `${[...table, '', `${formatCount(sets.length, 'set')}, ${formatBytes(stored)} in the vault`].join('\n')}\n`;
}

function tableOf(sets: readonly SetSummary[]): string[] {
  const rows = sets.map((set) => [
    set.id,
    formatLocalTime(set.createdAt),
    set.state,
    optional(set.bytes, formatBytes),
    provenText(set),
  ]);
  return textTable(
    [
      { title: 'SET' },
      { title: 'CREATED' },
      { title: 'STATE' },
      { title: 'SIZE', align: 'right' },
      { title: 'PROVEN' },
    ],
    rows,
  );
}

/** The title and one line a set; where it changes from where they are, a line says so. */
function withOrigins([title = '', ...lines]: readonly string[], sets: readonly SetSummary[]): string[] {
  const known = sets.some(({ release, host }) => release !== undefined || host !== undefined);
  let last = known ? '' : originText(undefined);
  return [
    title,
    ...lines.flatMap((line, index) => {
      const origin = originText(sets[index]);
      if (origin === last) return [line];
      last = origin;
      return [...wrapText(`${origin}:`, TEXT_WIDTH, '  '), line];
    }),
  ];
}

function originText(set: SetSummary | undefined): string {
  const { release, host } = set ?? {};
  if (release === undefined && host === undefined) return 'Release and host not known';
  return [release ?? 'Release not known', ...(host === undefined ? [] : [`on ${host}`])].join(', ');
}

/**
 * The day a drill last restored it; `in part` when it did of a set that lacks something; `FAILED` when the newest look at it
 * found something wrong, `PASSWORD` when that was nothing but the one of the certificates.
 */
function provenText({ provenAt, partProvenAt, failedAt, failedFor }: SetSummary): string {
  if (failedAt !== undefined) return failedFor === undefined ? 'FAILED' : 'PASSWORD';
  if (partProvenAt !== undefined) return 'in part';
  return provenAt === undefined ? '-' : day(provenAt);
}

/** What a set was made without, in a line below the table. */
function lackingText({ id, lacks = [], partProvenAt }: SetSummary): string | undefined {
  if (lacks.length === 0) return undefined;
  const proof =
    partProvenAt === undefined ? '' : `, what it has was restored by a drill on ${day(partProvenAt)}`;
  return `${id} has ${lackedWords(lacks)}${proof}.`;
}

function day(time: string): string {
  return formatLocalTime(time).slice(0, 10);
}

function failedText({ failedAt, failedFor }: SetSummary): string | undefined {
  if (failedAt === undefined) return undefined;
  const at = formatLocalTime(failedAt);
  return failedFor === undefined
    ? `a look on ${at} found it wrong`
    : `the drill on ${at} could not open its certificates: wrong password`;
}

/** The document of `backups --json`; only the fields that scripts are promised. */
export function backupsJson(sets: readonly SetSummary[]): object {
  return {
    schemaVersion: 1,
    sets: sets.map((set) => {
      const { id, path, state, createdAt, bytes, bytesNew, durationMs, downtimeMs } = set;
      const { provenAt, partProvenAt, lacks, failedAt, failedFor, release, host } = set;
      const sizes = { bytes, bytesNew, durationMs, downtimeMs };
      const proof = { provenAt, partProvenAt, lacks, failedAt, failedFor };
      return { id, path, state, createdAt, ...sizes, ...proof, release, host };
    }),
  };
}

/** One set in full, for `backups show`. `manifest` is absent while the set is incomplete. */
export function backupText(set: SetSummary, manifest: Manifest | undefined, view?: SetView): string {
  const facts: [string, string | undefined][] = [
    ['Set', set.id],
    ['State', set.state === 'complete' ? 'complete' : `${set.state}: it is never offered for restore`],
    ['Created', `${formatLocalTime(set.createdAt, true)} (${set.createdAt})`],
    ['Path', set.path],
    ['Run', set.run],
    ['Number', set.sequence === undefined ? undefined : String(set.sequence)],
    ['Size', set.bytes === undefined ? undefined : formatBytes(set.bytes)],
    [
      'New',
      set.bytesNew === undefined ? undefined : `${formatBytes(set.bytesNew)} not shared with earlier sets`,
    ],
    ['Took', set.durationMs === undefined ? undefined : formatDuration(set.durationMs)],
    ['Site down', set.downtimeMs === undefined ? undefined : formatDuration(set.downtimeMs)],
    ['Quiesce', view === undefined ? undefined : quiesceText(view)],
    ['Lacks', lacksWords(set)],
    [
      'Proven',
      set.provenAt === undefined ? undefined : `restored by a drill on ${formatLocalTime(set.provenAt)}`,
    ],
    [
      'In part',
      set.partProvenAt === undefined
        ? undefined
        : `what it has was restored by a drill on ${formatLocalTime(set.partProvenAt)}`,
    ],
    ['FAILED', failedText(set)],
    ['Made by', typeof manifest?.['tool'] === 'string' ? manifest['tool'] : undefined],
  ];
  const lines = facts.flatMap(([name, value]) => (value === undefined ? [] : [`${name.padEnd(11)}${value}`]));
  for (const warning of warningsOf(manifest))
    lines.push(...wrapText(`warning: ${warning}`, TEXT_WIDTH, '  '));
  if (set.state === 'complete')
    lines.push('', ...wrapText(`How to restore it by hand is in RESTORE.md in that folder.`, TEXT_WIDTH));
  return `${lines.join('\n')}\n${view === undefined ? '' : setViewText(view, set.failedAt)}`;
}

function lacksWords({ lacks = [] }: SetSummary): string | undefined {
  return lacks.length === 0 ? undefined : `it has ${lackedWords(lacks)}, and is no whole way back`;
}

/** What verifying found, for a person. */
export function verificationText(verification: Verification): string {
  const { set, files, bytes, durationMs, damage } = verification;
  const read = `${formatCount(files, 'file')}, ${formatBytes(bytes)} read in ${formatDuration(durationMs)}`;
  if (verification.ok) return `${set}: every file is as it was written (${read})\n`;
  const lines = [`${set}: DAMAGED, ${formatCount(damage.length, 'problem')} (${read})`];
  for (const { kind, path, message, sharedWith } of damage.slice(0, DAMAGE_LINES)) {
    lines.push(...wrapText(`  ${kind} ${printable(path)}: ${message}`, TEXT_WIDTH, '    '));
    if (sharedWith !== undefined) lines.push(...wrapText(`    ${alsoIn(sharedWith)}`, TEXT_WIDTH, '      '));
  }
  if (damage.length > DAMAGE_LINES)
    lines.push(`  and ${String(damage.length - DAMAGE_LINES)} more; --json lists them all`);
  return `${lines.join('\n')}\n`;
}

/** It is one file with a name in each of these sets. */
function alsoIn(sets: readonly string[]): string {
  const named = sets.slice(0, SHARING_SETS).join(', ');
  const more = sets.length > SHARING_SETS ? ` and ${String(sets.length - SHARING_SETS)} more` : '';
  return `also in ${sets.length === 1 ? 'set' : 'sets'} ${named}${more}`;
}

/** Control characters in a file name must not move the cursor or break the line. */
function printable(path: string): string {
  return path.replace(/[\u0000-\u001f\u007f-\u009f]/g, (character) =>
    JSON.stringify(character)
      .slice(1, -1)
      .replace(/^[\u007f-\u009f]$/, '?'),
  );
}

function warningsOf(manifest: Manifest | undefined): string[] {
  const warnings = manifest?.['warnings'];
  return Array.isArray(warnings) ? warnings.filter((warning) => typeof warning === 'string') : [];
}

function optional(value: number | undefined, format: (value: number) => string): string {
  return value === undefined ? '-' : format(value);
}
