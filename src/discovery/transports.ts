import type { SiteNode } from '../site/schema.ts';

/** Ports of WinRM over HTTP and of OpenSSH, where they were not changed. */
const WINRM_PORT = 5985;
const SSH_PORT = 22;

/**
 * How another server of the site is reached: what answers there, WinRM first, which only Windows speaks. Undefined when
 * neither does; then nobody knows.
 */
export async function findTransport(
  host: string,
  platform: NodeJS.Platform,
  isListening: (port: number, host?: string) => Promise<boolean>,
): Promise<SiteNode['transport'] | undefined> {
  const [winrm, ssh] = await Promise.all([
    platform === 'win32' && isListening(WINRM_PORT, host),
    isListening(SSH_PORT, host),
  ]);
  if (winrm) return 'winrm';
  return ssh ? 'ssh' : undefined;
}
