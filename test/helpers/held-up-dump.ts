import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { openLab, type Lab } from './lab.ts';

/** A lab in which the dump of QSR goes on until the test lets it end. */
export interface HeldUpDump {
  readonly lab: () => Lab;
  /** Lets the dump go on. */
  readonly rollback: () => Promise<unknown>;
  /** Asks something in the session that holds it up. */
  readonly query: (text: string) => Promise<unknown>;
}

/**
 * Holds up the dump of QSR after it has its locks, in each test of the file, until the transaction is rolled back: pg_dump
 * reads a sequence late, and takes no lock of it before. The table `notes` has 40 rows.
 */
export function useHeldUpDump(): HeldUpDump {
  let lab: Lab;
  let holder: pg.Client;
  beforeAll(async () => {
    lab = await openLab();
  });
  afterAll(async () => {
    await lab.close();
  });
  beforeEach(async () => {
    holder = new pg.Client({ ...lab.demo.cluster.address, database: 'QSR' });
    await holder.connect();
    await holder.query('create table if not exists notes as select n from generate_series(1, 40) n');
    await holder.query('create sequence if not exists held_up');
    await holder.query('begin');
    await holder.query('drop sequence held_up');
  });
  afterEach(async () => {
    await holder.end();
  });
  return {
    lab: () => lab,
    rollback: () => holder.query('rollback'),
    query: (text) => holder.query(text),
  };
}
