#!/usr/bin/env node
import { main } from './main.ts';

// A process that ends in an unforeseen way, with nothing left to wait for, has not succeeded.
process.exitCode = 1;
await main(process.argv.slice(2));
