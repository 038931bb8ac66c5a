import path from 'node:path';

/**
 * ESLint rule: imports between the rooms of src/ point down only, and rooms on one line do not import each other.
 * Option: the lines, top first. `bin.ts` may import `main.ts`: both are on the first line, which is exempt.
 */
export const roomRule = {
  meta: {
    type: 'problem',
    schema: [{ type: 'array', items: { type: 'array', items: { type: 'string' } } }],
    messages: {
      upward: "'{{from}}' must not import from '{{to}}': rooms import only from the lines below them",
      unknown: "'{{room}}' is not in the table of rooms (scripts/lint/rooms.mjs)",
    },
  },
  create(context) {
    const [lines] = context.options;
    const lineOf = (room) => lines.findIndex((line) => line.includes(room));
    const source = path.join(context.cwd, 'src');
    const from = roomOf(source, context.filename);
    if (from === undefined) return {};

    function check(node) {
      if (node?.type !== 'Literal' || typeof node.value !== 'string' || !node.value.startsWith('.')) return;
      const to = roomOf(source, path.resolve(path.dirname(context.filename), node.value));
      if (to === undefined || to === from) return;
      const [upper, lower] = [lineOf(from), lineOf(to)];
      if (lower === -1) context.report({ node, messageId: 'unknown', data: { room: to } });
      else if (lower <= upper && upper > 0) context.report({ node, messageId: 'upward', data: { from, to } });
    }

    return {
      Program(node) {
        if (lineOf(from) === -1) context.report({ node, messageId: 'unknown', data: { room: from } });
      },
      ImportDeclaration: (node) => check(node.source),
      ExportNamedDeclaration: (node) => check(node.source),
      ExportAllDeclaration: (node) => check(node.source),
      ImportExpression: (node) => check(node.source),
      TSImportType: (node) => check(node.source ?? node.argument?.literal ?? node.argument),
    };
  },
};

/** First folder below src/, or the name of a file that lies directly in it. */
function roomOf(source, file) {
  const relative = path.relative(source, file);
  if (relative.startsWith('..') || path.isAbsolute(relative)) return undefined;
  return relative.split(path.sep)[0]?.replace(/\.ts$/, '');
}
