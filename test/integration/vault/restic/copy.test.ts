import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createCheckOffsite } from '../../../../src/actions/check-offsite.ts';
import { noOffsite } from '../../../../src/actions/offsite.ts';
import { createVaultCopyOffsite } from '../../../../src/actions/vault-copy-offsite.ts';
import type { JsonObject } from '../../../../src/contract/json.ts';
import { systemClock } from '../../../../src/foundation/clock.ts';
import { createExec } from '../../../../src/platform/process/exec.ts';
import type { ResticSource } from '../../../../src/vault/restic/source.ts';
import { standingOf } from '../../../../src/vault/restic/standing.ts';
import type { Vault } from '../../../../src/vault/vault.ts';
import { labSource, NO_RESTIC } from '../../../helpers/restic.ts';
import { temporaryFolder } from '../../../helpers/temporary.ts';
import { runAction, type Ran } from '../../../unit/actions/harness.ts';
import { backUp, labVault, never } from '../vault-lab.ts';

const exec = createExec({ redact: (text) => text });
const options = { exec: (argv: readonly string[], how: object) => exec(argv, how) };

/** Sends a set as the step of a backup does: nothing that the plan does not show is let through. */
async function send(
  vault: Vault,
  copies: readonly ResticSource[],
  set: string,
  more: JsonObject = {},
): Promise<Ran> {
  const offsite = { ...noOffsite(vault), copies };
  const action = createVaultCopyOffsite({ vault, offsite, clock: systemClock });
  const ran = await runAction(
    action,
    { set, ...more },
    { ...options, planned: { set: '<set>', told: '<troubles>' }, bindings: { '<set>': set } },
  );
  await vault.unlock('RUN');
  return ran;
}

