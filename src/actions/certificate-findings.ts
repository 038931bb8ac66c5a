import type { CheckResult } from '../contract/action.ts';
import type { CertificateInfo } from '../contract/node.ts';
import {
  CERTIFICATE_ROLES,
  commonName,
  EXTENSION_OF,
  otherSites,
  ROLE_NAMES,
  type CertificateRole,
  type SiteCertificate,
} from './certificates.ts';

/** Days before the end from which on a certificate is warned about. */
const WARN_DAYS = 30;
const DAY = 86_400_000;
/** From so many on Windows truncates the list of roots in a TLS handshake (manual 6.3, p. 229-230). */
const MOST_ROOTS = 300;

/** What the stores are judged by. */
export interface StoreFacts {
  readonly host: string;
  /** Thumbprints of the site file, upper case. */
  readonly include: readonly string[];
  readonly now: Date;
  /** Whose personal store was read. */
  readonly account: string;
}

/**
 * Everything in the certificate stores that keeps a backup from being whole, or that the Repository Service will act
 * on when it starts again (manual 6.3, p. 228-229). `found` is what `ownCertificates` made of `all`.
 */
export function judgeStores(
  all: readonly CertificateInfo[],
  found: readonly SiteCertificate[],
  facts: StoreFacts,
): CheckResult[] {
  return [
    ...CERTIFICATE_ROLES.flatMap((role) => judgeRole(role, found, facts)),
    ...found.flatMap((certificate) => [
      ...judgeTime(certificate, facts.now),
      ...judgeKey(certificate, facts),
      ...judgeForm(certificate),
    ]),
    ...missingIncluded(facts.include, all),
    ...judgeOthers(otherSites(all, found), found),
    ...judgeRoots(all),
  ];
}

function judgeRole(
  role: CertificateRole,
  found: readonly SiteCertificate[],
  { host, account }: StoreFacts,
): CheckResult[] {
  const own = found.filter((certificate) => certificate.role === role);
  if (own.length === 1) return [];
  const name = ROLE_NAMES[role];
  if (own.length > 1) {
    const thumbprints = own.map(({ info }) => info.thumbprint).join(', ');
    return [
      {
        id: 'certificates-duplicate',
        status: 'failed',
        message: `There are ${String(own.length)} certificates as ${name}: ${thumbprints}.`,
        hint: DUPLICATE_HINTS[role],
      },
    ];
  }
  const [message, hint] =
    role === 'client'
      ? [
          `The ${name} of ${host} is missing in the personal store of the account ${account}.`,
          `It lies in the store of the account that runs the Qlik Sense services. This ran as ${account}: run it as that account (manual 5.4, p. 189).`,
        ]
      : [
          `The ${name} of ${host} is missing.`,
          'Look into the certificate stores (manual 5.4, p. 189). Without it the passwords of data connections cannot be restored.',
        ];
  return [{ id: 'certificates-present', status: 'failed', message, hint }];
}

const DUPLICATE_HINTS: Readonly<Record<CertificateRole, string>> = {
  ca: 'The Repository Service shuts down at its next start when it finds more than one. Remove the one that is not in use, by hand (manual 6.3, p. 229).',
  server:
    'The Repository Service deletes all of them at its next start. Export them, then remove the one that is not in use (manual 6.3, p. 228).',
  client:
    'The Repository Service deletes all of them at its next start. Export them, then remove the one that is not in use (manual 6.3, p. 228).',
  'service-cluster':
    'Only one of them is in use, and a restore must not bring both. Export them, then remove the other one (manual 5.4, p. 194).',
};

/** What the Repository Service does about an invalid certificate when it starts. */
function consequence(role: SiteCertificate['role']): string {
  if (role === 'ca')
    return 'The Repository Service shuts down at its next start when the root is invalid: it must be removed by hand (manual 6.3, p. 229). ';
  if (role === 'server' || role === 'client')
    return 'At its next start the Repository Service takes it for invalid; bootstrap mode makes new ones (manual 6.3, p. 228; 1.3, p. 31). ';
  return '';
}

function judgeTime({ role, info }: SiteCertificate, now: Date): CheckResult[] {
  const name = nameOf(role, info);
  const id = 'certificates-valid';
  const day = info.notAfter.slice(0, 10);
  const left = Date.parse(info.notAfter) - now.getTime();
  const renew =
    role === 'included'
      ? 'Renew it, then back up again.'
      : 'Renew the certificates of the site (manual 6.1, p. 219), then back up again.';
  if (left <= 0)
    return [
      {
        id,
        status: 'failed',
        message: `The ${name} expired on ${day}.`,
        hint: `${consequence(role)}${renew}`,
      },
    ];
  if (Date.parse(info.notBefore) > now.getTime())
    return [
      {
        id,
        status: 'failed',
        message: `The ${name} is valid only from ${info.notBefore.slice(0, 10)} on.`,
        hint: `${consequence(role)}Look whether the clock of this machine is right.`,
      },
    ];
  if (left > WARN_DAYS * DAY) return [];
  const days = String(Math.floor(left / DAY));
  return [{ id, status: 'warning', message: `The ${name} expires in ${days} days, on ${day}.`, hint: renew }];
}

