import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { exampleSiteFile } from '../src/discovery/example.ts';
import { runbookJsonSchema } from '../src/runbook/schema.ts';
import { siteJsonSchema } from '../src/site/json-schema.ts';

/** Generated files in `templates/` and how their text is made. */
const FILES: Readonly<Record<string, () => Promise<string>>> = {
  'site.schema.json': () => jsonText(siteJsonSchema()),
  'runbook.schema.json': () => jsonText(runbookJsonSchema()),
  'site.example.yaml': () => Promise.resolve(exampleSiteFile()),
};

/** Writes the generated templates; with `--check` only names those that are not current, exit code 1. */
async function main(check: boolean): Promise<void> {
  for (const [name, make] of Object.entries(FILES)) {
    const file = template(name);
    const wanted = await make();
    if (!check) await writeFile(file, wanted);
    else if ((await current(file)) !== wanted) {
      process.stderr.write(`templates/${name} is not current; run: npx tsx scripts/generate-schemas.ts\n`);
      process.exitCode = 1;
    }
  }
}

function template(name: string): string {
  return fileURLToPath(new URL(`../templates/${name}`, import.meta.url));
}

async function jsonText(schema: Record<string, unknown>): Promise<string> {
  const options = await resolveConfig(template('site.schema.json'));
  return format(JSON.stringify(schema), { ...options, parser: 'json' });
}

/** Undefined when the file is not there yet. */
async function current(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

await main(process.argv.includes('--check'));
