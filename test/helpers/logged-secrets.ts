import type { Node } from 'web-tree-sitter';

/** Fields of a request that may stand in a log. Every other one counts as a secret, also one that nobody thought of. */
const HARMLESS = [
  ...[
    'account',
    'computer',
    'file',
    'folder',
    'host',
    'maxBytes',
    'name',
    'names',
    'openMs',
    'path',
    'pid',
    'port',
  ],
  ...['program', 'script', 'sid', 'store', 'stores', 'thumbprint', 'timeoutMs', 'useSsl', 'xml'],
];
const HARMLESS_FIELD = new RegExp(`\\$request\\['(${HARMLESS.join('|')})'\\]`, 'gi');

/** Where secrets come from: the input, and what another machine answers. */
const SOURCE = /\bReadToEnd\b|\bRead-Request\b|\bInvoke-Command\b|\$Json\b/i;

/** Gives a SecureString, of which only the name of its type is logged. */
const MADE_SAFE = /^ConvertTo-Secure$/i;

/**
 * Places of a script where a secret of its input may get into the event log of a Windows with module logging: as an argument of a
 * command of Windows or a module, by name, by splatting or through the pipeline. What such a command is logged with is the text
 * of each argument, so a secret inside a hashtable or a SecureString is not seen; nor are calls of methods and of functions of the
 * script itself. It does not follow a value through a field of an object or the result of a method on another object.
 */
export function loggedSecrets(root: Node): string[] {
  const known: Known = { functions: functionsOf(root), tainted: new Set(), holders: new Set() };
  let size = -1;
  while (known.tainted.size + known.holders.size !== size) {
    size = known.tainted.size + known.holders.size;
    for (const node of root.descendantsOfType(['assignment_expression', 'foreach_statement', 'command']))
      if (node !== null) learn(node, known);
  }
  return [...commandsThatLog(root, known), ...pipelinesThatLog(root, known)];
}

interface Known {
  /** Parameters of each function of the script. Names are in lower case throughout. */
  readonly functions: ReadonlyMap<string, readonly string[]>;
  /** Variables whose text has a secret in it. */
  readonly tainted: Set<string>;
  /** Variables of objects that hold one. */
  readonly holders: Set<string>;
}

function functionsOf(root: Node): Map<string, string[]> {
  const found = root.descendantsOfType('function_statement').filter((node) => node !== null);
  return new Map(
    found.map((node) => {
      const name = node.descendantsOfType('function_name')[0]?.text ?? '';
      const parameters = node.descendantsOfType('script_parameter').map((each) => variablesOf(each?.text)[0]);
      return [name.toLowerCase(), parameters.filter((each) => each !== undefined)];
    }),
  );
}

function learn(node: Node, known: Known): void {
  if (node.type === 'command') {
    const parameters = known.functions.get(commandName(node)) ?? [];
    const level = levelOf(elementsOf(node), known);
    for (const parameter of parameters) remember(parameter, level, known);
    return;
  }
  const [target, value] =
    node.type === 'foreach_statement'
      ? [node.namedChild(0), node.namedChild(1)]
      : [node.namedChild(0), node.childForFieldName('value')];
  const name = variablesOf(target?.text)[0];
  if (name === undefined || value === null) return;
  const level = levelOf(value, known);
  const whole = /^\$\w+$/.test(target?.text ?? '') || /^\[\w+\]\$\w+$/.test(target?.text ?? '');
  remember(name, level === 'text' && !whole ? 'inside' : level, known);
}

type Level = 'text' | 'inside' | 'none';

function remember(name: string, level: Level, { tainted, holders }: Known): void {
  if (level === 'text') tainted.add(name);
  if (level === 'inside') holders.add(name);
}

/** Whether a secret is in the text of an expression, or only inside a hashtable or object in it. */
function levelOf(node: Node | null, known: Known): Level {
  if (node === null) return 'none';
  if (hasSecret(textOutsideTables(node), known)) return 'text';
  const inside = hasSecret(node.text, known) && !isMadeSafe(node);
  return inside || variablesOf(node.text).some((name) => known.holders.has(name)) ? 'inside' : 'none';
}

function hasSecret(text: string, { tainted, holders }: Known): boolean {
  const rest = text.replace(HARMLESS_FIELD, '');
  if (SOURCE.test(rest)) return true;
  if (variablesOf(rest).some((name) => tainted.has(name))) return true;
  // Something out of the object, or all of it as arguments.
  return [...holders].some((name) => new RegExp(`\\$${name}\\s*[\\[.]|@${name}\\b`, 'i').test(rest));
}

function textOutsideTables(node: Node): string {
  if (node.type === 'hash_literal_expression') return '';
  if (node.type === 'command' && MADE_SAFE.test(commandName(node))) return '';
  // Elements of an array and the like: `$request['x']` must stay in one piece.
  if (node.namedChildCount === 0 || node.type === 'element_access') return node.text;
  return node.children.map((child) => (child === null ? '' : textOutsideTables(child))).join(' ');
}

function isMadeSafe(node: Node): boolean {
  return node
    .descendantsOfType('command')
    .some((command) => command !== null && MADE_SAFE.test(commandName(command)));
}

function commandsThatLog(root: Node, known: Known): string[] {
  return root
    .descendantsOfType('command')
    .filter((node) => node !== null)
    .filter((node) => isLogged(node, known) && levelOf(elementsOf(node), known) === 'text')
    .map(({ text }) => text);
}

function pipelinesThatLog(root: Node, known: Known): string[] {
  return root
    .descendantsOfType('pipeline_chain')
    .filter((node) => node !== null)
    .filter((node) => {
      const [first, ...rest] = node.namedChildren.filter((child) => child !== null);
      return rest.some((each) => isLogged(each, known)) && levelOf(first ?? null, known) === 'text';
    })
    .map(({ text }) => text);
}

/** A function of the script is in no module, and a script or block that is called neither. */
function isLogged(node: Node, { functions }: Known): boolean {
  const called = node.namedChildren.some((child) => child?.type === 'command_invokation_operator');
  return node.type === 'command' && !called && !functions.has(commandName(node));
}

function commandName(node: Node): string {
  return (node.childForFieldName('command_name')?.text ?? '').toLowerCase();
}

function elementsOf(node: Node): Node | null {
  return node.childForFieldName('command_elements');
}

function variablesOf(text = ''): string[] {
  return [...text.matchAll(/[$@](\w+)/g)].map(([, name = '']) => name.toLowerCase());
}
