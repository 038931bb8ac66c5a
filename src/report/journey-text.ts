import { wrapText } from '../foundation/human.ts';
import { wantsSiteName } from '../upgrade/journey/approval.ts';
import { demandsOf } from '../upgrade/journey/demands.ts';
import { goOnCommand } from '../upgrade/journey/journey-line.ts';
import { licensedHops, type Stop } from '../upgrade/journey/itinerary.ts';
import type { JourneyEvent } from '../upgrade/journey/ports.ts';
import type { JourneyRecord } from '../upgrade/journey/record.ts';
import type { Demand } from '../upgrade/types.ts';
import { cited, demandPlace, hopTitle } from './upgrade-words.ts';

const WIDTH = 80;

/** What a journey tells, in lines of 80 columns; `trouble`: belongs on stderr. */
export function journeyEventText(
  event: JourneyEvent,
  planFile: string,
): { readonly text: string; readonly trouble: boolean } {
  const lines = eventLines(event, goOnCommand(planFile));
  return {
    text: `${lines.join('\n')}\n`,
    trouble: event.type === 'hop-failed' || event.type === 'hop-stopped',
  };
}

function eventLines(event: JourneyEvent, again: string): string[] {
  const hop = `Hop ${String(event.hop)}`;
  switch (event.type) {
    case 'hop':
      return ['', ...wrap(`${hop} of ${String(event.of)}. ${hopTitle(event)}`)];
    case 'hop-note':
      return wrap(`note: ${event.text}`, '  ');
    case 'hop-demands':
      return ['Before it, a person has to have done this:', ...demandLines(event.demands)];
    case 'hop-approval':
      return wrap(
        `After its backup you are asked for the name of the site, ${event.site}: what is installed comes back only by a restore. With --approve destroy=${event.site} nobody is asked.`,
      );
    case 'hop-backup':
      return wrap('First its safety backup, which is restored into a scratch database to prove it.');
    case 'hop-run':
      return wrap(
        event.set === undefined
          ? `Its run makes a backup set of what is left first, and begins only when a drill has proven what is in it: runbook ${event.runbook}. Certificates are not: keep them, and the old data folder, until all is well.`
          : `The set ${event.set} is proven restorable. Now the hop: runbook ${event.runbook}.`,
      );
    case 'hop-resume':
      return [
        '',
        ...wrap(
          `${hop}: its ${event.part === 'backup' ? 'backup' : 'run'} ${event.run} is unfinished and is resumed now.`,
        ),
      ];
    case 'hop-done':
      return [
        ...wrap(`${hop} of ${String(event.of)} is done: ${event.to}.`),
        ...(event.after.length === 0
          ? []
          : ['What is left of it for a person to do:', ...demandLines(event.after)]),
      ];
    case 'hop-stopped':
      return [
        ...wrap(`${hop} of ${String(event.of)} waits. Do what is said above (restart the machine), then:`),
        `  ${again}`,
      ];
    case 'hop-failed':
      return failedLines(event, again);
  }
}

function failedLines(event: Extract<JourneyEvent, { type: 'hop-failed' }>, again: string): string[] {
  const { hop, of, part, run, wayBack, set } = event;
  const where = `Hop ${String(hop)} of ${String(of)}`;
  if (part === 'backup')
    return [
      ...wrap(
        `${where} was not begun: its safety backup, run ${run}, did not succeed. Once that is put right:`,
      ),
      `  ${again}`,
    ];
  return [
    ...wrap(`${where} failed in run ${run}. To go on once the cause is put right:`),
    // A command is copied: it stays on one line.
    `  ${again}`,
    ...(wayBack === undefined ? [] : wrap(`The way back: ${wayBack.text} (${wayBack.source})`)),
    ...(set === undefined ? [] : wrap(`The safety backup of this hop: ${set}, proven restorable.`)),
  ];
}

function demandLines(demands: readonly Demand[]): string[] {
  return demands.flatMap((demand) => wrap(`  [ ] ${demandPlace(demand)}: ${cited(demand)}`, '      '));
}

/** Every hop with what would be run, its medium, its demands on a person and what is missing. Ends with a newline. */
export function itineraryText(
  { from, to }: { readonly from: string; readonly to: string },
  stops: readonly Stop[],
  record: JourneyRecord | undefined,
): string {
  const lines = wrap(`Carrying out the upgrade ${from} -> ${to}. Nothing is changed by this.`);
  const licensed = licensedHops(stops.map(({ hop }) => hop));
  if (licensed.length > 0 && record?.licence === undefined)
    lines.push(...wrap('Asked once: whether you accept the Qlik Customer Agreement (or --accept-eula).'));
  for (const stop of stops) {
    const { number, hop, runbook, params, secrets, backup, missing } = stop;
    const state = record?.hops[number - 1]?.state ?? 'waiting';
    lines.push('', ...wrap(`${String(number)}. ${hopTitle(hop)}${state === 'waiting' ? '' : ` (${state})`}`));
    const demands = demandsOf(stop, 'before');
    if (demands.length > 0)
      lines.push(
        ...wrap(`   A person confirms beforehand (or --confirmed ${String(number)}):`),
        ...demands.flatMap((demand) => wrap(`   [ ] ${demandPlace(demand)}: ${cited(demand)}`, '       ')),
      );
    if (backup !== undefined)
      lines.push(...wrap(`   run ${backup.runbook}${paramWords(backup.params, [])}`, '       '));
    const own = backup === undefined ? '' : ' --set backup=<its set>';
    lines.push(...wrap(`   run ${runbook}${paramWords(params, secrets)}${own}`, '       '));
    if (wantsSiteName(stop))
      lines.push(...wrap('   It asks for the name of the site (or --approve destroy=SITE)', '       '));
    lines.push(...missing.flatMap((text) => wrap(`   MISSING ${text}`, '       ')));
  }
  return `${lines.join('\n')}\n`;
}

function paramWords(params: Readonly<Record<string, string>>, secrets: readonly string[]): string {
  return Object.entries(params)
    .map(([name, value]) => ` --set '${name}=${secrets.includes(name) ? '***' : value}'`)
    .join('');
}

/** A page stays on the line of its "p.". */
function wrap(text: string, indent = ''): string[] {
  return wrapText(text.replace(/\bp\. (?=\d)/g, 'p.\u00a0'), WIDTH, indent).map((line) =>
    line.replaceAll('\u00a0', ' '),
  );
}
