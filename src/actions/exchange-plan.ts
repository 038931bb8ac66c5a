import type { ExecuteContext } from '../contract/action.ts';
import { ExpectedError, messageOf } from '../contract/errors.ts';
import type { HumanOperation, Operation } from '../contract/operation.ts';
import type { ActionCollaborators, RepositoryDatabase } from './collaborators.ts';
import { maintenance } from './admit-file.ts';
import { identityOf } from './move-target.ts';
import { settingOperation } from './move-settings-look.ts';
import { startOperation } from './start-services.ts';
import { stopOperation } from './stop-services.ts';

/** One of the two servers: what it is, and how it is started and stopped. */
export type Side = {
  word: 'old' | 'new';
  identifier: string;
  version: string;
  dataFolder: string;
  /** Service on the node of the step; empty: a person does it. */
  service: string;
  /** What ALTER SYSTEM had set the port to. */
  portBySystem: string | null;
};

/** Which of the two answers at a port. */
export type Seen = { readonly side: 'old' | 'new' | 'another' } | { readonly nobody: string };

/** Looks who is there. That nobody answers is a result: a server may be on its way. */
export async function seenAt(
  database: RepositoryDatabase,
  sides: readonly Pick<Side, 'word' | 'identifier'>[],
  context: Pick<ExecuteContext, 'run'>,
): Promise<Seen> {
  try {
    const { identifier } = await identityOf(database, context);
    return { side: sides.find((side) => side.identifier === identifier)?.word ?? 'another' };
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error;
    return { nobody: messageOf(error) };
  }
}

/** The order to a server, by its service or by a person. */
export function orderOperation(
  verb: 'start' | 'stop',
  { word, version, dataFolder, service }: Side,
): Operation {
  if (service !== '') return { ...(verb === 'start' ? startOperation : stopOperation)(service, false) };
  return {
    kind: 'human',
    text: `On the database server, ${verb} the ${word} PostgreSQL ${version} (data folder ${dataFolder}).`,
    effect: 'change',
    repeat: true,
  } satisfies HumanOperation;
}

/** What gives a server another port, with its next start; named by its version, since both get such a statement. */
export function portOperation({ word, version }: Side, value: string | null): Operation & { text: string } {
  const { text } = settingOperation('port', value);
  return maintenance(`${text} -- on the ${word} server, ${version}`, 'change');
}

/** What an exchange works with. */
export type ExchangeCollaborators = Pick<
  ActionCollaborators,
  'site' | 'database' | 'databaseAt' | 'person' | 'clock' | 'stateFolder'
>;
