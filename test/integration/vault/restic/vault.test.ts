import { readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createVaultPrune } from '../../../../src/actions/vault-prune.ts';
import { createVaultSend } from '../../../../src/actions/vault-send.ts';
import { systemClock } from '../../../../src/foundation/clock.ts';
import { createExec } from '../../../../src/platform/process/exec.ts';
import type { SetEvent } from '../../../../src/vault/history.ts';
import { createResticVault, type ResticVault } from '../../../../src/vault/restic/restic-vault.ts';
import { createRecordFile } from '../../../../src/vault/restic/record.ts';
import { DELETING, timeOfSetId } from '../../../../src/vault/set-names.ts';
import { labSource, NO_RESTIC } from '../../../helpers/restic.ts';
import { temporaryFolder } from '../../../helpers/temporary.ts';
import { fakeSite } from '../../../unit/actions/fakes.ts';
import { runAction } from '../../../unit/actions/harness.ts';
import { backUp, labVault, never } from '../vault-lab.ts';

const exec = createExec({ redact: (text) => text });

const LOOK: SetEvent = {
  ...{ schemaVersion: 1, kind: 'drill', verdict: 'passed', at: '2026-11-24T00:00:00.000Z' },
  ...{ durationMs: 1, differences: [], host: 'central', tool: 'sense-runbook 0' },
  manifestSha256: '',
};

/** A vault in a repository, and how a backup sends a set there. */
async function openVault(
  folder: string,
): Promise<{ vault: ResticVault; send: (set: string) => Promise<unknown> }> {
  const plain = await labSource(folder, { kind: 'vault', name: 'vault' });
  const record = createRecordFile(join(folder, 'vault', 'site', 'repository.json'));
  const staging = await labVault(folder, {
    sequenceElsewhere: async () => (await record.read())?.sets.at(-1)?.sequence ?? 0,
  });
  const vault = createResticVault({ staging, source: plain, clock: systemClock, prune: 0 });
  const offsite = {
    local: staging,
    vault: plain,
    copies: [],
    superfluous: () => vault.superfluous(),
    removeLocal: (set: string) => staging.remove(set),
  };
  return {
    vault,
    async send(set) {
      const { outputs } = await runAction(
        createVaultSend({ vault, offsite, clock: systemClock }),
        { set },
        {
          exec: (argv, options) => exec(argv, options),
          planned: { set: '<set>' },
          bindings: { '<set>': set },
        },
      );
      await vault.unlock('RUN');
      return outputs;
    },
  };
}

describe.skipIf(NO_RESTIC !== undefined)(`a vault in a repository`, () => {
  it('has the sets that arrived, keeps only the newest as a folder, and lets a set go', async () => {
    const folder = temporaryFolder();
    const { vault, send } = await openVault(folder);
    const first = await backUp(folder, vault, 'run-1', new Date('2026-11-22T02:00:00Z'));
    expect((await vault.list()).map(({ state }) => state)).toEqual(['incomplete']);
    await send(first.id);
    const second = await backUp(folder, vault, 'run-2', new Date('2026-11-23T02:00:00Z'));
    await send(second.id);

    expect((await vault.list()).map(({ id, state }) => `${id} ${state}`)).toEqual([
      `${first.id} complete`,
      `${second.id} complete`,
    ]);
    const staged = readdirSync(join(folder, 'vault', 'site')).filter(
      (name) => timeOfSetId(name) !== undefined,
    );
    expect(staged).toEqual([second.id]);
    expect(await vault.read(first.id)).toEqual(first.manifest);
    expect(await vault.verify(first.id, { signal: never })).toMatchObject({ ok: true });

    // Neither is a folder that could be added to; a look at one is kept all the same.
    for (const { id, manifest } of [first, second])
      await vault.remember(id, { ...LOOK, manifestSha256: manifest.manifestSha256 });
    expect((await vault.list()).map(({ provenAt }) => provenAt)).toEqual([LOOK.at, LOOK.at]);
    await vault.remember(second.id, { ...LOOK, manifestSha256: 'of another manifest', verdict: 'failed' });
    expect((await vault.list()).map(({ failedAt }) => failedAt)).toEqual([undefined, undefined]);
    expect((await vault.histories()).map(({ set }) => set)).toEqual([first.id, second.id]);

    const pruned = await runAction(
      createVaultPrune({ site: fakeSite(), vault, clock: systemClock }),
      { set: first.id },
      { exec: (argv, options) => exec(argv, options) },
    );
    await vault.unlock('RUN');
    const programs = pruned.performed.flatMap((one) => (one.kind === 'command' ? [one.argv.slice(3)] : []));
    expect(programs).toEqual([
      ['snapshots', '--json', '--no-lock', '--tag', 'sense-runbook,site=site'],
      ['forget', `<snapshot-of-${first.id.toLowerCase()}>`],
      ['prune'],
    ]);
    expect((await vault.histories()).map(({ set }) => set)).toEqual([second.id]);
    expect((await vault.list()).map(({ id }) => id)).toEqual([second.id]);

    // A machine that has nothing but the repository counts on from there.
    rmSync(join(folder, 'vault'), { recursive: true });
    // A failed attempt to send notes what it was to send, and knows nothing of what is there.
    const record = createRecordFile(join(folder, 'vault', 'site', 'offsite', 'offsite.json'));
    await record.write({ schemaVersion: 1, sets: [], from: 3 });
    const elsewhere = await openVault(folder);
    expect((await elsewhere.vault.list()).map(({ id }) => id)).toEqual([second.id]);
  });

  it('counts a set as complete whose folder is half removed, and removes the rest with the next set', async () => {
    const folder = temporaryFolder();
    const { vault, send } = await openVault(folder);
    const first = await backUp(folder, vault, 'run-1', new Date('2026-11-22T02:00:00Z'));
    await send(first.id);
    const second = await backUp(folder, vault, 'run-2', new Date('2026-11-23T02:00:00Z'));
    const site = join(folder, 'vault', 'site');
    renameSync(join(site, first.id), join(site, DELETING + first.id));
    rmSync(join(site, DELETING + first.id, 'manifest.json'));

    // By the rules of retention a half removed set goes; this one is whole where it belongs.
    expect((await vault.list()).map(({ id, state }) => `${id} ${state}`)).toEqual([
      `${first.id} complete`,
      `${second.id} incomplete`,
    ]);
    await send(second.id);
    expect((await vault.list()).map(({ state }) => state)).toEqual(['complete', 'complete']);
    expect(readdirSync(site).filter((name) => name.startsWith(DELETING))).toEqual([]);
    expect(await vault.verify(first.id, { signal: never })).toMatchObject({ ok: true });
  });
});
