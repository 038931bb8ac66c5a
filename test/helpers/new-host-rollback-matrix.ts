import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { killPlaces, placeWords } from '../helpers/kill-places.ts';
import { newestJournal, openLab, type Cut, type Lab, type ToolResult } from '../helpers/lab.ts';
import {
  backUpToBeLost,
  expectQuiet,
  NEW_HOST,
  openNewMachine,
  WITH_RIM,
  type NewMachine,
} from '../helpers/new-machine.ts';
import { makeOpenFolder } from '../helpers/postgres.ts';
import { childrenLeft } from '../helpers/soundness.ts';

const ALL = process.env['SENSE_RUNBOOK_FAULTS'] === 'all';
const INSIDE_MS = 40;
const APPROVED = ['--approve', 'destroy=demo'];
/** So many times one rollback is killed, each time further on, before it is let go to its end. */
const KILLS_OF_ONE = 8;

describe.runIf(ALL)('the rollback of a restore to another host name that is killed', () => {
  let lab: Lab;
  let folder: string;
  let machine: NewMachine;

  beforeAll(async () => {
    lab = await openLab();
    folder = await makeOpenFolder('sense-runbook-new-');
    await backUpToBeLost(lab);
    machine = await openNewMachine(lab, join(folder, 'machine'), { shape: WITH_RIM, served: true });
  });

  afterAll(async () => {
    await machine.remove();
    await lab.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function tool(args: readonly string[], words: string): Promise<ToolResult> {
    const result = await machine.run(args);
    expect(result.code, `${args.join(' ')} after ${words}\n${result.stdout}${result.stderr}`).toBe(0);
    return result;
  }

  /** The place in a rollback that is made once more: what stops services there has a new attempt each time. */
  function onceMore(cut: Cut): Cut {
    const [, step, node] = /(\S+) (\S+) attempt-\d+/.exec(cut.at) ?? [];
    if (step === undefined) return cut;
    const attempts = newestJournal(machine)
      .filter((line) => line['step'] === step && line['node'] === node)
      .map(({ attempt }) => Number(attempt));
    return { ...cut, at: cut.at.replace(/attempt-\d+/, `attempt-${String(Math.max(...attempts) + 1)}`) };
  }

  it(
    'starts nothing half put back, and the next rollback leads back whole, also when that is killed too',
    { timeout: 50 * 60_000 },
    async () => {
      const restore = ['restore', '--new-host', NEW_HOST, ...APPROVED];
      const rollback = ['rollback', ...APPROVED];
      const before = await machine.digest();
      await tool(restore, 'nothing');
      const restored = await machine.digest();
      await tool(rollback, 'a restore');
      expect(await machine.digest()).toEqual(before);
      const places = killPlaces(machine, INSIDE_MS);
      expect(places.length).toBeGreaterThan(8);

      let kills = 0;
      async function toItsEnd(words: string): Promise<void> {
        if (kills === 0) return;
        await tool(rollback, words);
        expect(await machine.digest(), `rollback after ${words}`).toEqual(before);
        kills = 0;
      }
      for (const [index, cut] of places.entries()) {
        const words = placeWords(cut);
        const last = placeWords(places[index - 1] ?? cut);
        // Counted from the beginning of a process: in one that goes on it would be another place.
        if (kills === KILLS_OF_ONE || (cut.occurrence ?? 1) > 1) await toItsEnd(last);
        let killed = kills === 0 ? undefined : await machine.run(rollback, { cut: onceMore(cut) });
        if (killed?.signal !== 'SIGKILL') {
          // What was put back already is no place any more.
          if (killed !== undefined) {
            expect(killed.code, `rollback after ${last}\n${killed.stdout}${killed.stderr}`).toBe(0);
            expect(await machine.digest(), `rollback after ${last}`).toEqual(before);
            kills = 0;
          }
          await tool(restore, words);
          killed = await machine.run(rollback, { cut });
        }
        expect(killed.signal, `${words}\n${killed.stdout}${killed.stderr}`).toBe('SIGKILL');
        kills += 1;
        await tool(['recover'], words);
        expect(childrenLeft(machine), `children after ${words}`).toEqual([]);
        expectQuiet(await machine.digest(), [before, restored], words);
      }
      await toItsEnd('the last place');
    },
  );
});
