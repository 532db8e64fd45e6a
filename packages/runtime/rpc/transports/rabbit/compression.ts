import { deflateSync, inflateSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';

/** How kombu names, in a message's header `compression`, what its body was compressed with. */
export type Compression = 'application/x-gzip' | 'application/zstd';

/** What `kombu_compression` may say. Kombu calls zlib's format gzip. */
export const compressions: Readonly<Record<'gzip' | 'zlib' | 'zstd', Compression>> = { gzip: 'application/x-gzip', zlib: 'application/x-gzip', zstd: 'application/zstd' };

/** A message that grows beyond this is no message: what is small when compressed may be vast. */
const MAX_BYTES = 256 * 1024 * 1024;

export function compress(body: Buffer, compression: Compression): Buffer {
  return compression === 'application/zstd' ? zstdCompressSync(body) : deflateSync(body);
}

/** The body as it was before, where `header` names a compression. Throws an Error that says why not. */
export function decompress(body: unknown, header: unknown): unknown {
  if (header === undefined || header === null || !Buffer.isBuffer(body)) return body;
  switch (header) {
    case 'application/x-gzip':
      return inflateSync(body, { maxOutputLength: MAX_BYTES });
    case 'application/zstd':
      return zstdDecompressSync(body, { maxOutputLength: MAX_BYTES });
    default:
      throw new Error(`it is compressed as ${JSON.stringify(header)}, which is not known`);
  }
}
