import { crc32, deflateRaw, inflateRaw } from "node:zlib";
import { promisify } from "node:util";

const deflate = promisify(deflateRaw);
const inflate = promisify(inflateRaw);

/** "HC", the version of this layout, flags, milliseconds since 1970 at which it ends, checksum of what follows. */
const headerBytes = 16;
const magic = 0x4843;
const version = 1;
const compressed = 1;

export interface Opened {
  readonly value: Uint8Array;
  /** Milliseconds since 1970; Infinity when kept until evicted. */
  readonly expiresAt: number;
}

/** Values above `compressAboveBytes` are deflated, unless that makes them no smaller. */
export async function seal(value: Uint8Array, expiresAt: number, compressAboveBytes: number): Promise<Uint8Array> {
  const smaller = value.byteLength > compressAboveBytes ? await deflate(value, { level: 1 }) : value;
  const body = smaller.byteLength < value.byteLength ? smaller : value;
  const bytes = new Uint8Array(headerBytes + body.byteLength);
  const header = new DataView(bytes.buffer);
  header.setUint16(0, magic);
  header.setUint8(2, version);
  header.setUint8(3, body === value ? 0 : compressed);
  header.setFloat64(4, expiresAt);
  header.setUint32(12, crc32(body));
  bytes.set(body, headerBytes);
  return bytes;
}

/** The sealed value, or undefined for bytes that are corrupt, of another version, or larger than `maxBytes` once unpacked. */
export async function unseal(bytes: Uint8Array, maxBytes: number): Promise<Opened | undefined> {
  if (bytes.byteLength < headerBytes) return undefined;
  const header = new DataView(bytes.buffer, bytes.byteOffset, headerBytes);
  if (header.getUint16(0) !== magic || header.getUint8(2) !== version) return undefined;
  const body = bytes.subarray(headerBytes);
  if (body.byteLength > maxBytes || header.getUint32(12) !== crc32(body)) return undefined;
  const expiresAt = header.getFloat64(4);
  if (header.getUint8(3) === 0) return { value: body, expiresAt };
  try {
    return { value: await inflate(body, { maxOutputLength: maxBytes }), expiresAt };
  } catch {
    return undefined;
  }
}
