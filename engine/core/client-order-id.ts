// Client order ids as the core holds them: up to 36 characters of an alphabet of 64, packed four to
// three bytes, and the length: 28 bytes, seven words, instead of a string. Equal ids have equal
// words. Every byte outside the characters in use is zero.

export const CLIENT_ORDER_ID_BYTES = 28;
export const CLIENT_ORDER_ID_WORDS = CLIENT_ORDER_ID_BYTES / 4;
export const CLIENT_ORDER_ID_LENGTH_MAX = 36;
const LENGTH_BYTE = 27;

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_";
const CODES = new Uint8Array(128).fill(255);
for (let code = 0; code < ALPHABET.length; code += 1) CODES[ALPHABET.charCodeAt(code)] = code;

/** Whether an id can be packed: 1 to 36 letters, digits, `-` and `_`. */
export function isClientOrderId(id: string): boolean {
  return /^[a-zA-Z0-9_-]{1,36}$/.test(id);
}

/** Writes 28 bytes. The empty id (28 zero bytes) stands for "none given". */
export function packClientOrderId(id: string, bytes: Uint8Array, offset: number): void {
  bytes.fill(0, offset, offset + CLIENT_ORDER_ID_BYTES);
  let at = offset;
  for (let index = 0; index < id.length; index += 4, at += 3) {
    const group =
      code(id, index) |
      (code(id, index + 1) << 6) |
      (code(id, index + 2) << 12) |
      (code(id, index + 3) << 18);
    bytes[at] = group & 255;
    bytes[at + 1] = (group >> 8) & 255;
    bytes[at + 2] = group >> 16;
  }
  bytes[offset + LENGTH_BYTE] = id.length;
}

export function unpackClientOrderId(bytes: Uint8Array, offset: number): string {
  const length = bytes[offset + LENGTH_BYTE] as number;
  let id = "";
  for (let index = 0, at = offset; index < length; index += 4, at += 3) {
    const group =
      (bytes[at] as number) | ((bytes[at + 1] as number) << 8) | ((bytes[at + 2] as number) << 16);
    for (let of = 0; of < 4 && index + of < length; of += 1)
      id += ALPHABET.charAt((group >> (6 * of)) & 63);
  }
  return id;
}

/** Characters past the end count as zero, so that unused bits are zero. */
function code(id: string, index: number): number {
  return index < id.length ? (CODES[id.charCodeAt(index)] as number) : 0;
}
