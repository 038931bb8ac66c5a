import { beforeAll, describe, expect, it } from 'vitest';
import { sampled } from '../helpers/fault-extent.ts';
import { Killed, killPlaces } from '../helpers/step-runner.ts';
import { renewalLab, siteStores, type SiteStores } from '../integration/actions/renewal-lab.ts';

let good: SiteStores;

beforeAll(async () => {
  good = await siteStores();
}, 120_000);

describe('certificates.remove after a kill', () => {
  /** Write, folder, 4 exports, 4 removals. */
  const OPERATIONS = 10;
  /** Folder, 4 exports, 4 removals, 4 imports. */
  const UNDO_OPERATIONS = 13;

  it('has as many operations as are killed here', async () => {
    const { central, remove, start } = await renewalLab(good);
    const step = remove(central);
    expect((await step.attempt()).performed).toHaveLength(OPERATIONS);
    await start();
    expect(await step.undo()).toHaveLength(UNDO_OPERATIONS);
  });

  it.each(sampled(killPlaces(OPERATIONS), 5))(
    'killed $when operation $operation is completed, and put back',
    async (kill) => {
      const { central, remove, stores } = await renewalLab(good);
      const before = await stores(central);
      const step = remove(central);
      await expect(step.attempt(kill)).rejects.toThrow(Killed);
      await step.attempt();
      expect(await stores(central)).toHaveLength(1);
      await step.undo();
      expect(await stores(central)).toEqual(before);
    },
  );

  it.each(sampled(killPlaces(UNDO_OPERATIONS), 5))(
    'killed $when operation $operation of the undo is undone',
    async (kill) => {
      const { central, remove, stores, start } = await renewalLab(good);
      const before = await stores(central);
      const step = remove(central);
      await step.attempt();
      await start();
      await expect(step.undo(kill)).rejects.toThrow(Killed);
      await step.undo();
      expect(await stores(central)).toEqual(before);
    },
  );
});
