import { describe, expect, it } from 'vitest';
import { warnOfTree } from '../../../src/actions/copy-trees.ts';

describe('warnings of a copied folder', () => {
  it('name it once', () => {
    const said: string[] = [];
    const warn = (message: string): void => void said.push(message);
    warnOfTree('/logs', ['a.txt in /logs is gone', 'no links can be made'], { warn });
    expect(said).toEqual(['a.txt in /logs is gone', '/logs: no links can be made']);
  });
});
