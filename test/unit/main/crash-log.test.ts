import { readFileSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/contract/errors.ts';
import { writeCrashLog } from '../../../src/main/crash-log.ts';

const facts = { tool: 'sense-runbook 1.2.3', argv: ['plan', 'backup'], redact: (text: string) => text };

describe('writeCrashLog', () => {
  it('writes a file that only its owner may read, with the stack and without values of --set', () => {
    const argv = ['run', 'own', '--set', 'password=hunter22', '--set=other=hunter33', '--yes'];
    const redact = (text: string) => text.replaceAll('swordfish', '***');
    const file = writeCrashLog(new TypeError('swordfish is no function'), { ...facts, argv, redact });
    expect(file).toBeDefined();
    const text = readFileSync(file ?? '', 'utf8');
    expect(statSync(file ?? '').mode & 0o777).toBe(0o600);
    rmSync(dirname(file ?? ''), { recursive: true });
    expect(text).toContain('*** is no function');
    expect(text).toContain('["run","own","--set","password=***","--set=other=***","--yes"]');
    expect(text).not.toMatch(/hunter|swordfish/);
  });

  it('writes nothing for an expected error', () => {
    expect(writeCrashLog(new UsageError('no such runbook'), facts)).toBeUndefined();
  });
});
