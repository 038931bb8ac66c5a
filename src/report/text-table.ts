/** One column of a text table. `align` right is for numbers. */
export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
}

/**
 * A plain table: a title line, then one line a row, two spaces between columns, no trailing spaces. Columns are as wide
 * as their longest cell; the caller picks columns so that 80 characters suffice.
 */
export function textTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const widths = columns.map((column, index) =>
    Math.max(column.title.length, ...rows.map((row) => (row[index] ?? '').length)),
  );
  const line = (cells: readonly string[]): string =>
    columns
      .map((column, index) => {
        const cell = cells[index] ?? '';
        const width = widths[index] ?? 0;
        return column.align === 'right' ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd();
  return [line(columns.map((column) => column.title)), ...rows.map(line)];
}
