// Makes a fresh clone ready: packages, the bundle, PostgreSQL. Needs nothing but Node.js; may be run any number of times.
// `--test-servers` also installs the older PostgreSQL servers that only tests use, and `--test-programs` what only tests of
// offsite copies, of nodes over SSH and of Windows (Wine) use.
import { stepsFor } from './setup/steps.mjs';
import { SetupError } from './setup/setup-error.mjs';

try {
  for (const step of stepsFor(process.argv.slice(2))) step();
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(`setup: ${error.message}`);
  process.exitCode = error.exitCode;
}
