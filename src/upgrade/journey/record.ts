import { mkdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';

import * as z from 'zod';
import { PreflightError } from '../../contract/errors.ts';

const HOP_STATES = ['waiting', 'backing-up', 'backed-up', 'running', 'done'] as const;

// Made when it is used: `status` loads this file and needs no shape of it.
/** An answer of a person: who, when, and whether asked or given by a flag. */
const answer = z.lazy(() =>
  z.strictObject({
    who: z.string(),
    at: z.string(),
    how: z.enum(['asked', 'flag']),
    /** What was said yes to, as it was shown. */
    what: z.array(z.string()),
  }),
);

const hop = z.lazy(() =>
  z.strictObject({
    kind: z.string(),
    from: z.string(),
    to: z.string(),
    state: z.enum(HOP_STATES),
    /** The demands on a person, confirmed. */
    confirmed: answer.optional(),
    /** The run of the safety backup, and the set that it proved. */
    backup: z.strictObject({ run: z.string(), set: z.string().optional() }).optional(),
    /** The hop's own run. */
    run: z.string().optional(),
    startedAt: z.string().optional(),
    endedAt: z.string().optional(),
    /** Runs of this hop that were given up or put back, and backups that nothing came after. */
    earlier: z.array(z.string()),
  }),
);

const schema = z.lazy(() =>
  z.strictObject({
    schemaVersion: z.literal(1),
    kind: z.literal('upgrade-journey'),
    tool: z.string(),
    plan: z.strictObject({ file: z.string(), sha256: z.string(), from: z.string(), to: z.string() }),
    state: z.enum(['unfinished', 'done', 'given-up']),
    startedAt: z.string(),
    endedAt: z.string().optional(),
    /** Given once, and taken again when the journey goes on without them. Secrets are never among them. */
    answers: z.strictObject({ media: z.string().optional(), settings: z.record(z.string(), z.string()) }),
    licence: answer.optional(),
    hops: z.array(hop),
  }),
);

/** `<state>/upgrade.json`: how far an upgrade is. */
export type JourneyRecord = z.output<typeof schema>;

/** One hop of it. */
export type HopRecord = JourneyRecord['hops'][number];

/** What a person said, and how. */
export type JourneyAnswer = z.output<typeof answer>;

/** Where the record lies. */
export interface JourneyStore {
  readonly file: string;
  /** Undefined when no upgrade was ever begun. @throws PreflightError when it cannot be trusted. */
  read(): Promise<JourneyRecord | undefined>;
  /** Atomic, and for its owner alone. */
  write(record: JourneyRecord): Promise<void>;
  /** Puts the record aside, where it stays, as `upgrade-<when it began>.json`. */
  putAside(record: JourneyRecord): Promise<void>;
}

/** Opens `<stateFolder>/upgrade.json`; nothing is made before the first upgrade. */
export function createJourneyStore(stateFolder: string): JourneyStore {
  const file = join(stateFolder, 'upgrade.json');
  return {
    file,
    async read() {
      let text: string;
      try {
        text = await readFile(file, 'utf8');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      }
      return readRecord(text, file);
    },
    async write(record) {
      await mkdir(stateFolder, { recursive: true, mode: 0o700 });
      // Only whoever writes needs it: `status` reads too, and starts often.
      const { default: writeFileAtomic } = await import('write-file-atomic');
      await writeFileAtomic(file, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 });
    },
    putAside: ({ startedAt }) =>
      rename(file, join(stateFolder, `upgrade-${startedAt.replaceAll(/[-:.]/g, '')}.json`)),
  };
}

function readRecord(text: string, file: string): JourneyRecord {
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new PreflightError(`${file} is damaged, so that nobody knows how far the upgrade is`, {
      hint: 'Look at `sense-runbook runs`, keep a copy of the file, and move it away to plan and begin anew.',
      cause,
    });
  }
}
