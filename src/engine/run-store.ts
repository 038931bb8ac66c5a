import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { JournalError, UsageError } from '../contract/errors.ts';
import type { Plan } from '../contract/plan.ts';
import { compactUtc } from '../foundation/compact-utc.ts';
import { nearestId } from '../foundation/nearest.ts';
import { KEEP_A_COPY, readJournal } from './journal.ts';
import type { JournalEntry } from './records.ts';

/** Letters that cannot be mistaken for each other when read out over the phone. */
const LETTERS = 'abcdefghjkmnpqrstuvwxyz23456789';

/** `20261123T020000Z-k7m2qx`: sorts by time, unique enough for two runs in one second. */
export function newRunId(now: Date): string {
  const suffix = [...randomBytes(6)].map((byte) => LETTERS[byte % LETTERS.length]).join('');
  return `${compactUtc(now)}-${suffix}`;
}

/** One run on disk. */
export interface StoredRun {
  readonly id: string;
  readonly folder: string;
  readonly plan: Plan;
  readonly entries: readonly JournalEntry[];
}

/** `<state>/runs`: one folder a run. */
export interface RunStore {
  folderOf(run: string): string;
  journalOf(run: string): string;
  /** Makes the folder (0700) and `plan.json` (0600). */
  create(run: string, plan: Plan): Promise<string>;
  /** Removes a run that came to nothing before its first effect. */
  remove(run: string): void;
  /** Oldest first; folders without a plan and a journal (a run killed while it was made) are left out. */
  ids(): string[];
  /** @throws UsageError when there is no such run; JournalError when its plan or journal is damaged. */
  read(run: string): StoredRun;
}

/** Opens `<stateFolder>/runs`; nothing is made before the first run. */
export function createRunStore(stateFolder: string): RunStore {
  const root = join(stateFolder, 'runs');
  function folderOf(run: string): string {
    return join(root, run);
  }
  function journalOf(run: string): string {
    return join(root, run, 'journal.jsonl');
  }
  function ids(): string[] {
    if (!existsSync(root)) return [];
    return readdirSync(root)
      .filter((name) => existsSync(journalOf(name)) && existsSync(join(folderOf(name), 'plan.json')))
      .sort();
  }
  return {
    folderOf,
    journalOf,
    ids,
    async create(run, plan) {
      mkdirSync(folderOf(run), { recursive: true, mode: 0o700 });
      await writeFileAtomic(join(folderOf(run), 'plan.json'), `${JSON.stringify(plan, null, 2)}\n`, {
        mode: 0o600,
      });
      return folderOf(run);
    },
    remove(run) {
      if (existsSync(folderOf(run))) rmSync(folderOf(run), { recursive: true, force: true });
    },
    read(run) {
      const known = ids();
      if (!known.includes(run)) {
        const near = nearestId(run, known);
        throw new UsageError(`there is no run ${run}`, {
          hint:
            near === undefined
              ? '`sense-runbook runs` lists them.'
              : `Did you mean ${near}? \`sense-runbook runs\` lists them.`,
        });
      }
      const plan = readPlan(join(folderOf(run), 'plan.json'));
      return { id: run, folder: folderOf(run), plan, entries: readJournal(journalOf(run)) };
    },
  };
}

function readPlan(file: string): Plan {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Plan;
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new JournalError(`the plan ${file} is damaged: it is not JSON`, { hint: KEEP_A_COPY, cause });
  }
}
