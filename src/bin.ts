#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { ignoreBrokenPipes } from './main/broken-pipe.ts';

// A process that ends in an unforeseen way, with nothing left to wait for, has not succeeded.
process.exitCode = 1;
ignoreBrokenPipes([process.stdout, process.stderr]);
const argv = process.argv.slice(2);
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};
if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
  // What scripts ask most often needs none of the rest, which takes longer to load than Node.js itself.
  process.stdout.write(`${version}\n`);
  process.exitCode = 0;
} else {
  const { main } = await import('./main.ts');
  await main(argv, version);
}
