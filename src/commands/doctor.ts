import type { Command } from 'commander';
import { checkLines } from '../report/plan-text.ts';
import { doneExitCode } from './exit-codes.ts';
import { openNoted, writeJson } from './open.ts';
import type { Act } from './act.ts';

/** `doctor`: every check that comes before a backup; looks only. */
export function declareDoctor(program: Command, act: Act): void {
  program
    .command('doctor')
    .description('check everything a backup needs; changes nothing')
    .action(() =>
      act(async (context) => {
        const { site } = await openNoted(context);
        const { plan } = await site.plan({ runbook: 'doctor', params: {} }, context.signal);
        const checks = await site.engine.preflight(plan, context.signal);
        const failed = checks.filter((check) => check.status === 'failed').length;
        const warnings = checks.filter((check) => check.status === 'warning');
        if (context.flags.json)
          writeJson(context, {
            schemaVersion: 1,
            site: site.name,
            ok: failed === 0,
            checks,
            warnings: [...site.warnings, ...warnings.map((check) => check.message)],
          });
        else
          context.output.out(
            [
              `Site ${site.name}`,
              ...checkLines(checks),
              '',
              `${String(checks.length)} checks: ${String(failed)} failed, ${String(warnings.length)} with a warning`,
              '',
            ].join('\n'),
          );
        return failed > 0 ? 3 : doneExitCode(context.flags.strict, [...site.warnings, ...warnings]);
      }),
    );
}
