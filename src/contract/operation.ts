import type { StartType } from './start-type.ts';

/** What an operation does to the site: nothing, something that can be put back, something that is gone after. */
export type EffectClass = 'read' | 'change' | 'destroy';

interface OperationBase {
  readonly effect: EffectClass;
  /** May be performed any number of times, also never: a loop, or "stop it if it runs after all". */
  readonly repeat?: true;
}

/** A program with its arguments, as one would type it. Secrets never stand here (design rule 6). */
export interface CommandOperation extends OperationBase {
  readonly kind: 'command';
  readonly argv: readonly string[];
  /** Names of environment variables the child gets, for display; never their values when secret. */
  readonly env?: readonly string[];
  /** Folder it is run in, where its arguments mean nothing without it. */
  readonly folder?: string;
}

/** SQL in one database: a statement, or those that are sent one after another. What `$1` is, is said in a comment. */
export interface SqlOperation extends OperationBase {
  readonly kind: 'sql';
  readonly database: string;
  readonly text: string;
}

/** One HTTP request. */
export interface HttpOperation extends OperationBase {
  readonly kind: 'http';
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly url: string;
}

/** Work on files: `copy` takes `source`, the others only `path`. */
export interface FileOperation extends OperationBase {
  readonly kind: 'file';
  readonly verb: 'read' | 'write' | 'copy' | 'move' | 'make-folder' | 'remove' | 'check';
  readonly path: string;
  readonly source?: string;
}

/** A Windows service is asked for its state, stopped or started. */
export interface ServiceOperation extends OperationBase {
  readonly kind: 'service';
  readonly verb: 'query' | 'stop' | 'start';
  readonly service: string;
}

/** Windows is told when to start a service. */
export interface StartTypeOperation extends OperationBase {
  readonly kind: 'start-type';
  readonly service: string;
  readonly startType: StartType;
}

/** A certificate is listed, exported, imported or removed, or an account gets access to the key of one that is there. */
export interface CertificateOperation extends OperationBase {
  readonly kind: 'certificate';
  readonly verb: 'list' | 'export' | 'import' | 'remove' | 'give-access';
  readonly store: string;
  readonly thumbprint?: string;
  readonly subject?: string;
  readonly file?: string;
  /** Of an import, or of access alone: who gets read access to the private key. */
  readonly account?: string;
}

/** Something a person does or confirms. */
export interface HumanOperation extends OperationBase {
  readonly kind: 'human';
  readonly text: string;
}

/** One thing an action does. Plan, dry run and journal show it; execution may do nothing else. */
export type Operation =
  | CommandOperation
  | SqlOperation
  | HttpOperation
  | FileOperation
  | ServiceOperation
  | StartTypeOperation
  | CertificateOperation
  | HumanOperation;