describe.skipIf(NO_RESTIC !== undefined)(
  `an offsite copy${NO_RESTIC === undefined ? '' : ` (${NO_RESTIC})`}`,
  () => {
    it('is made by the first set, gets what was missed, and gives back every file as it was', async () => {
      const folder = temporaryFolder();
      const vault = await labVault(folder);
      const source = await labSource(folder);
      const sets = [
        await backUp(folder, vault, 'run-1', new Date('2026-11-21T02:00:00Z')),
        await backUp(folder, vault, 'run-2', new Date('2026-11-22T02:00:00Z')),
        await backUp(folder, vault, 'run-3', new Date('2026-11-23T02:00:00Z')),
      ] as const;
      const [first, second, third] = sets;

      expect((await send(vault, [source], first.id)).warnings).toEqual([]);
      expect(await standingOf('offsite', source.record, await vault.list())).toMatchObject({
        lastSet: first.id,
        behind: 2,
      });
      const again = await send(vault, [source], third.id);
      expect(again.outputs).toMatchObject({ sent: [{ name: 'offsite', sets: 2 }], failed: [] });
      expect(await standingOf('offsite', source.record, await vault.list())).toEqual({
        name: 'offsite',
        lastSet: third.id,
        sentAt: expect.any(String) as unknown,
        behind: 0,
      });
      // The repository itself says the same as what was kept of it.
      const listed = await source.list();
      expect(listed.map(({ id, sequence, bytes }) => ({ id, sequence, bytes }))).toEqual(
        sets.map(({ id, manifest: { sequence, bytes } }) => ({ id, sequence, bytes })),
      );
      expect(await source.read(second.id)).toEqual(second.manifest);

      // On a machine that has nothing but the repository.
      rmSync(join(folder, 'vault'), { recursive: true });
      const elsewhere = await labSource(folder);
      expect((await elsewhere.list()).map(({ id }) => id)).toEqual(sets.map(({ id }) => id));
      expect(await elsewhere.verify(second.id, { signal: never })).toMatchObject({ ok: true, damage: [] });
      expect(readdirSync(elsewhere.place.folder)).toEqual([]);
    });

    it('whose first set could not be sent gets that with the next one, and none from before it was named', async () => {
      const folder = temporaryFolder();
      const vault = await labVault(folder);
      await backUp(folder, vault, 'run-1', new Date('2026-11-21T02:00:00Z'));
      const first = await backUp(folder, vault, 'run-2', new Date('2026-11-22T02:00:00Z'));
      writeFileSync(join(folder, 'offsite'), 'in the way of the repository');
      const source = await labSource(folder);
      expect((await send(vault, [source], first.id)).warnings).toHaveLength(1);
      rmSync(join(folder, 'offsite'));

      const second = await backUp(folder, vault, 'run-3', new Date('2026-11-23T02:00:00Z'));
      const standing = async () => standingOf('offsite', source.record, await vault.list());
      expect(await standing()).toMatchObject({ behind: 2 });
      expect((await send(vault, [source], second.id)).outputs).toMatchObject({ sent: [{ sets: 2 }] });
      expect((await source.list()).map(({ id }) => id)).toEqual([first.id, second.id]);
      expect(await standing()).toMatchObject({ behind: 0 });
    });

    it('that cannot be reached is a warning, told by its standing, and is caught up later', async () => {
      const folder = temporaryFolder();
      const vault = await labVault(folder);
      const set = await backUp(folder, vault);
      await send(vault, [await labSource(folder)], set.id);
      const next = await backUp(folder, vault, 'run-2', new Date('2026-11-24T02:00:00Z'));

      const wrong = await labSource(folder, { password: 'another password' });
      const ran = await send(vault, [wrong], next.id);
      expect(ran.warnings).toEqual([
        `Set ${next.id} was not sent to copy offsite: The password of copy offsite (${join(folder, 'offsite')}) is wrong.`,
      ]);
      // In a backup the preflight has warned of it already.
      const offsite = { ...noOffsite(vault), copies: [wrong] };
      const looked = await runAction(createCheckOffsite({ offsite }), {}, options);
      expect(looked.outputs).toMatchObject({
        checks: [
          { id: 'copy-offsite', status: 'warning', message: expect.stringContaining('is wrong') as unknown },
        ],
      });
      const { troubles = null } = looked.outputs;
      const silent = await send(vault, [wrong], next.id, { told: troubles });
      expect(silent).toMatchObject({ warnings: [], outputs: { sent: [], failed: ['offsite'] } });
      expect(await standingOf('offsite', wrong.record, await vault.list())).toMatchObject({
        lastSet: set.id,
        behind: 1,
        failed: { message: expect.stringContaining('is wrong') as unknown },
      });

      const right = await send(vault, [await labSource(folder)], next.id);
      expect(right.warnings).toEqual([]);
      expect(await standingOf('offsite', wrong.record, await vault.list())).not.toHaveProperty('failed');

      // One that held sets and is gone is not made anew: an empty one would hide that.
      rmSync(join(folder, 'offsite'), { recursive: true });
      const gone = await send(vault, [wrong], next.id);
      expect(gone.warnings[0]).toContain('any more; it held 2 sets.');
      expect(existsSync(join(folder, 'offsite'))).toBe(false);
    });

    it('takes nothing for the set when a file is missing, and finds another content by its hash', async () => {
      const folder = temporaryFolder();
      const vault = await labVault(folder);
      const source = await labSource(folder);
      const { id, path } = await backUp(folder, vault);
      const dump = join(path, 'databases', 'QSR_backup.tar');
      rmSync(dump);
      expect((await send(vault, [source], id)).warnings[0]).toContain('did not get set');
      expect(await source.list()).toEqual([]);
      writeFileSync(dump, 'a dump');
      expect((await send(vault, [source], id)).warnings).toEqual([]);
      expect(await source.list()).toHaveLength(1);
      expect(await source.verify(id, { signal: never })).toMatchObject({ ok: true });
    });

    it('is fetched over what a killed process left, which is removed, and not what another one uses', async () => {
      const folder = temporaryFolder();
      const vault = await labVault(folder);
      const source = await labSource(folder);
      const { id } = await backUp(folder, vault);
      await send(vault, [source], id);
      const leave = (name: string, owner: object): void => {
        mkdirSync(join(source.place.folder, name, id), { recursive: true });
        writeFileSync(join(source.place.folder, name, 'owner.json'), JSON.stringify(owner));
      };
      leave('dead', { host: 'central', pid: 2 ** 22 + 1, startedAt: 'long ago' });
      leave('elsewhere', { host: 'rim', pid: 1, startedAt: 'long ago' });
      const fetched = await source.materialize(id, { signal: never });
      expect(readdirSync(source.place.folder).sort()).toEqual(
        ['elsewhere', basename(dirname(fetched.path))].sort(),
      );
      await fetched.release();
      expect(readdirSync(source.place.folder)).toEqual(['elsewhere']);
    });
  },
);
