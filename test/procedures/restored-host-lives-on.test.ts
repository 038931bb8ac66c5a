import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openNewHost } from '../helpers/restored-new-host.ts';
import { APPROVED, type RestoredSite } from '../helpers/restored-site.ts';

// The simulated bootstrap leaves the database as it is.
const IN_THE_DATABASE = ['--set', 'hostNames=database'];

describe('a site that was restored to another host name', { shuffle: false }, () => {
  let restored: RestoredSite;

  async function tool(args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await restored.site.run(args);
    expect(code, `${args.join(' ')}\n${stdout}${stderr}`).toBe(0);
    return `${stdout}${stderr}`.replaceAll(/\s+/g, ' ');
  }

  beforeAll(async () => {
    restored = await openNewHost({ flags: IN_THE_DATABASE });
    await tool(restored.restore);
  });

  afterAll(async () => {
    await restored.close();
  });

  it('has certificates of its own, those of the old host, and is not told to remove them', async () => {
    const said = await tool(['doctor']);
    expect(said).toContain('write host: qs1.demo.example under certificates in site.yaml');
    expect(said).not.toContain('export and remove them');
  });

  it('is backed up, and restored from that as the same host', async () => {
    await tool(['backup', '--yes']);
    await tool(['restore', ...APPROVED]);
    await restored.expectRestored('a restore of the set that was made under its new name');
  });
});
