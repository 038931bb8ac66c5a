import type { Fact } from './facts.ts';
import type { Question } from './types.ts';

/** A question that a fact is behind, which a rule asks for. */
export type FactQuestion = Omit<Question, 'assumed' | 'detail'> & {
  readonly fact: Fact;
  /** What a plan takes for the answer; absent: nothing. */
  readonly assumed?: string;
};

/** Answers that change many steps, or whether there is a path at all. */
export const FACT_QUESTIONS: readonly FactQuestion[] = [
  {
    fact: 'old-certificates',
    field: 'firstInstalled',
    ask: 'With which release did the site begin?',
    how: '--first-installed RELEASE',
    otherwise: [{ answer: 'June 2019 or earlier', effect: 'the root certificate has to be re-created' }],
  },
  {
    fact: 'synchronized',
    field: 'persistence',
    ask: 'Is persistence shared or synchronized?',
    how: '--persistence shared|synchronized',
    otherwise: [{ answer: 'synchronized', effect: 'it has to be changed to shared on the way' }],
  },
  {
    fact: 'local-system',
    field: 'serviceAccount',
    ask: 'Who runs the services: a user, or Local System?',
    how: '--service-account user|local-system',
    otherwise: [
      { answer: 'local-system', effect: 'another account has to run them before the first upgrade' },
    ],
  },
  {
    fact: 'ssl',
    field: 'ssl',
    ask: 'Is PostgreSQL asked over SSL?',
    how: '--ssl or --no-ssl',
    otherwise: [{ answer: 'yes', effect: 'it is switched off for setup, and on again' }],
  },
  {
    fact: 'multi-node',
    field: 'nodes',
    ask: 'How many nodes are there, with the central one?',
    how: '--nodes N',
    otherwise: [
      { answer: '2 or more', effect: 'every one is upgraded in turn, and the site is down for longer' },
    ],
  },
  {
    fact: 'windows-too-old',
    field: 'windows',
    ask: 'Which Windows do the nodes have?',
    how: '--windows "Windows Server 2016"',
    assumed: 'one that the release supports',
    otherwise: [
      {
        answer: 'older than Windows Server 2016',
        effect: 'no path to May 2025 or later before Windows is a later one',
      },
    ],
  },
];

/** Answers that decide about single steps: whether they are there, or begin with "If". */
export const DETAIL_QUESTIONS: readonly Omit<FactQuestion, 'otherwise'>[] = [
  {
    fact: 'databases-missing',
    field: 'databases',
    ask: 'Which databases has the server?',
    how: '--databases QSR,SenseServices,QSMQ,Licenses',
  },
  {
    fact: 'scram',
    field: 'passwordEncryption',
    ask: 'How are the passwords of the database roles stored?',
    how: '--password-encryption md5|scram-sha-256',
  },
  {
    fact: 'centralized-logging',
    field: 'centralizedLogging',
    ask: 'Do logs go to a database?',
    how: '--centralized-logging or --no-centralized-logging',
  },
  {
    fact: 'dot-net-below-4-8',
    field: 'dotNet',
    ask: 'Which .NET Framework is there?',
    how: '--dot-net VERSION',
  },
  {
    fact: 'no-visual-cpp',
    field: 'visualCpp',
    ask: 'Is the Visual C++ 2019 runtime there?',
    how: '--visual-cpp or --no-visual-cpp',
  },
  {
    fact: 'powershell-below-4',
    field: 'powerShell',
    ask: 'Which PowerShell is there?',
    how: '--powershell VERSION',
  },
  {
    fact: 'signed-scripts-only',
    field: 'executionPolicy',
    ask: 'Which scripts may PowerShell run?',
    how: '--execution-policy POLICY',
  },
  {
    fact: 'no-avx',
    field: 'avx',
    ask: 'Has the processor AVX?',
    how: '--avx or --no-avx',
  },
  {
    fact: 'little-disk',
    field: 'freeBytes',
    ask: 'How much disk is free?',
    how: '--free-space GB',
  },
  {
    fact: 'pending-reboot',
    field: 'pendingReboot',
    ask: 'Does Windows wait for a restart?',
    how: '--pending-reboot or --no-pending-reboot',
  },
  {
    fact: 'changed-config',
    field: 'changedConfig',
    ask: 'Was a configuration file changed by hand?',
    how: '--changed-config FILE or --no-changed-config',
  },
  {
    fact: 'changed-capabilities',
    field: 'capabilitiesChanged',
    ask: 'Was Capabilities.json changed?',
    how: '--capabilities-changed or --no-capabilities-changed',
  },
  {
    fact: 'proxy-settings',
    field: 'proxySettings',
    ask: 'Has services.conf settings for a proxy?',
    how: '--proxy-settings or --no-proxy-settings',
  },
];
