import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadRunbookFile } from '../../../../src/runbook/load.ts';
import { BACKUP_PARAM, HOP_RUNBOOKS, SAFETY_BACKUP } from '../../../../src/upgrade/journey/hop-runbooks.ts';
import type { HopKind } from '../../../../src/upgrade/types.ts';
import { planOf, THREE_HOPS } from './samples.ts';

const FOLDER = fileURLToPath(new URL('../../../../runbooks/', import.meta.url));

function fileOf(name: string): string {
  return `${FOLDER}${name}.yaml`;
}

const HOPS = [
  ...planOf().hops,
  ...planOf({ release: 'May 2025', patch: 'none' }, 'May 2025 Patch 3').hops,
  ...planOf({ ...THREE_HOPS, postgres: { version: '9.6', kind: 'standalone' } }).hops,
  ...planOf({ release: 'May 2023', uninstalled: true }, 'May 2025').hops,
];

const shipped = Object.entries(HOP_RUNBOOKS).filter(([, { runbook }]) => existsSync(fileOf(runbook)));

describe('the runbooks of hops', () => {
  it('are those of every kind that a plan can have', () => {
    expect(new Set(HOPS.map(({ kind }) => kind))).toEqual(new Set(Object.keys(HOP_RUNBOOKS)));
    expect(shipped.map(([kind]) => kind)).toEqual(
      expect.arrayContaining(['upgrade', 'patch', 'uninstall-patch']),
    );
  });

  it.each(shipped)(
    'take what the journey gives them: %s',
    async (kind, { runbook, params, medium, licence, backsUpItself }) => {
      const hop = HOPS.find((one) => one.kind === (kind as HopKind));
      if (hop === undefined) throw new Error(`no hop ${kind}`);
      const declared = (await loadRunbookFile(fileOf(runbook))).params;
      const given = [
        ...Object.keys(
          params(
            hop,
            HOPS.find((one) => one.kind === 'upgrade'),
          ),
        ),
        ...(backsUpItself === true ? [] : [BACKUP_PARAM]),
        ...(medium === undefined ? [] : [medium.param, 'sha256']),
        ...(licence === undefined ? [] : [licence]),
      ];
      expect(declared.map(({ name }) => name)).toEqual(expect.arrayContaining(given));
    },
  );

  it('are preceded by a backup that can be drilled', async () => {
    const { params } = await loadRunbookFile(fileOf(SAFETY_BACKUP.runbook));
    const drill = params.find(({ name }) => name === 'drill');
    expect(drill?.values).toContain(SAFETY_BACKUP.params.drill);
  });
});
