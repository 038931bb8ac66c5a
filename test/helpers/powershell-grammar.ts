import { createRequire } from 'node:module';
import { Language, Parser, type Node } from 'web-tree-sitter';

/** Gives a function that parses PowerShell with the grammar that editors use. */
export async function loadPowerShellGrammar(): Promise<(text: string) => Node | undefined> {
  await Parser.init();
  const grammar = createRequire(import.meta.url).resolve(
    'tree-sitter-powershell/tree-sitter-powershell.wasm',
  );
  const parser = new Parser();
  parser.setLanguage(await Language.load(grammar));
  return (text) => parser.parse(text)?.rootNode ?? undefined;
}
