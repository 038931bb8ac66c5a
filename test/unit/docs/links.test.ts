import { existsSync } from 'node:fs';
import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { allPages, anchors, prose, readText, repository } from './pages.ts';

const pages = allPages();

/** Links of a page that lead nowhere. */
function brokenLinks({ path, text }: (typeof pages)[number]): string[] {
  const targets = [...prose(text).matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? '');
  return targets.filter((target) => {
    if (/^https?:/.test(target)) return false;
    const [file = '', anchor] = target.split('#');
    const place = file === '' ? path : posix.join(posix.dirname(path), file);
    if (!existsSync(`${repository}${place}`)) return true;
    return anchor !== undefined && !anchors(readText(place)).includes(anchor);
  });
}

describe('links between pages', () => {
  it.each(pages)('resolve in $path', (page) => {
    expect(brokenLinks(page)).toEqual([]);
  });

  it('reach every page of docs/ from README.md', () => {
    const readme = readText('README.md');
    const missing = pages.filter(({ path }) => path.startsWith('docs/') && !readme.includes(`](${path})`));
    expect(missing.map(({ path }) => path)).toEqual([]);
  });
});
