import fs from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { sampled } from '../helpers/fault-extent.ts';
import { Killed, killPlaces } from '../helpers/step-runner.ts';
import {
  certificatesLab,
  HOST,
  linesOf,
  only,
  siteKeys,
  type SiteKeys,
} from '../integration/actions/certificates-lab.ts';

let kept: SiteKeys;
let fresh: SiteKeys;

beforeAll(async () => {
  [kept, fresh] = await Promise.all([siteKeys(HOST, { own: true }), siteKeys(HOST)]);
}, 120_000);

describe('restore.certificates after a kill', () => {
  const lab = () => certificatesLab({ stores: [fresh, only(kept, 'service-cluster')], set: kept });
  const original = () => linesOf(fresh, only(kept, 'service-cluster'));
  /** Operations of an attempt in that laboratory: read, write, folder, 4 exports, 4 removals, 4 imports. */
  const OPERATIONS = 15;
  /** 4 removals of what was imported, 4 imports of what was there. */
  const UNDO_OPERATIONS = 8;

  it('has as many operations as are killed here', async () => {
    const { step } = await lab();
    expect((await step.attempt()).performed).toHaveLength(OPERATIONS);
    expect(await step.undo()).toHaveLength(UNDO_OPERATIONS);
  });

  it.each(sampled(killPlaces(OPERATIONS), 5))(
    '$when operation $operation is completed by a resume, and put back',
    async (kill) => {
      const { step, stores } = await lab();
      await expect(step.attempt(kill)).rejects.toThrow(Killed);
      await step.attempt();
      expect(await stores()).toEqual(linesOf(kept));
      await expect(step.check()).resolves.toBe('done');
      await step.undo();
      expect(await stores()).toEqual(original());
    },
  );

  it.each(sampled(killPlaces(OPERATIONS), 5))(
    '$when operation $operation is put back at once, twice',
    async (kill) => {
      const { step, stores } = await lab();
      await expect(step.attempt(kill)).rejects.toThrow(Killed);
      await step.undo();
      expect(await stores()).toEqual(original());
      expect(await step.undo()).toEqual([]);
      expect(await stores()).toEqual(original());
    },
  );

  it.each(sampled(killPlaces(UNDO_OPERATIONS), 5))(
    '$when operation $operation of the undo is undone again',
    async (kill) => {
      const { step, stores } = await lab();
      await step.attempt();
      await expect(step.undo(kill)).rejects.toThrow(Killed);
      await step.undo();
      expect(await stores()).toEqual(original());
    },
  );

  it('exports again what was cut off', async () => {
    const { step, stores, safety } = await lab();
    await expect(step.attempt({ operation: 6, when: 'after' })).rejects.toThrow(Killed);
    const [first = ''] = await fs.readdir(path.join(safety, 'certificates'));
    await fs.writeFile(path.join(safety, 'certificates', first), 'cut off');
    await step.attempt();
    await step.undo();
    expect(await stores()).toEqual(original());
  });

  it('takes nothing out when the exported ones do not open any more', async () => {
    const { step, stores, safety } = await lab();
    await step.attempt();
    const [first = ''] = await fs.readdir(path.join(safety, 'certificates'));
    await fs.writeFile(path.join(safety, 'certificates', first), 'damaged');
    await expect(step.undo()).rejects.toThrow(/cannot be put back/);
    expect(await stores()).toEqual(linesOf(kept));
  });
});

describe('the cleanup of restore.certificates', () => {
  it('shows what goes and how large it is, removes it, and has nothing left then', async () => {
    const lab = await certificatesLab({ stores: [fresh], set: kept });
    await lab.step.attempt();
    const told = await lab.step.describeDiscard();
    expect(told?.estimate?.files).toBe(4);
    expect(told?.estimate?.bytes).toBeGreaterThan(4000);
    expect(told?.operations.every(({ effect }) => effect === 'destroy')).toBe(true);
    await expect(lab.step.discard({ operation: 0, when: 'after' })).rejects.toThrow(Killed);
    await lab.step.discard();
    await expect(fs.readdir(path.join(lab.safety, 'certificates'))).rejects.toThrow('ENOENT');
    expect((await lab.step.describeDiscard())?.operations).toEqual([]);
    expect(await lab.step.discard()).toEqual([]);
    expect(await lab.stores()).toEqual(linesOf(kept));
  });
});
