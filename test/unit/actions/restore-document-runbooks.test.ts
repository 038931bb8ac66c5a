import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import { page, part } from './restore-document-lab.ts';

/**
 * RESTORE.md is the restore runbooks for a person without the tool. A step that is new in a runbook needs a counterpart on
 * that page, or a reason for having none, here.
 */

interface RunbookStep {
  readonly id: string;
  readonly parallel?: readonly RunbookStep[];
}

interface Runbook {
  readonly sections: readonly { readonly steps: readonly RunbookStep[] }[];
  readonly always: readonly RunbookStep[];
}

/** Step or phase of the page, and words of it that do what the step does. */
type Counterpart = readonly [title: string, words: string];

/** What one runbook is held against. */
interface Tie {
  readonly runbook: string;
  /** Differing from those of both. */
  readonly here: Readonly<Record<string, Counterpart>>;
  /** Steps that stand at another place on the page, and why that does no harm. */
  readonly elsewhere: Readonly<Record<string, string>>;
}

const BOTH: Readonly<Record<string, Counterpart>> = {
  'check-restore': ['1.2', 'The installer of exactly this release'],
  'check-set-files': ['1.1', '`manifest.json` is written last'],
  'lock-vault': ['1.4', 'a backup may remove this set'],
  'stop-schedulers': ['Phase 2', 'sc.exe stop QlikSenseSchedulerService'],
  'stop-rims': ['Phase 2', 'rim nodes first'],
  'stop-central': ['Phase 2', 'the central node last'],
  'set-manual': ['Phase 2', 'set them to Manual'],
  'all-stopped': ['Phase 2', 'nothing of Qlik Sense runs but the database'],
  'restore-certificates': ['3.2', 'Mark this key as exportable'],
  'create-roles': ['5.2', 'CREATE ROLE "qliksenserepository"'],
  'load-databases': ['5.5', 'pg_restore.exe'],
  'swap-databases': ['5.3', 'RENAME TO'],
  'restore-share': ['Phase 6', '`share` to'],
  'restore-extra': ['Phase 6', '`extra/odbc` to'],
  'restore-config': ['Phase 7', 'services.conf'],
  'restore-logs': ['Phase 6', 'Log files are kept for the record'],
  'ask-repository': ['Phase 10', 'The QMC and the hub open'],
  'compare-repository': ['Phase 10', 'As many apps and users as there were'],
  'set-start-types-back': ['Phase 10', 'has the start type it had'],
  'apply-license': ['Phase 10', 'apply the license key again'],
  'look-yourself': ['Phase 10', 'the monitoring apps reload'],
  'release-vault': ['Phase 10', 'The tasks of step 1.4 are enabled again'],
};

const SAME_HOST: Tie = {
  runbook: 'restore-same-host',
  here: {
    'restore-as-documented': ['5.3', 'may be dropped instead'],
    'check-restored': ['5.7', 'how many rows each table had'],
    bootstrap: ['8.2', '-bootstrap'],
    'start-central': ['8.3', 'sc.exe start QlikSenseProxyService'],
    'start-rims': ['8.4', 'done on rim1'],
    'wait-ready': ['Phase 10', 'every node is there and its services run'],
  },
  elsewhere: {
    'check-set-files': 'a person looks at the set before anything else',
    'stop-schedulers': 'each node is stopped by one list, in which the Scheduler Service is first',
    'swap-databases':
      'by hand the new databases get their final names at once, so the old ones are renamed before',
    'restore-as-documented': 'the same: what is dropped goes before the new ones are made',
    'check-restored': 'the databases are compared as soon as they are loaded',
    'restore-logs': 'all folders of the set are copied in one phase',
    'set-manual': 'by hand it is done where one sees that all have stopped',
    'set-start-types-back': 'whoever is at the machines sets them back when all of them run',
  },
};

const NEW_HOST: Tie = {
  runbook: 'restore-new-host',
  here: {
    'check-old-central': ['1.3', 'the old one must not come back'],
    'check-restored': ['5.7', 'how many rows each table had'],
    rename: ['9.1', 'put in the new paths > Save'],
    'admit-nodes': ['9.2', 'one line a node in `pg_hba.conf`'],
    'restart-database': ['9.2', 'restart the database'],
    login: ['9.2', 'psql -w -h'],
    'remove-rims': ['9.6', 'Export the certificates of Qlik Sense there, then delete'],
    'rim-connections': ['9.6', 'Connection String Editor'],
    bootstrap: ['9.3', '-bootstrap -standalone -restorehostname'],
    'bootstrap-only': ['9.4', 'Repository.exe -bootstrap'],
    'start-central': ['9.5', 'sc.exe start QlikSenseProxyService'],
    'start-rims': ['9.6', 'Start its services there'],
    'reset-rims': ['9.6', 'delete it, and Create new'],
    'wait-ready': ['Phase 10', 'every node is there and its services run'],
    'look-at-logins': ['9.2', 'Test-NetConnection'],
  },
  elsewhere: {
    ...SAME_HOST.elsewhere,
    'restore-share': 'files may come before or after the names: nothing runs until both are done',
    'restore-extra': 'the same',
    'restore-config': 'the same',
    'rim-connections': 'each rim node is done as a whole, and none runs before that',
    'remove-rims': 'each rim node is done as a whole, and none runs before that',
    'look-at-logins': 'a person has looked at each node when it was let in',
  },
};

