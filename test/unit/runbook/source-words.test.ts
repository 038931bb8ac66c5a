import { expect, it } from 'vitest';
import { sourceWords } from '../../../src/runbook/source-words.ts';

it.each([
  ['5.6, p. 208', 'manual 5.6, p. 208'],
  ['5.6 step 1, p. 208; 1.3, p. 40', 'manual 5.6 step 1, p. 208; 1.3, p. 40'],
  ['docs/backup-sets.md, States', 'docs/backup-sets.md, States'],
  ['5.7, p. 210; docs/backup-sets.md, States', 'manual 5.7, p. 210; docs/backup-sets.md, States'],
  ['PostgreSQL documentation, initdb; 5.7, p. 210', 'PostgreSQL documentation, initdb; manual 5.7, p. 210'],
])('%s is told as %s', (source, words) => {
  expect(sourceWords(source)).toBe(words);
});
