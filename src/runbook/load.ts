import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { UsageError } from '../contract/errors.ts';
import { reasonOf } from '../foundation/system-reason.ts';
import { pathText, parseYaml } from '../foundation/yaml-positions.ts';
import { checked, inside, readItems } from './items.ts';
import type { LoadedItem, LoadedParam, LoadedRunbook, LoadedSection, Where } from './loaded.ts';
import { checkOrder } from './order.ts';
import { checkParams } from './param-rules.ts';
import { mistakesError } from './problems.ts';
import { paramSchema, runbookSchema, sectionSchema } from './schema.ts';

/**
 * Reads a runbook and finds every mistake that can be found without a site.
 * @throws UsageError with one line a mistake: `file:line:column path: what is wrong`.
 */
export function loadRunbook(text: string, file: string): LoadedRunbook {
  const yaml = parseYaml(text, file);
  if (yaml.errors.length > 0) throw mistakesError(yaml.errors);
  const where: Where = (path, part) => {
    const name = pathText(path);
    return name === '' ? yaml.locate(path, part) : `${yaml.locate(path, part)} ${name}`;
  };
  const problems: string[] = [];
  const head = checked(runbookSchema, yaml.value, where, problems);
  const params = entriesOf(member(yaml.value, 'params')).flatMap(([name, value]) =>
    readParam(name, value, inside(where, ['params', name]), problems),
  );
  const sections = listOf(member(yaml.value, 'sections')).flatMap((value, index) =>
    readSection(value, inside(where, ['sections', index]), problems),
  );
  const always = readItems(
    listOf(member(yaml.value, 'always')),
    inside(where, ['always']),
    'runbook',
    problems,
  );
  problems.push(...checkParams(params));
  problems.push(
    ...checkOrder({ sections, onFailure: [], always }, { params, unreadable: idsIn(yaml.value) }),
  );
  if (problems.length > 0 || head === undefined) throw mistakesError(problems);
  return {
    name: head.name,
    title: head.title,
    ...(head.source === undefined ? {} : { source: head.source }),
    file,
    sha256: createHash('sha256').update(text).digest('hex'),
    params,
    sections,
    always,
  };
}

/** Reads a runbook file. @throws UsageError when it cannot be read or has mistakes. */
export async function loadRunbookFile(file: string): Promise<LoadedRunbook> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const hint = '`sense-runbook runbooks` lists the runbooks that can be named.';
    if (code === 'ENOENT') throw new UsageError(`there is no file ${file}`, { hint });
    throw new UsageError(`${file} cannot be read: ${reasonOf(error)}`, { hint, cause: error });
  }
  return loadRunbook(text.replace(/^\uFEFF/, ''), file);
}

function readParam(name: string, value: unknown, where: Where, problems: string[]): LoadedParam[] {
  const written = checked(paramSchema, value, where, problems);
  if (written === undefined) return [];
  return [
    {
      name,
      type: written.type,
      ...(written.values === undefined ? {} : { values: written.values }),
      ...(written.default === undefined ? {} : { default: written.default }),
      required: written.required ?? false,
      ...(written.description === undefined ? {} : { description: written.description }),
      where,
    },
  ];
}

function readSection(value: unknown, where: Where, problems: string[]): LoadedSection[] {
  const written = checked(sectionSchema, value, where, problems);
  const items: LoadedItem[] = readItems(
    listOf(member(value, 'steps')),
    inside(where, ['steps']),
    'runbook',
    problems,
  );
  if (written === undefined) {
    // Its steps are still looked at; the section itself has its message already.
    return items.length === 0 ? [] : [{ id: '', preflight: false, restart: 'step', items, where }];
  }
  return [
    {
      id: written.id,
      ...(written.title === undefined ? {} : { title: written.title }),
      preflight: written.preflight ?? false,
      restart: written.restart ?? 'step',
      ...(written['node-by-node'] === true ? { nodeByNode: true as const } : {}),
      items,
      where,
    },
  ];
}

/** Ids of all steps as written, also of those with mistakes: a reference to one of them is no second mistake. */
function idsIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(idsIn);
  if (typeof value !== 'object' || value === null) return [];
  const id = member(value, 'id');
  return [
    ...(typeof id === 'string' ? [id] : []),
    ...['sections', 'steps', 'parallel', 'always'].flatMap((key) => idsIn(member(value, key))),
  ];
}

function member(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Record<string, unknown>)[key];
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function entriesOf(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
}
