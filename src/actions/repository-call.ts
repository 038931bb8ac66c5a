import type { RepositoryApi } from '../contract/node.ts';
import type { HttpOperation } from '../contract/operation.ts';

/** One request to the repository API. */
export function call(
  repository: RepositoryApi,
  method: HttpOperation['method'],
  path: string,
): HttpOperation {
  return { kind: 'http', method, url: repository.url(path), effect: method === 'GET' ? 'read' : 'change' };
}