/** Steps that the page need not have, and why. */
const NONE: Readonly<Record<string, string>> = {
  'check-nodes': 'whoever stands before the machines sees that',
  'check-other-nodes': 'the page has the services stopped on every node that there is',
  'check-vault': 'the tool writes its lock there; nobody else does',
  'check-private': 'the state folder is that of the tool',
  'fetch-set': 'the page lies in the set: whoever reads it has fetched it',
  'verify-fetched': 'the same; 1.1 says how to know that it is whole',
  'remove-fetched': 'what a person fetched is theirs',
  foresee: 'a look ahead at steps that are on the page themselves',
  'may-start':
    'closes the bracket in which the tool starts nothing; the page has it as a line in every phase',
  'start-central-rehearsal': 'a rehearsal is made with the tool',
  'set-start-types-back-rehearsal': 'the same',
  'set-start-types-back-rehearsal-after-all': 'the same',
  'set-start-types-back-after-all': 'done in phase 10, whatever came before',
  'start-central-after-all': 'the way back after a failure: the undo of each phase',
  'start-rims-after-all': 'the same',
  'start-schedulers-after-all': 'the same',
};

function stepsOf({ runbook }: Tie): string[] {
  const file = new URL(`../../../runbooks/${runbook}.yaml`, import.meta.url);
  const { sections, always } = parse(readFileSync(file, 'utf8')) as Runbook;
  const flat = (steps: readonly RunbookStep[]): string[] =>
    steps.flatMap(({ id, parallel }) => (parallel === undefined ? [id] : flat(parallel)));
  return [...sections.flatMap(({ steps }) => flat(steps)), ...flat(always)];
}

/** A set that has everything a restore can put back. */
const TEXT = page({
  folders: [
    { folder: 'share', original: '\\\\files\\QlikShare' },
    { folder: 'extra/odbc', original: 'C:\\Odbc' },
    { folder: 'logs/rim1', original: 'C:\\ProgramData\\Qlik\\Sense\\Log', node: 'rim1' },
  ],
});

/** Where the words stand on the page, without regard to where lines break; -1: nowhere in that step or phase. */
function placeOf([title, words]: Counterpart): number {
  const step = part(TEXT, title);
  const within = new RegExp(
    words
      .split(' ')
      .map(escaped)
      .join(String.raw`\s+`),
  ).exec(step);
  return within === null ? -1 : TEXT.indexOf(step) + within.index;
}

function escaped(word: string): string {
  return word.replace(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
}

/** What is ticked in any order counts as one place. */
function orderOf(counterpart: Counterpart): number {
  const [title] = counterpart;
  return title === 'Phase 10' ? TEXT.indexOf(part(TEXT, title)) : placeOf(counterpart);
}

/** Those of the steps whose counterpart comes before that of the step above it. */
function outOfOrder(tie: Tie, without: readonly string[]): string[] {
  let last = -1;
  return stepsOf(tie).filter((id) => {
    const counterpart = { ...BOTH, ...tie.here }[id];
    if (counterpart === undefined || without.includes(id)) return false;
    const place = orderOf(counterpart);
    const early = place < last;
    last = Math.max(last, place);
    return early;
  });
}

describe.each([SAME_HOST, NEW_HOST])('RESTORE.md and the runbook $runbook', (tie) => {
  const counterparts = { ...BOTH, ...tie.here };
  const steps = stepsOf(tie);

  it('agree on what there is to do: each step has its counterpart, or a reason to have none', () => {
    const open = steps.filter((id) => !Object.hasOwn(counterparts, id) && !Object.hasOwn(NONE, id));
    expect(open, 'give it a counterpart in templates/RESTORE.md, or a reason here').toEqual([]);
    const twice = steps.filter((id) => Object.hasOwn(counterparts, id) && Object.hasOwn(NONE, id));
    expect(twice).toEqual([]);
    const gone = Object.keys(tie.here).filter((id) => !steps.includes(id));
    expect(gone, 'no steps of the runbook any more').toEqual([]);
  });

  it('have each counterpart in the step or phase where it is looked for', () => {
    const missing = steps.filter((id) => {
      const counterpart = counterparts[id];
      return counterpart !== undefined && placeOf(counterpart) === -1;
    });
    expect(missing).toEqual([]);
  });

  it('have the same order, but for what is said to stand elsewhere', () => {
    const elsewhere = Object.keys(tie.elsewhere).filter((id) => steps.includes(id));
    expect(outOfOrder(tie, elsewhere)).toEqual([]);
    // One that stands in order by now needs no excuse.
    const needless = elsewhere.filter(
      (id) =>
        outOfOrder(
          tie,
          elsewhere.filter((other) => other !== id),
        ).length === 0,
    );
    expect(needless).toEqual([]);
  });
});

it('every reason is for a step that there is', () => {
  const all = [...stepsOf(SAME_HOST), ...stepsOf(NEW_HOST)];
  const known = [...Object.keys(NONE), ...Object.keys(BOTH)];
  expect(known.filter((id) => !all.includes(id))).toEqual([]);
});
