import type { Command } from 'commander';
import { UsageError } from '../contract/errors.ts';
import type { Act } from './act.ts';
import { noteWaiting } from './open.ts';

interface DemoFlags {
  readonly dir?: string;
  readonly setupOnly?: boolean;
  readonly stop?: boolean;
}

/** `demo`: builds and drives a simulated site. */
export function declareDemo(program: Command, act: Act): void {
  program
    .command('demo')
    .description('build a small simulated site, back it up, damage it, recover it, and remove it')
    .option('--dir <dir>', 'folder for the site (default: a temporary one)')
    .option('--setup-only', 'only build the site, and leave it running to play with')
    .option('--stop', 'end the processes of the site in --dir')
    .action(({ dir, setupOnly, stop }: DemoFlags) =>
      act(async (context) => {
        if (context.flags.json) throw new UsageError('the demo is for people; it has no --json');
        await noteWaiting(context);
        context.beginEffects();
        const { runDemo } = await import('../demo/run-demo.ts');
        await runDemo({
          ...(dir === undefined ? {} : { dir }),
          setupOnly: setupOnly === true,
          stop: stop === true,
          exec: await context.exec(),
          program: context.program,
          print: (line) => {
            context.output.out(`${line}\n`);
          },
          signal: context.signal,
        });
        return 0;
      }),
    );
}
