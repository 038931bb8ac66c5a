import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { BusyError, messageOf, UsageError, type ExitCode } from '../contract/errors.ts';
import type { RunResult } from '../engine/types.ts';
import type { JourneyCollaborators, JourneyEvent } from '../upgrade/journey/ports.ts';
import type { SavedUpgradePlan } from '../upgrade/journey/plan-file.ts';
import type { GivenAnswers, Outlook } from '../upgrade/journey/start-journey.ts';
import { goOnCommand, journeySummary } from '../upgrade/journey/journey-line.ts';
import type { Act } from './act.ts';
import type { CommandContext, OpenedSite } from './context.ts';
import { execute, runOptions, type ExecuteFlags } from './execute.ts';
import { onCopy, REHEARSED, wordsOfRun } from './on-copy.ts';
import { note, noteWaiting, openNoted, writeJson } from './open.ts';
import { recoverFirst } from './recover-first.ts';
import { addApprovalFlags } from './run.ts';
import { collect, parseSettings } from './settings.ts';

interface UpgradeRunFlags extends ExecuteFlags {
  readonly media?: string;
  readonly acceptEula?: boolean;
  readonly confirmed?: string[];
  readonly set?: string[];
  readonly dryRun?: boolean;
  readonly simulate?: boolean;
}

/** What one call works with. */
interface Call {
  readonly context: CommandContext;
  readonly flags: UpgradeRunFlags;
  readonly saved: SavedUpgradePlan;
  readonly given: GivenAnswers;
  readonly confirmed: ReadonlySet<number>;
}

/** `upgrade run PLANFILE`. */
export function declareUpgradeRun(upgrade: Command, act: Act): void {
  addApprovalFlags(upgrade.command('run'))
    .argument('<planfile>', 'a plan saved by "upgrade plan --out"')
    .description('carry out a plan hop by hop, each after a proven backup; again: go on where it is')
    .option('--media <folder>', 'where the installers lie, by release: "May 2025/Qlik_Sense_setup.exe"')
    .option('--accept-eula', "accept the vendor's licence for every installer of the plan")
    .option(
      '--confirmed <hop>',
      'the demands of that hop on a person are done; a number, repeatable',
      collect,
    )
    .option(
      '--set <name=value>',
      'give a parameter: NAME=, HOP.NAME=, KIND.NAME= or backup.NAME=; repeatable',
      collect,
    )
    .option('--guided', 'explain every step and ask before it')
    .option('--dry-run', 'only print what would be run, the installers and what is missing')
    .option('--simulate', 'rehearse on a simulated copy of the site, with a database of its own')
    .action((file: string, flags: UpgradeRunFlags) => act((context) => upgradeRun(context, file, flags)));
}

async function upgradeRun(context: CommandContext, name: string, flags: UpgradeRunFlags): Promise<ExitCode> {
  if (flags.dryRun === true && flags.simulate === true)
    throw new UsageError('--simulate and --dry-run exclude each other');
  const { approvals } = runOptions(context, flags);
  const file = resolve(context.cwd, name);
  const { readUpgradePlan } = await import('../upgrade/journey/plan-file.ts');
  const saved = readUpgradePlan(await readText(file), file);
  const given: GivenAnswers = {
    file,
    settings: parseSettings(flags.set),
    ...(flags.media === undefined ? {} : { media: resolve(context.cwd, flags.media) }),
  };
  const confirmed = confirmedHops(flags.confirmed, saved.plan.hops.length);
  const call: Call = { context, flags, saved, given, confirmed };
  if (saved.plan.hops.length === 0) {
    await noteWaiting(context);
    tellLine(
      context,
      { type: 'nothing' },
      `The site is at ${saved.plan.to} by the plan: there is nothing to do.`,
    );
    return 0;
  }
  if (flags.simulate === true) return rehearseJourney(call);
  const { site, unfinished } = await openNoted(context);
  if (flags.dryRun === true) return showItinerary(call, site);
  const lock = await site.upgrade.lock();
  try {
    await recoverFirst(context, site, unfinished, approvals);
    return await goOn(call, site);
  } finally {
    await lock.release();
  }
}

