import { formatBytes, formatCount, formatDuration, formatLocalTime, wrapText } from '../foundation/human.ts';
import type { SetEvent } from '../vault/history.ts';
import { TEXT_WIDTH } from './plan-text.ts';
import type { SetView } from './set-view.ts';
import { textTable } from './text-table.ts';

/** Certificates are named this long before they expire. Days. */
const EXPIRES_SOON = 30;
/** So many of the newest looks are printed; JSON has all. */
const LOOKS = 10;

/**
 * What a set holds, part by part, for a person, and what the look at `failedAt` found wrong. Begins with an empty line, ends
 * with a newline; at most 80 columns.
 */
export function setViewText(view: SetView, failedAt?: string): string {
  const parts = [
    databaseLines(view),
    folderLines(view),
    certificateLines(view),
    repositoryLines(view),
    historyLines(view.history, failedAt),
    nameLines(view),
  ];
  return parts
    .filter((lines) => lines.length > 0)
    .map((lines) => `\n${lines.join('\n')}\n`)
    .join('');
}

/** How the site was while it was made, in one line; undefined when the manifest does not tell. */
export function quiesceText({ quiesce, mutuallyConsistent }: SetView): string | undefined {
  if (quiesce === undefined) return undefined;
  return mutuallyConsistent === false
    ? `${quiesce}: databases and share are not of one moment`
    : `${quiesce}: databases and share are of one moment`;
}

function databaseLines({ databases, evidenceProblem }: SetView): string[] {
  if (databases.length === 0) return [];
  const grouped = (count: number | undefined): string =>
    count === undefined ? '-' : String(count).replace(/\B(?=(\d{3})+$)/g, ',');
  const table = textTable(
    [
      { title: 'DATABASE' },
      { title: 'DUMP', align: 'right' },
      { title: 'TABLES', align: 'right' },
      { title: 'ROWS', align: 'right' },
      { title: 'LARGE OBJECTS', align: 'right' },
    ],
    databases.map((one) => [
      shorten(one.name, 28),
      formatBytes(one.bytes),
      grouped(one.tables),
      grouped(one.rows),
      one.largeObjects === undefined
        ? '-'
        : `${grouped(one.largeObjects)}${one.largeObjects === 0 ? '' : `, ${formatBytes(one.largeObjectBytes ?? 0)}`}`,
    ]),
  );
  if (evidenceProblem === undefined) return table;
  const words =
    evidenceProblem === 'none'
      ? 'What the databases held was not recorded when this set was made.'
      : `What the databases held cannot be read: ${evidenceProblem}`;
  return [...table, ...wrapText(words, TEXT_WIDTH)];
}

function folderLines({ folders }: SetView): string[] {
  if (folders.length === 0) return [];
  return textTable(
    [{ title: 'FOLDER' }, { title: 'FILES', align: 'right' }, { title: 'SIZE', align: 'right' }],
    folders.map(({ folder, files, bytes }) => [
      shorten(folder, 52),
      formatCount(files, '', '').trim(),
      formatBytes(bytes),
    ]),
  );
}

function certificateLines({ certificates }: SetView): string[] {
  if (certificates.length === 0) return [];
  return textTable(
    [{ title: 'CERTIFICATE' }, { title: 'ROLE' }, { title: 'EXPIRES' }, { title: 'LEFT', align: 'right' }],
    certificates.map(({ subject, role, notAfter, daysLeft }) => [
      shorten(subject, 36),
      role,
      notAfter.slice(0, 10),
      leftText(daysLeft),
    ]),
  );
}

function leftText(days: number): string {
  if (Number.isNaN(days)) return '-';
  if (days < 0) return 'EXPIRED';
  return `${days < EXPIRES_SOON ? 'only ' : ''}${formatCount(days, 'day')}`;
}

function repositoryLines({ repository }: SetView): string[] {
  if (repository === undefined) return [];
  const { version, counts, license, askedAt } = repository;
  const counted = [
    [counts['apps'], 'app'],
    [counts['users'], 'user'],
    [counts['streams'], 'stream'],
    [counts['reloadTasks'], 'reload task'],
  ] as const;
  const held = counted.flatMap(([count, word]) => (count === undefined ? [] : [formatCount(count, word)]));
  return [
    `The repository${askedAt === undefined ? '' : ` at ${formatLocalTime(askedAt)}`} told:`,
    ...(version === undefined ? [] : [`  version ${version}`]),
    ...(held.length === 0 ? [] : wrapText(`  ${held.join(', ')}`, TEXT_WIDTH, '    ')),
    ...wrapText(`  ${licenseText(license)}`, TEXT_WIDTH, '    '),
  ];
}

function licenseText(license: NonNullable<SetView['repository']>['license']): string {
  if (license === undefined) return 'the license is not known';
  if (license === null) return 'no license';
  const { organization, name, validTo } = license;
  const bad = [
    license['isExpired'] === true ? 'EXPIRED' : '',
    license['isInvalid'] === true ? 'INVALID' : '',
    license['isBlacklisted'] === true ? 'BLACKLISTED' : '',
  ];
  const parts = [organization ?? name, typeof validTo === 'string' ? `valid to ${validTo}` : '', ...bad];
  const words = parts.filter((part) => typeof part === 'string' && part !== '');
  return words.length === 0 ? 'licensed' : `license: ${words.join(', ')}`;
}

function historyLines(history: readonly SetEvent[] | undefined, failedAt: string | undefined): string[] {
  if (history === undefined) return [];
  if (history.length === 0)
    return ['Never looked at again since it was made: neither verified nor restored.'];
  const more = history.length - LOOKS;
  return [
    ...textTable(
      [
        { title: 'LOOKED AT' },
        { title: 'HOW' },
        { title: 'VERDICT' },
        { title: 'TOOK', align: 'right' },
        { title: 'RESTORE', align: 'right' },
      ],
      history
        .slice(-LOOKS)
        .map(({ at, kind, verdict, samplePercent, durationMs, restoreMs }) => [
          formatLocalTime(at),
          samplePercent === undefined ? kind : `${kind} (${String(samplePercent)} % of the files)`,
          verdict === 'failed' ? 'FAILED' : verdict,
          formatDuration(durationMs),
          restoreMs === undefined ? '-' : formatDuration(restoreMs),
        ]),
    ),
    ...(more > 0 ? [`and ${String(more)} earlier; --json has them all`] : []),
    ...history
      .filter(
        ({ verdict, at }, index) => verdict === 'failed' && (at === failedAt || index === history.length - 1),
      )
      .slice(-1)
      .flatMap(({ differences }) => differences.slice(0, LOOKS))
      .flatMap((difference) => wrapText(`  ${difference}`, TEXT_WIDTH, '    ')),
  ];
}

function nameLines({ names }: SetView): string[] {
  if (names.length === 0) return [];
  return [
    'Restored on another host, these names are others:',
    ...names.flatMap(({ what, name }) => wrapText(`  ${what}: ${name}`, TEXT_WIDTH, '    ')),
  ];
}

function shorten(words: string, width: number): string {
  return words.length <= width ? words : `${words.slice(0, width - 3)}...`;
}
