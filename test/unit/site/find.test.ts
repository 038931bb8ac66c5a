import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/contract/errors.ts';
import { findSiteFile, siteFilePlaces } from '../../../src/site/find.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';

const linux = { platform: 'linux', env: {}, cwd: '/work folder' } as const;

describe('where the site file is looked for', () => {
  it('is this folder, then the place for the whole machine', () => {
    expect(siteFilePlaces(linux)).toEqual(['/work folder/site.yaml', '/etc/sense-runbook/site.yaml']);
    expect(siteFilePlaces({ ...linux, platform: 'win32', env: { ProgramData: 'D:\\PD' } })[1]).toBe(
      'D:\\PD\\sense-runbook\\site.yaml',
    );
  });

  it('is only the file that was named, the flag before the variable', () => {
    const env = { SENSE_RUNBOOK_SITE: 'b.yaml' };
    expect(siteFilePlaces({ ...linux, env })).toEqual(['/work folder/b.yaml']);
    expect(siteFilePlaces({ ...linux, env, given: '/x/a.yaml' })).toEqual(['/x/a.yaml']);
    expect(siteFilePlaces({ ...linux, env: { SENSE_RUNBOOK_SITE: '' } })).toHaveLength(2);
  });

  it('gives the first that is there', async () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, 'site.yaml'), '');
    expect(await findSiteFile({ ...linux, cwd })).toBe(join(cwd, 'site.yaml'));
  });

  it('names every place, and who named it, when there is none', async () => {
    const cwd = temporaryFolder();
    const missing = async (places: Parameters<typeof findSiteFile>[0]): Promise<string> => {
      const error: unknown = await findSiteFile(places).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(UsageError);
      expect((error as UsageError).hint).toContain('sense-runbook init');
      return (error as UsageError).message;
    };
    const env = { ProgramData: join(cwd, 'nowhere') };
    expect(await missing({ platform: 'win32', env, cwd })).toMatch(
      /^There is no site file\. Looked at: .*site\.yaml, .*nowhere.*site\.yaml\.$/,
    );
    expect(await missing({ ...linux, cwd, given: 'a.yaml' })).toBe(
      `There is no site file. Looked at: ${join(cwd, 'a.yaml')} (from --site).`,
    );
    expect(await missing({ ...linux, cwd, env: { SENSE_RUNBOOK_SITE: 'b.yaml' } })).toBe(
      `There is no site file. Looked at: ${join(cwd, 'b.yaml')} (from the environment variable SENSE_RUNBOOK_SITE).`,
    );
  });

  it('goes on when a folder of the way is a file', async () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, 'file'), '');
    mkdirSync(join(cwd, 'pd', 'sense-runbook'), { recursive: true });
    await expect(findSiteFile({ ...linux, cwd, given: 'file/site.yaml' })).rejects.toThrow(UsageError);
  });
});
