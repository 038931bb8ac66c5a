// Sums up the JSON reports of vitest in a folder, and fails when a folder of test/ had no test at all.
// Usage: node scripts/count-tests.mjs REPORTS FOLDER...
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/**
 * What is printed about these reports, and the folders of test/ of which none had a file. A test that is skipped in one report
 * and taken in another counts in both; a file is skipped whole when no report has a test of it that ran.
 */
export function summarize(reports, folders) {
  let passed = 0;
  let failed = 0;
  let skipped = 0;
  const ran = new Map();
  for (const { testResults } of reports) {
    for (const { name, status, assertionResults } of testResults) {
      const count = (wanted) => assertionResults.filter((test) => wanted.includes(test.status)).length;
      passed += count(['passed']);
      failed += count(['failed']);
      skipped += count(['skipped', 'pending', 'todo', 'disabled']);
      const file = path.relative(root, name).replaceAll(path.sep, '/');
      ran.set(file, (ran.get(file) ?? false) || status === 'failed' || count(['passed', 'failed']) > 0);
    }
  }
  const whole = [...ran].flatMap(([file, any]) => (any ? [] : [file])).sort();
  const missing = folders.filter(
    (folder) => ![...ran.keys()].some((file) => file.startsWith(`test/${folder}/`)),
  );
  const lines = [`tests: ${passed} passed, ${failed} failed, ${skipped} skipped`];
  if (whole.length > 0) lines.push('skipped whole:', ...whole.map((file) => `  ${file}`));
  if (missing.length > 0) lines.push(`no test file was taken of: ${missing.join(', ')}`);
  return { lines, missing };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [folder = '.', ...folders] = process.argv.slice(2);
  const reports = readdirSync(folder).map((name) =>
    JSON.parse(readFileSync(path.join(folder, name), 'utf8')),
  );
  const { lines, missing } = summarize(reports, folders);
  console.log(`\n${lines.join('\n')}`);
  if (missing.length > 0) process.exitCode = 1;
}
