import type { Kept, RunSummary } from '../engine/types.ts';
import { formatBytes, formatCount, wrapCommand, wrapText } from '../foundation/human.ts';
import { operationText } from './operation-text.ts';
import { TEXT_WIDTH } from './plan-text.ts';

/** What one run keeps until it is cleaned up. */
export interface KeptView {
  readonly run: Pick<RunSummary, 'id'>;
  readonly kept: readonly Kept[];
}

/** What `cleanup` would remove, as plain text of 80 columns. Ends with a newline. */
export function keptText({ run, kept }: KeptView): string {
  const there = kept.filter(({ operations }) => operations.length > 0);
  if (there.length === 0) return `Run ${run.id} keeps nothing any more.\n`;
  const bytes = bytesOf(there);
  const lines = [
    `Run ${run.id} keeps, so that it can be rolled back:`,
    ...there.flatMap((one) => ['', ...keptLines(one)]),
    '',
    ...(bytes === undefined ? [] : [`In all: ${formatBytes(bytes)}`]),
    'When it is removed the run can no longer be rolled back.',
  ];
  return `${lines.join('\n')}\n`;
}

/** The same as JSON; `bytes` is missing where nobody could tell. */
export function keptJson({ run, kept }: KeptView): object {
  return {
    schemaVersion: 1,
    run: run.id,
    bytes: bytesOf(kept),
    kept: kept.map(({ step, node, title, bytes, files, operations, notes }) => ({
      step,
      node,
      title,
      bytes,
      files,
      operations,
      notes,
    })),
  };
}

function keptLines({ title, node, bytes, files, operations, notes }: Kept): string[] {
  const sizes = [
    ...(bytes === undefined ? [] : [formatBytes(bytes)]),
    ...(files === undefined ? [] : [formatCount(files, 'file')]),
  ];
  const size = sizes.length === 0 ? '' : `: ${sizes.join(', ')}`;
  return [
    ...wrapText(`  ${title} (${node})${size}`, TEXT_WIDTH, '    '),
    ...notes.flatMap((note) => wrapText(`    note: ${note}`, TEXT_WIDTH, '      ')),
    ...operations.flatMap((operation) =>
      wrapCommand(`    > ${operationText(operation)}`, TEXT_WIDTH, '        '),
    ),
  ];
}

function bytesOf(kept: readonly Kept[]): number | undefined {
  const known = kept.flatMap(({ bytes }) => (bytes === undefined ? [] : [bytes]));
  return known.length === 0 ? undefined : known.reduce((sum, bytes) => sum + bytes, 0);
}
