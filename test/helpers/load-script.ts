import { clientEnvironment } from '../../src/postgres/client-environment.ts';
import { writePassFile } from '../../src/postgres/pass-file.ts';
import type { ClientPrograms, ServerAddress } from '../../src/postgres/server.ts';
import type { Exec } from '../../src/contract/node.ts';

/** Runs a script by psql on a server, as its superuser; stops and throws at the first statement that is refused. */
export async function loadScript(
  { exec, client, folder }: { readonly exec: Exec; readonly client: ClientPrograms; readonly folder: string },
  address: ServerAddress,
  file: string,
): Promise<void> {
  const passFile = await writePassFile(folder, address);
  await exec(
    [
      ...[client.psql, '-h', address.host, '-p', String(address.port), '-U', address.user, '-w', '-X'],
      ...['-v', 'ON_ERROR_STOP=1', '-f', file, 'postgres'],
    ],
    { env: clientEnvironment(passFile && { passFile: passFile.path }), timeoutMs: 60_000 },
  );
  await passFile?.remove();
}