async function goOn(call: Call, site: OpenedSite): Promise<ExitCode> {
  const { context, flags, saved, given } = call;
  const { lookAhead, startJourney } = await import('../upgrade/journey/start-journey.ts');
  const { carryOut } = await import('../upgrade/journey/carry-out.ts');
  const outlook = await withAnswers(call, site, await lookAhead(saved, given, site.upgrade, context.signal));
  const { plan } = saved;
  if (outlook.standing.is === 'done') {
    const when = outlook.standing.record.endedAt ?? '';
    tellLine(
      context,
      { type: 'journey', ...journeySummary(outlook.standing.record) },
      `This plan was carried out already, ${when}. To do it again, as after a restore: sense-runbook upgrade abandon, then this command.`,
    );
    return 0;
  }
  await refuseStrangers(site, outlook);
  const { journeyEventText } = await import('../report/journey-text.ts');
  const c = collaborators(call, site, (event) => {
    if (context.flags.json) context.output.out(`${JSON.stringify(event)}\n`);
    else {
      const { text, trouble } = journeyEventText(event, given.file);
      if (trouble) context.output.err(text);
      else context.output.out(text);
    }
  });
  const acceptEula = flags.acceptEula === true || flags.simulate === true;
  const record = await startJourney(saved, outlook, { file: given.file, tool: context.tool, acceptEula }, c);
  tellLine(
    context,
    { type: 'journey', ...journeySummary(record) },
    `Upgrade ${plan.from} -> ${plan.to}, ${String(plan.hops.length)} hops. Record: ${site.upgrade.store.file}`,
  );
  context.beginEffects();
  const end = await carryOut(record, outlook.stops, c).catch(async (error: unknown) => {
    const { hops } = (await site.upgrade.store.read()) ?? record;
    const done = hops.filter(({ state }) => state === 'done').length;
    note(
      context,
      `The upgrade stands still, ${String(done)} of ${String(hops.length)} hops done. To go on:\n  ${goOnCommand(given.file)}`,
    );
    throw error;
  });
  if (context.flags.json)
    writeLine(context, { type: 'journey-result', exitCode: end.exitCode, ...journeySummary(end.record) });
  else if (end.record.state === 'done') {
    context.output.out(
      `\nThe upgrade ${plan.from} -> ${plan.to} is done: ${String(plan.hops.length)} hops.\n`,
    );
    const { release } = site.upgrade;
    const reached = plan.hops.at(-1)?.stateAfter.release;
    if (release !== undefined && release !== reached)
      note(context, `note: site.yaml says qlik.release ${release}; write ${reached ?? plan.to} there.`);
  }
  return end.exitCode;
}

/** The outlook with what a person answers for parameters that nobody has given. */
async function withAnswers(
  { context, saved, given }: Call,
  site: OpenedSite,
  outlook: Outlook,
): Promise<Outlook> {
  const { asker, signal } = context;
  const done = outlook.standing.is === 'begun' ? outlook.standing.record.hops : [];
  const ahead = outlook.stops.filter((_stop, at) => done[at]?.state !== 'done');
  if (!asker.canAsk || outlook.standing.is === 'done') return outlook;
  const { askForLacking } = await import('../upgrade/journey/lacking.ts');
  const answers = await askForLacking(ahead, (question, secret) =>
    secret ? asker.secret(question, signal) : asker.text(question, '', signal),
  );
  if (Object.keys(answers).length === 0) return outlook;
  const { lookAhead } = await import('../upgrade/journey/start-journey.ts');
  const settings = { ...given.settings, ...answers };
  return lookAhead(saved, { ...given, settings }, site.upgrade, signal);
}

