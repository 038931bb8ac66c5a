import * as z from 'zod';
import { closed } from '../foundation/shape.ts';
import { pathField } from './fields.ts';
import type { SecretReference } from './schema.ts';

/** Names of secrets in the secret store: they become file names on Windows too. */
export const SECRET_NAME_PATTERN = /^[a-z0-9][a-z0-9-]{0,62}$/;

const forms = {
  env: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, { error: 'must be the name of an environment variable' })
    .describe('Name of an environment variable'),
  file: pathField('File whose only content is the secret; one line end at its end is cut off'),
  command: z
    .array(z.string())
    .min(1)
    .refine((argv) => argv[0] !== '', { error: 'must begin with a program' })
    .describe('Program and its arguments; what it prints is the secret'),
  secret: z
    .string()
    .regex(SECRET_NAME_PATTERN, { error: 'must be a name of small letters, digits and -' })
    .describe('Name given to "sense-runbook secret set"'),
  prompt: z.literal(true).describe('Ask for it; only with a terminal'),
};

/** What a value that is no reference is told. The value itself is never repeated: it may be the password. */
const EXPLANATION =
  'write where the password is kept, for example { secret: NAME } after "sense-runbook secret set NAME", ' +
  '{ env: NAME }, { file: PATH }, { command: [PROGRAM, ARGUMENT] } or { prompt: true }';

/** A reference to a secret in a site file. */
export const secretReferenceSchema = z
  .union(
    [
      closed({ env: forms.env }),
      closed({ file: forms.file }),
      closed({ command: forms.command }),
      closed({ secret: forms.secret }),
      closed({ prompt: forms.prompt }),
    ],
    { error: (issue) => referenceProblem(issue.input) },
  )
  .describe('Where a secret is kept; never the secret itself');

/** A reference as a person may read it: `environment variable QLIK_DB_PASSWORD`. Holds no secret. */
export function describeReference(reference: SecretReference): string {
  if ('env' in reference) return `environment variable ${reference.env}`;
  if ('file' in reference) return `file ${reference.file}`;
  // Arguments are left out: someone may have put a token there.
  if ('command' in reference) return `command ${reference.command[0] ?? ''}`;
  if ('secret' in reference) return `secret ${reference.secret}`;
  return 'a question at the terminal';
}

/**
 * A reference as it is written on a command line: `file:PATH`, `env:NAME`, `secret:NAME` or `prompt`. Undefined when the
 * text is none; it may be the password itself and must not be repeated.
 */
export function parseReference(text: string): SecretReference | undefined {
  const [, form = '', rest = ''] = /^(env|file|secret):(.+)$/s.exec(text) ?? [];
  const parsed = secretReferenceSchema.safeParse(text === 'prompt' ? { prompt: true } : { [form]: rest });
  return parsed.success ? parsed.data : undefined;
}

function referenceProblem(input: unknown): string {
  if (input === undefined) return `is required; ${EXPLANATION}`;
  if (input === null) return `is empty; ${EXPLANATION}`;
  if (typeof input !== 'object' || Array.isArray(input))
    return `must not be the password itself; ${EXPLANATION}`;
  const keys = Object.keys(input);
  const [key] = keys;
  if (keys.length !== 1 || key === undefined || !(key in forms))
    return `must have exactly one of the keys env, file, command, secret and prompt; ${EXPLANATION}`;
  const result = forms[key as keyof typeof forms].safeParse((input as Record<string, unknown>)[key]);
  const message = result.success ? 'is wrong' : (result.error.issues[0]?.message ?? 'is wrong');
  return `is no reference: ${key} ${message.startsWith('must') ? message : 'has a wrong value'}`;
}
