import { describe, expect, it } from 'vitest';
import { parseYaml, pathText } from '../../../src/foundation/yaml-positions.ts';

describe('positions in YAML', () => {
  const text = `name: x
nodes:
  - host: a
    role: rim
  - b
shared: &one { deep: [1, 2] }
again: *one
empty:
`;
  const yaml = parseYaml(text, 'f.yaml');

  it('reads the value', () => {
    expect(yaml.errors).toEqual([]);
    expect(yaml.value).toEqual({
      name: 'x',
      nodes: [{ host: 'a', role: 'rim' }, 'b'],
      shared: { deep: [1, 2] },
      again: { deep: [1, 2] },
      empty: null,
    });
  });

  it.each<[string, (string | number)[], string, string]>([
    ['a value', ['name'], '1:7', '1:1'],
    ['an item', ['nodes', 1], '5:5', '5:5'],
    ['a value in a list', ['nodes', 0, 'role'], '4:11', '4:5'],
    ['a value in braces', ['shared', 'deep', 1], '6:26', '6:26'],
    ['a value by way of an alias', ['again', 'deep', 0], '6:23', '6:23'],
    ['the whole', [], '1:1', '1:1'],
  ])('finds %s', (_name, path, value, key) => {
    expect(yaml.locate(path)).toBe(`f.yaml:${value}`);
    expect(yaml.locate(path, 'key')).toBe(`f.yaml:${key}`);
  });

  it.each<[string, (string | number)[], string]>([
    ['a key that is missing', ['nodes', 0, 'transport'], '3:5'],
    ['a key that is missing at the top', ['vault'], '1:1'],
    ['an item that is missing', ['nodes', 7], '2:1'],
    ['a key of a text', ['name', 'first'], '1:1'],
    ['a key of nothing', ['empty', 'x'], '8:1'],
  ])('finds the nearest thing to %s', (_name, path, place) => {
    expect(yaml.locate(path)).toBe(`f.yaml:${place}`);
  });

  it('writes paths as people do', () => {
    expect(pathText(['nodes', 0, 'host'])).toBe('nodes[0].host');
    expect(pathText([1, 'a'])).toBe('[1].a');
    expect(pathText([])).toBe('');
  });

  it('gives every error of syntax', () => {
    expect(parseYaml('a: 1\na: 2\nb: 1\nb: 2\n', 'f.yaml').errors).toEqual([
      'f.yaml:2:1: this key is written twice',
      'f.yaml:4:1: this key is written twice',
    ]);
  });

  it('refuses an alias that would grow without bound', () => {
    const level = (name: string, of: string) =>
      `${name}: &${name} [${Array(10).fill(`*${of}`).join(', ')}]\n`;
    const bomb = `a: &a [1, 2]\n${level('b', 'a')}${level('c', 'b')}${level('d', 'c')}`;
    const { value, errors } = parseYaml(bomb, 'f.yaml');
    expect(value).toBeUndefined();
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatch(/^f\.yaml:2:8: an alias/);
  });

  it('reads text that would be something else in YAML 1.1 as text', () => {
    expect(parseYaml('a: no\nb: 010\nc: 12:30:00\n', 'f').value).toEqual({ a: 'no', b: 10, c: '12:30:00' });
  });
});