function judgeKey({ role, info }: SiteCertificate, { account }: StoreFacts): CheckResult[] {
  const name = nameOf(role, info);
  const id = 'certificates-valid';
  const hint = `Run this as the account that runs the Qlik Sense services; this ran as ${account}.`;
  if (!info.hasPrivateKey) {
    const message = `The ${name} has no private key here: its copy would be of no use.`;
    return [{ id, status: 'failed', message, hint: `${consequence(role)}${hint}` }];
  }
  if (info.keyState === 'no-access') {
    const message = `The account ${account} may not use the private key of the ${name}.`;
    return [{ id, status: 'failed', message, hint: `${hint} It must have access to the key (6.3, p. 225).` }];
  }
  if (info.keyState !== 'not-exportable') return [];
  return [
    {
      id,
      status: 'failed',
      message: `The private key of the ${name} is not marked as exportable: its copy would be of no use.`,
      hint: 'Import it again from an earlier export, with "Mark this key as exportable" (manual 5.5, p. 198), or let Qlik Sense make new certificates (6.1, p. 219).',
    },
  ];
}

/** The extension must say what the store is for, and a root is issued by itself (manual 6.3, p. 229). */
function judgeForm({ role, info }: SiteCertificate): CheckResult[] {
  const name = nameOf(role, info);
  const id = 'certificates-valid';
  const hint = consequence(role).trim();
  const wanted = EXTENSION_OF[role];
  const checks: CheckResult[] = [];
  if (wanted !== undefined && info.qlikRole !== wanted) {
    const has =
      info.qlikRole === undefined ? 'lacks the extension' : `says "${info.qlikRole}" in the extension`;
    const message = `The ${name} ${has} 1.3.6.1.5.5.7.13.3, where "${wanted}" must stand.`;
    checks.push({ id, status: 'failed', message, hint });
  }
  if (role === 'ca' && info.subject !== info.issuer) {
    const message = `The ${name} is not signed by itself but by ${commonName(info.issuer)}.`;
    checks.push({ id, status: 'failed', message, hint });
  }
  return checks;
}

function missingIncluded(include: readonly string[], all: readonly CertificateInfo[]): CheckResult[] {
  return include
    .filter((thumbprint) => !all.some((info) => info.thumbprint.toUpperCase() === thumbprint))
    .map((thumbprint) => ({
      id: 'certificates-present',
      status: 'failed',
      message: `The certificate ${thumbprint} of certificates.include is in no store.`,
      hint: 'Correct certificates.include in site.yaml.',
    }));
}

const SECOND_SITE =
  'They are not backed up. If nothing here needs them, export and remove them: of several client or server certificates the Repository Service deletes all when it starts, and of several roots it shuts down (manual 6.3, p. 228-229).';

/** Without any of its own these may be the only ones that open the passwords of its data connections. */
const MAYBE_OWN =
  'Leave them where they are: this site has none of its own, and where it was restored from that host they are its own.';

/**
 * Only a warning: the manual does not say whether the Repository Service counts those of another site, and a root of
 * another site is often there on purpose.
 */
function judgeOthers(others: readonly CertificateInfo[], own: readonly SiteCertificate[]): CheckResult[] {
  return [...new Set(others.map(({ issuer }) => issuer))].map((issuer) => {
    const theirs = others.filter((info) => info.issuer === issuer);
    const list = theirs.map(({ store, subject }) => `${commonName(subject)} in ${store}`).join(', ');
    return {
      id: 'certificates-other-site',
      status: 'warning',
      message: `There are certificates of another Qlik Sense site, of ${commonName(issuer)}: ${list}.`,
      hint: own.some(({ role }) => role === 'ca') ? SECOND_SITE : MAYBE_OWN,
    };
  });
}

function judgeRoots(all: readonly CertificateInfo[]): CheckResult[] {
  const roots = all.filter(({ store }) => store === 'LocalMachine/Root').length;
  if (roots <= MOST_ROOTS) return [];
  return [
    {
      id: 'certificates-roots',
      status: 'warning',
      message: `There are ${String(roots)} trusted roots on the machine, more than ${String(MOST_ROOTS)}.`,
      hint: 'Windows truncates the list in a TLS handshake; when the root of Qlik Sense falls out, services cannot authenticate (manual 6.3, p. 229-230).',
    },
  ];
}

function nameOf(role: SiteCertificate['role'], info: CertificateInfo): string {
  return `${ROLE_NAMES[role]} ${commonName(info.subject)}`;
}
