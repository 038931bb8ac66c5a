import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { missingPrograms, provideCache } from './cache.ts';
import { endPrefix } from './wine.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Folder of the built laboratory, and one for the prefixes of this test run; undefined without Wine. */
    windowsLab: { readonly cache: string; readonly runs: string } | undefined;
  }
}

/** Run by vitest once: builds the laboratory where Wine can be had, and ends whatever a test left running in it. */
export function setup(project: TestProject): (() => void) | undefined {
  const missing = missingPrograms();
  if (missing !== undefined) {
    console.log(
      `windows: skipped, not here: ${missing}. "node scripts/setup.mjs --test-programs" installs Wine where it can.`,
    );
    project.provide('windowsLab', undefined);
    return undefined;
  }
  const cache = provideCache();
  const runs = mkdtempSync(join(tmpdir(), 'sense-runbook-windows-'));
  project.provide('windowsLab', { cache, runs });
  return () => {
    for (const name of readdirSync(runs)) endPrefix(join(runs, name, 'prefix'));
    rmSync(runs, { recursive: true, force: true, maxRetries: 5 });
  };
}
