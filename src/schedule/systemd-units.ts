import { posix } from 'node:path';
import { UsageError } from '../contract/errors.ts';
import {
  RECOVER_LIMIT_MS,
  taskName,
  taskWords,
  type SchedulePlace,
  type ScheduleRequest,
  type TaskKind,
} from './scheduler.ts';
import { timeOfDayText } from './time-of-day.ts';

/** What the units are made of. */
export interface UnitOptions extends Pick<SchedulePlace, 'site' | 'siteFile' | 'program'> {
  readonly request: ScheduleRequest;
  /** For the system, or for one user. */
  readonly scope: 'system' | 'user';
  /** What must be as it is now, so that the tool finds the same state folder. */
  readonly environment: Readonly<Record<string, string>>;
}

/** A service that runs once. Its timer starts it. */
export function serviceUnit(kind: TaskKind, options: UnitOptions): string {
  const { site, siteFile, program, request, scope, environment } = options;
  const what =
    kind === 'backup'
      ? `Nightly backup of the Qlik Sense site ${site}`
      : `Starts again what a killed run has stopped on the Qlik Sense site ${site}`;
  const limit = kind === 'backup' ? request.timeLimitMs : RECOVER_LIMIT_MS;
  return unit([
    ['Unit', [`Description=${what}`, ...(scope === 'system' ? NETWORK : [])]],
    [
      'Service',
      [
        'Type=oneshot',
        ...(request.account === undefined ? [] : [`User=${request.account}`]),
        `WorkingDirectory=${unitPath(posix.dirname(siteFile))}`,
        ...Object.entries(environment).map(([name, value]) => `Environment=${unitWord(`${name}=${value}`)}`),
        `ExecStart=${[...program, ...taskWords(kind, siteFile)].map(commandWord).join(' ')}`,
        `TimeoutStartSec=${String(Math.ceil(limit / 1000))}`,
        // Only the tool is told to end; it ends its programs and starts the services before it goes.
        'KillMode=mixed',
        'TimeoutStopSec=3600',
      ],
    ],
  ]);
}

/** The timer of a service. */
export function timerUnit(kind: TaskKind, { site, request }: UnitOptions): string {
  const when =
    kind === 'backup'
      ? [`OnCalendar=*-*-* ${timeOfDayText(request.at)}:00`, 'Persistent=true']
      : ['OnBootSec=1min', 'OnCalendar=*:0/15'];
  return unit([
    ['Unit', [`Description=Timer of ${taskName(site, kind)}`]],
    ['Timer', [...when, 'AccuracySec=1s']],
    ['Install', ['WantedBy=timers.target']],
  ]);
}

const NETWORK = ['Wants=network-online.target', 'After=network-online.target'];

function unit(sections: readonly (readonly [string, readonly string[]])[]): string {
  return sections.map(([name, lines]) => `[${name}]\n${lines.join('\n')}\n`).join('\n');
}

/** A word in quotes; `%` begins a specifier everywhere (systemd.unit(5)). */
function unitWord(text: string): string {
  checkUnitText(text);
  return `"${text.replace(/[\\"]/g, '\\$&').replaceAll('%', '%%')}"`;
}

/** A word of ExecStart, in which `$` begins a variable too (systemd.service(5)). */
function commandWord(text: string): string {
  return unitWord(text).replaceAll('$', '$$$$');
}

/** A path that stands alone behind its key, where quotes would be part of it. */
function unitPath(path: string): string {
  checkUnitText(path);
  if (/^\s|\s$|\\$/.test(path)) throw unfit(path);
  return path.replaceAll('%', '%%');
}

function checkUnitText(text: string): void {
  if (/[\u0000-\u001f\u007f]/.test(text)) throw unfit(text);
}

function unfit(text: string): UsageError {
  return new UsageError(`${JSON.stringify(text)} cannot stand in a unit of systemd.`, {
    hint: 'Move the site file, or the tool, to a folder with a plain name.',
  });
}
