import { isUtf8 } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { UsageError } from '../contract/errors.ts';
import type { JsonObject } from '../contract/json.ts';
import { checkShape, problemLine } from '../foundation/shape.ts';
import type { Problem } from '../foundation/shape.ts';
import { parseYaml } from '../foundation/yaml-positions.ts';
import type { YamlPath } from '../foundation/yaml-positions.ts';
import { siteFileSchema } from './file-schema.ts';
import { missingSiteFile } from './find.ts';
import { normaliseSite } from './normalise.ts';
import { ruleProblems, ruleWarnings } from './rules.ts';
import type { LoadedSite, Site } from './schema.ts';
import { reasonOf } from '../foundation/system-reason.ts';

/** What a reader of site files is told besides the file. */
export interface LoadSiteOptions {
  /** This machine's; decides only warnings. */
  readonly platform?: NodeJS.Platform;
}

/**
 * Reads and checks a site file.
 * @throws UsageError whose message has one line `file:line:column path: what is wrong` for every mistake.
 */
export async function loadSite(file: string, options: LoadSiteOptions = {}): Promise<LoadedSite> {
  return parseSite(await readText(resolve(file)), resolve(file), options);
}

/** Checks the text of a site file; `file` is only named in messages. @throws UsageError as `loadSite` does. */
export function parseSite(text: string, file: string, options: LoadSiteOptions = {}): LoadedSite {
  const yaml = parseYaml(text, file);
  if (yaml.errors.length > 0) throw wrong(yaml.errors);
  if (yaml.value === null) throw wrong([`${file}:1:1: the file is empty`]);
  const checked = checkShape(siteFileSchema, yaml.value);
  if ('problems' in checked)
    throw wrong(allProblems(yaml.value, checked.problems).map((problem) => problemLine(yaml, problem)));
  const problems = ruleProblems(checked.value);
  if (problems.length > 0) throw wrong(problems.map((problem) => problemLine(yaml, problem)));
  const site = normaliseSite(checked.value);
  const warnings = ruleWarnings(checked.value, options.platform ?? process.platform);
  return {
    site,
    file,
    values: expressionValues(site),
    warnings: warnings.map((problem) => problemLine(yaml, problem)),
    locate: yaml.locate,
  };
}

/** Also what the rules find once the wrong values are left out, so that a person sees all mistakes at once. */
function allProblems(value: unknown, problems: readonly Problem[]): Problem[] {
  const rest = structuredClone(value);
  for (const { path } of problems) removeAt(rest, path);
  const checked = checkShape(siteFileSchema, rest);
  return 'problems' in checked ? [...problems] : [...problems, ...ruleProblems(checked.value)];
}

/** Removes a key of an object. Items of lists stay: the positions of the others depend on them. */
function removeAt(value: unknown, path: YamlPath): void {
  const parent = path.slice(0, -1).reduce<unknown>((current, key) => child(current, key), value);
  const key = path.at(-1);
  if (typeof parent === 'object' && parent !== null && !Array.isArray(parent) && key !== undefined)
    Reflect.deleteProperty(parent, key);
}

function child(value: unknown, key: string | number): unknown {
  return typeof value === 'object' && value !== null
    ? (value as Record<string | number, unknown>)[key]
    : undefined;
}

/** What `site.x` means in expressions. Hooks are left out: they hold expressions themselves. */
export function expressionValues(site: Site): JsonObject {
  const values = JSON.parse(JSON.stringify(site)) as JsonObject;
  delete values['hooks'];
  // What a shipped runbook asks for must be there, also where the site file does not have it.
  const vault = values['vault'] as JsonObject;
  if (site.vault.copies === undefined || site.vault.copies.length === 0) vault['copies'] = null;
  const database = values['database'] as JsonObject;
  database['node'] ??= null;
  return values;
}

async function readText(file: string): Promise<string> {
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw missingSiteFile([file]);
    const folder = (error as NodeJS.ErrnoException).code === 'EISDIR';
    throw new UsageError(
      folder
        ? `The site file ${file} cannot be read: it is a folder`
        : `The site file ${file} cannot be read: ${reasonOf(error)}`,
      {
        hint: 'Name the site file itself with --site, and look whether this account may read it.',
        cause: error,
      },
    );
  }
  // Windows PowerShell 5.1 writes UTF-16 with ">" and Out-File; without a mark it is UTF-8 full of zeros.
  if (isUtf8(bytes) && !bytes.includes(0)) return bytes.toString('utf8');
  throw new UsageError(`${file}:1:1: the file is not UTF-8 text`, {
    hint: 'Save it as UTF-8 (in Notepad: Save as, Encoding: UTF-8).',
  });
}

function wrong(lines: readonly string[]): UsageError {
  const inOrder = [...new Set(lines)].sort((a, b) => {
    const [first, second] = [position(a), position(b)];
    return first.line - second.line || first.column - second.column;
  });
  return new UsageError(inOrder.join('\n'), {
    hint: 'Correct the site file; nothing was changed. Every key is explained in templates/site.example.yaml.',
  });
}

function position(line: string): { readonly line: number; readonly column: number } {
  // After the file name, which may itself have a colon (C:\site.yaml).
  const match = /:(\d+):(\d+)(?::| )/.exec(line);
  return { line: Number(match?.[1] ?? 0), column: Number(match?.[2] ?? 0) };
}
