import { beforeEach, describe, expect, it } from 'vitest';
import { sampled } from '../helpers/fault-extent.ts';
import { usePostgres } from '../helpers/postgres.ts';
import { databasesOf, empty, hashOf, stepsOn } from '../integration/actions/create-databases-lab.ts';
import type { RunOptions } from '../unit/actions/harness.ts';

describe('making a server ready', () => {
  const getPg = usePostgres();
  beforeEach(() => empty(getPg()));

  it('killed before any of its statements and run again ends the same', async () => {
    const pg = getPg();
    const steps = stepsOn(pg);
    const killBefore = (index: number): RunOptions => {
      let left = index;
      return {
        onPerform() {
          if (left-- === 0) throw new Error('killed');
        },
      };
    };
    for (const index of [0, 1, 2, 3]) {
      await expect(steps.roles(killBefore(index))).rejects.toThrow('killed');
      expect(await hashOf(pg)).toEqual([]);
    }
    await steps.roles();
    await steps.databases();
    const whole = await databasesOf(pg);
    expect(whole).toHaveLength(4);
    for (const index of sampled([...Array(10).keys()], 4)) {
      await pg.sql('postgres', 'DROP DATABASE "QSR"', 'DROP DATABASE "SenseServices"');
      await expect(steps.databases(killBefore(index))).rejects.toThrow('killed');
      await steps.databases();
      expect(await databasesOf(pg), `killed before statement ${index}`).toEqual(whole);
      await steps.check();
    }
  });
});