function collaborators(
  { context, flags, confirmed, saved }: Call,
  site: OpenedSite,
  tell: (event: JourneyEvent) => void,
): JourneyCollaborators {
  const simulated = flags.simulate === true;
  return {
    engine: site.engine,
    site: site.name,
    side: site.upgrade,
    clock: context.clock,
    signal: context.signal,
    plan: (request, signal) => site.plan(request, signal),
    sets: () => site.vault.list(),
    async show(work) {
      let result: RunResult | undefined;
      const rehearsal = simulated ? { rehearsal: REHEARSED } : {};
      await execute(context, site, async () => (result = await work()), rehearsal);
      if (result === undefined) throw new Error('a run ended without a result');
      return result;
    },
    tell,
    options: (secretParams) => ({
      ...runOptions(context, flags, secretParams),
      ...(simulated ? { approvals: { change: true, destroy: site.name } } : {}),
    }),
    canAsk: context.asker.canAsk,
    confirm: async (question) => (await context.asker.confirm(question, false, context.signal)) === true,
    confirmed: simulated ? new Set(saved.plan.hops.map((_hop, at) => at + 1)) : confirmed,
  };
}

async function showItinerary({ context, saved, given }: Call, site: OpenedSite): Promise<ExitCode> {
  const { lookAhead, missingLines } = await import('../upgrade/journey/start-journey.ts');
  const { standing, stops } = await lookAhead(saved, given, site.upgrade, context.signal);
  const record = standing.is === 'new' ? undefined : standing.record;
  if (context.flags.json) {
    const hops = stops.map(
      ({ number, hop: { kind, from, to }, runbook, params, secrets, backup, missing }) => ({
        hop: number,
        kind,
        from,
        to,
        state: record?.hops[number - 1]?.state ?? 'waiting',
        backup,
        runbook,
        params: Object.fromEntries(
          Object.entries(params).map(([name, value]) => [name, secrets.includes(name) ? '***' : value]),
        ),
        missing,
      }),
    );
    writeJson(context, { schemaVersion: 1, from: saved.plan.from, to: saved.plan.to, hops });
  } else
    context.output.out((await import('../report/journey-text.ts')).itineraryText(saved.plan, stops, record));
  return missingLines(stops).length === 0 ? 0 : 3;
}

/** All hops on one simulated copy, which is removed afterwards; what a person would confirm is taken as confirmed. */
function rehearseJourney(call: Call): Promise<ExitCode> {
  const { context } = call;
  return onCopy(context, wordsOfRun(context), (copy) => goOn(call, copy));
}

/** A run that is none of this journey has to be dealt with first; said before anybody is asked anything. */
async function refuseStrangers(site: OpenedSite, { standing }: Outlook): Promise<void> {
  const open = await site.engine.unfinished();
  if (open === undefined) return;
  const hops = standing.is === 'begun' ? standing.record.hops : [];
  if (hops.some(({ run, backup }) => run === open.id || backup?.run === open.id)) return;
  const { unfinishedText } = await import('../report/runs-text.ts');
  throw new BusyError(unfinishedText(open), { hint: 'Finish that run first.' });
}

function confirmedHops(given: readonly string[] = [], count: number): ReadonlySet<number> {
  return new Set(
    given.map((text) => {
      const number = /^\d{1,3}$/.test(text) ? Number(text) : 0;
      if (number < 1 || number > count)
        throw new UsageError(`--confirmed ${text}: a number of a hop is wanted, 1 to ${String(count)}`, {
          hint: 'What each hop demands of a person: --dry-run.',
        });
      return number;
    }),
  );
}

/** The first line of the JSON lines has the version. */
function tellLine(context: CommandContext, document: object, text: string): void {
  if (context.flags.json) writeLine(context, { schemaVersion: 1, ...document });
  else context.output.out(`${text}\n`);
}

function writeLine(context: CommandContext, document: object): void {
  context.output.out(`${JSON.stringify(document)}\n`);
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new UsageError(`the plan file ${file} cannot be read: ${messageOf(error)}`, {
      hint: 'Write one with: sense-runbook upgrade plan --to RELEASE --out FILE',
      cause: error,
    });
  }
}
