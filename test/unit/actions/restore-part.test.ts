import { describe, expect, it } from 'vitest';
import { judgeRehearsal } from '../../../src/actions/restore-part.ts';

describe('a rehearsal', () => {
  it('is refused with rim nodes in the site file: their services would be stopped', () => {
    const central = { host: 'new.example', role: 'central' };
    const site = { nodes: [central], database: { host: 'localhost' }, share: { root: '\\\\NEW\\Share' } };
    expect(judgeRehearsal(site).status).toBe('ok');
    const judged = judgeRehearsal({ ...site, nodes: [central, { host: 'rim.example', role: 'rim' }] });
    expect(judged).toMatchObject({ status: 'failed' });
    expect(judged.message).toContain('rim.example');
  });
});

describe('a rehearsal with something of another machine', () => {
  const nodes = [{ host: 'new.example', role: 'central' }];
  it.each([
    ['the database on db.example', 'db.example', 'D:\\Share'],
    ['the share \\\\files.example\\Share', '127.0.0.1', '\\\\files.example\\Share'],
  ])('is refused: %s would be replaced', (what, host, root) => {
    const judged = judgeRehearsal({ nodes, database: { host }, share: { root } });
    expect(judged).toMatchObject({ status: 'failed' });
    expect(judged.message).toContain(what);
  });

  it('is not for a path of Windows that is not of a server', () => {
    const share = { root: '\\\\?\\D:\\Share' };
    expect(judgeRehearsal({ nodes, database: { host: 'NEW' }, share }).status).toBe('ok');
  });
});
