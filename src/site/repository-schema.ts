import * as z from 'zod';
import { closed } from '../foundation/shape.ts';
import { durationField, nameField, pathField } from './fields.ts';
import { secretReferenceSchema } from './secret-reference.ts';

const SECRET_NAME = /(KEY|SECRET|PASS|TOKEN|SAS|CREDENTIAL)/;

/** A user and a password in an address: `rest:https://user:password@host/`. */
const WITH_PASSWORD = /^[a-z0-9]+:(https?:)?\/\/[^/@\s]*:[^/@\s]*@/i;

const REPOSITORY_WORDS =
  'must be a repository as restic takes it (sftp:USER@HOST:/FOLDER, s3:https://HOST/BUCKET, a complete path), or where that is kept: { secret: NAME }';

const variables = z
  .record(
    z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, { error: 'must be the name of an environment variable' }),
    z.union([z.string().min(1), secretReferenceSchema], {
      error: 'must be a text, or where the secret is kept: { secret: NAME }, { env: NAME }, { file: PATH }',
    }),
  )
  .superRefine((env, context) => {
    for (const [name, value] of Object.entries(env)) {
      if (name.startsWith('RESTIC_'))
        context.addIssue({ code: 'custom', path: [name], message: 'is set by this tool itself' });
      else if (typeof value === 'string' && SECRET_NAME.test(name.toUpperCase()))
        context.addIssue({
          code: 'custom',
          path: [name],
          message: 'must not be the secret itself; write where it is kept, for example { secret: NAME }',
        });
    }
  });

const common = {
  repository: z
    .union(
      [
        z
          .string()
          .min(1)
          .refine((text) => !WITH_PASSWORD.test(text), {
            error: 'has a password in it; write where the whole address is kept: { secret: NAME }',
          })
          .refine((text) => !text.startsWith('-') && !/[\u0000-\u001f]/.test(text), {
            error: REPOSITORY_WORDS,
          }),
        secretReferenceSchema,
      ],
      {
        error: (issue) =>
          issue.input === undefined ? `is required; it ${REPOSITORY_WORDS}` : REPOSITORY_WORDS,
      },
    )
    .describe('The repository, as restic takes it: a folder, sftp:, s3:, azure:, gs:, b2:, rest:, rclone:'),
  password: secretReferenceSchema.describe(
    'Encrypts everything in the repository; without it nobody can read it',
  ),
  program: z
    .string()
    .min(1)
    .default('restic')
    .describe('The restic program, when it is not found by its name'),
  env: variables.prefault({}).describe('Variables the backend wants, such as AWS_ACCESS_KEY_ID'),
  options: z
    .array(
      z
        .string()
        .regex(/^[a-z0-9]+\.[a-z0-9.-]+=/, { error: 'must be such as sftp.command=ssh ... (restic -o)' }),
    )
    .default(() => [])
    .describe('Extended options of restic, key=value each'),
  'ca-file': pathField('Certificate authority of the server, when the system does not know it').optional(),
  timeout: durationField('For one restic command, such as sending a set', '12h'),
};

/** The repository of an offsite copy. */
export const copySchema = closed({
  name: nameField('How messages name the copy'),
  restic: closed(common),
});

/** The repository of a vault of the kind restic. */
export const vaultRepositorySchema = closed({
  ...common,
  prune: z
    .union([z.literal('never'), durationField('', '7d')])
    .prefault('7d')
    .describe('How often data of removed sets is taken out of the repository at most: 7d, or never'),
});
