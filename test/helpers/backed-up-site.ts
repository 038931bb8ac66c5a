import { expect } from 'vitest';
import { openLab, type Lab, type LabSite, type ToolResult } from './lab.ts';
import { replaceCertificates } from './other-certificates.ts';
import {
  changeConfig,
  digestOf,
  markDatabases,
  startTypesOf,
  workOnShare,
  type SiteDigest,
} from './restore-site.ts';
import { setsOf } from './soundness.ts';

/** Runs the tool for the site, and expects it to end with `code`. */
export type Tool = (args: readonly string[], code?: number) => Promise<ToolResult>;

/** A site that was worked on since its one backup. */
export interface BackedUpSite {
  readonly lab: Lab;
  readonly site: LabSite;
  readonly tool: Tool;
  /** The backup set. */
  readonly set: string;
  /** States of the services by name. */
  readonly services: Record<string, string>;
  /** When Windows starts them, by name. */
  readonly startTypes: Record<string, string>;
  /** What the site was like when it was backed up. */
  readonly ofSet: SiteDigest;
  /** What it is like now. */
  readonly before: SiteDigest;
}

/** Makes one in a lab of its own, which the caller closes. `prepare` changes the site before it is backed up. */
export async function backedUpSite(
  prepare?: (site: LabSite, lab: Lab) => void | Promise<void>,
): Promise<BackedUpSite> {
  const lab = await openLab();
  const site = lab.site({ small: true });
  await prepare?.(site, lab);
  const tool: Tool = async (args, code = 0) => {
    const run = await site.run(args);
    expect(run.code, `${args.join(' ')}\n${run.stdout}${run.stderr}`).toBe(code);
    return run;
  };
  site.services('central', ({ services: all }) => {
    const engine = all['QlikSenseEngineService'];
    if (engine !== undefined) engine.delayed = true;
  });
  const services = site.states();
  const startTypes = startTypesOf(site);
  await markDatabases(lab, 'backup');
  await tool(['backup', '--yes']);
  expect(site.states()).toEqual(services);
  const set = (await setsOf(site))[0]?.id ?? '';
  const ofSet = await digestOf(lab, site);
  await markDatabases(lab, 'later');
  workOnShare(site, 'later');
  await replaceCertificates(site.node('central'), 'qs1.demo.example');
  changeConfig(lab.demo.paths);
  const before = await digestOf(lab, site);
  // In each of its parts: of one that is the same nobody sees whether it was restored.
  for (const part of Object.keys(ofSet) as (keyof SiteDigest)[])
    expect(before[part], part).not.toEqual(ofSet[part]);
  return { lab, site, tool, set, services, startTypes, ofSet, before };
}
