/** An element of XML: its text, or its elements. */
export interface Element {
  readonly name: string;
  readonly text: string;
  readonly children: readonly Element[];
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Reads XML without comments and CDATA, strictly: whatever is not well-formed is an error. */
export function readXml(text: string): Element {
  const body = text.replace(/^<\?xml version="1\.0"(?: encoding="UTF-16")?\?>\s*/, '');
  const root: Element & { children: Element[] } = { name: '', text: '', children: [] };
  const open = [root];
  let at = 0;
  for (const match of body.matchAll(/<(\/?)([A-Za-z]+)((?: [a-zA-Z:]+="[^"<&]*")*)>|([^<>]+)/g)) {
    if (match.index !== at) throw new Error(`not well-formed at ${body.slice(at, at + 40)}`);
    at += match[0].length;
    const [, slash, name = '', , plain] = match;
    const current = open.at(-1) as { name: string; text: string; children: Element[] };
    if (plain !== undefined) current.text += decoded(plain);
    else if (slash === '/') {
      if (current.name !== name) throw new Error(`${name} ends where ${current.name} is open`);
      open.pop();
    } else {
      const element = { name, text: '', children: [] };
      current.children.push(element);
      open.push(element);
    }
  }
  if (at !== body.length || open.length !== 1) throw new Error('not well-formed at its end');
  const [only] = root.children;
  if (only === undefined || root.children.length !== 1) throw new Error('there must be one root element');
  return only;
}

/** The text of the element that `path` leads to, from the root's children on. */
export function textAt(element: Element, path: string): string {
  let found: Element | undefined = element;
  for (const name of path.split('/')) found = found?.children.find((child) => child.name === name);
  if (found === undefined) throw new Error(`there is no ${path}`);
  return found.text;
}

function decoded(text: string): string {
  return text.replace(/&([a-z]*;?)/g, (_entity, name: string) => {
    const known = ENTITIES[name.replace(/;$/, '')];
    if (known === undefined || !name.endsWith(';')) throw new Error(`a bare & in ${text}`);
    return known;
  });
}
