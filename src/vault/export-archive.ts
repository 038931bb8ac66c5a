import { createWriteStream, type Stats } from 'node:fs';
import { createHash } from 'node:crypto';
import { PassThrough, Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { UsageError } from '../contract/errors.ts';
import type { ExportFormat } from './export-format.ts';

/** From here on a zip archive must say beforehand that it is of the 64-bit kind. */
const ZIP_LIMIT = 0xffff_ffff;

/** An archive that is being written, one entry after the other: one file is open at a time. */
export interface ExportArchive {
  /** Adds a file of exactly `size` bytes. Resolves when it is in the archive. */
  file(name: string, source: Buffer | Readable, facts: EntryFacts): Promise<void>;
  folder(name: string, mtime: Date): Promise<void>;
  /** Ends it. Gives size and hash of what is on disk; it is not flushed yet. */
  finish(): Promise<{ readonly bytes: number; readonly sha256: string }>;
  /** Ends it without a good archive; resolves when nothing writes any more. */
  destroy(error: Error): Promise<void>;
}

/** Size in bytes and time of a file. */
interface EntryFacts {
  readonly size: number;
  readonly mtime: Date;
}

/** What the archive is to be. */
export interface ArchiveOptions {
  readonly format: ExportFormat;
  /** Written anew; a rest of a killed export is replaced. */
  readonly file: string;
  /** Recipients of age (`age1...`). */
  readonly recipients: readonly string[];
  /** Size of its largest file, bytes. */
  readonly largest: number;
  readonly signal: AbortSignal;
}

/** Begins an archive. Libraries are loaded here. @throws UsageError for a recipient that is none */
export async function openExportArchive(options: ArchiveOptions): Promise<ExportArchive> {
  const { format, signal } = options;
  const { TarArchive, ZipArchive } = await import('archiver');
  const encrypt = format.encrypted ? await encryption(options.recipients) : undefined;
  const archive =
    format.kind === 'zip'
      ? new ZipArchive({ forceZip64: options.largest >= ZIP_LIMIT })
      : new TarArchive({ gzip: format.gzip });
  const stop = new AbortController();
  const hash = createHash('sha256');
  let bytes = 0;
  const measure = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      bytes += chunk.length;
      done(null, chunk);
    },
  });
  // What a set holds is secret: databases, apps, private keys.
  const target = createWriteStream(options.file, { mode: 0o600 });
  // Not the archive itself: destroyed in the middle of an entry, tar-stream throws an error that nobody can catch. So
  // it is let go, and holds nothing by then: neither a file nor a listener.
  const outlet = new PassThrough();
  archive.pipe(outlet);
  archive.on('error', (error) => outlet.destroy(error));
  const output = encrypt === undefined ? outlet : await encrypt(outlet);
  const written = pipeline(output, measure, target, { signal: AbortSignal.any([signal, stop.signal]) });
  const failed = written.then(() => new Promise<never>(() => undefined));
  // Told by whoever waits for an entry or the end; until then nobody may be there to hear it.
  failed.catch(() => undefined);

  function added(begin: () => void): Promise<void> {
    const entry = new Promise<void>((resolve, reject) => {
      archive.once('entry', () => {
        archive.off('error', reject);
        resolve();
      });
      archive.once('error', reject);
      begin();
    });
    return Promise.race([entry, failed]);
  }

  return {
    async file(name, source, { size, mtime }) {
      // A tar archive takes a stream into memory unless it is told the size.
      const stats = { size, mtime, mode: 0o600 } as Stats;
      const add = (): void => {
        archive.append(source, { name, date: mtime, mode: 0o600, stats });
      };
      if (Buffer.isBuffer(source)) {
        await added(add);
        return;
      }
      const broken = new Promise<never>((_resolve, reject) => source.once('error', reject));
      try {
        await Promise.race([added(add), broken]);
      } finally {
        source.destroy();
      }
    },
    folder: (name, mtime) =>
      added(
        () =>
          void archive.append(Buffer.alloc(0), {
            name,
            date: mtime,
            mode: 0o700,
            type: 'directory',
          } as object as { name: string }),
      ),
    async finish() {
      await Promise.all([Promise.race([archive.finalize(), failed]), written]);
      return { bytes, sha256: hash.digest('hex') };
    },
    async destroy(error) {
      stop.abort(error);
      archive.unpipe(outlet);
      outlet.destroy();
      await written.catch(() => undefined);
    },
  };
}

/** Encrypts a stream for the recipients, with typage, the age of its own author for JavaScript. */
async function encryption(recipients: readonly string[]): Promise<(plain: Readable) => Promise<Readable>> {
  const { Encrypter } = await import('age-encryption');
  const encrypter = new Encrypter();
  for (const recipient of recipients) {
    try {
      encrypter.addRecipient(recipient);
    } catch (error) {
      throw new UsageError(`--encrypt-to ${recipient} is no recipient of age`, {
        hint: 'A recipient begins with age1; "age-keygen" prints one with its secret key.',
        cause: error,
      });
    }
  }
  return async (plain) => {
    const web = Readable.toWeb(plain) as ReadableStream<Uint8Array>;
    return Readable.fromWeb((await encrypter.encrypt(web)) as Parameters<typeof Readable.fromWeb>[0]);
  };
}
