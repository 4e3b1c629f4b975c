// A beat: the datagram with which a primary says "I live, and lead this epoch". Little-endian:
// [u32 magic][u8 version][u8 engine][u16 zero][u32 crc32 of the shard][u32 crc32 of the start nonce]
// [f64 epoch][u32 crc32 of what precedes]. It carries no state of the protocol: one that is lost,
// late, doubled or forged moves a suspicion by a bounded time, never an entry.

import { crc32 } from "node:zlib";

export interface Beat {
  readonly engineId: number;
  readonly shard: number;
  /** Differs at every start of the sender's process. */
  readonly startNonce: number;
  readonly epoch: number;
}

const magic = 0x54424343;
const version = 1;
const beatBytes = 28;
const crcAt = beatBytes - 4;

/** Names travel as their checksums: a beat has one size. */
export const hashOfName = (name: string): number => crc32(name);

export function encodeBeat({ engineId, shard, startNonce, epoch }: Beat): Buffer {
  const datagram = Buffer.alloc(beatBytes);
  datagram.writeUInt32LE(magic, 0);
  datagram.writeUInt8(version, 4);
  datagram.writeUInt8(engineId, 5);
  datagram.writeUInt32LE(shard, 8);
  datagram.writeUInt32LE(startNonce, 12);
  datagram.writeDoubleLE(epoch, 16);
  datagram.writeUInt32LE(crc32(datagram.subarray(0, crcAt)), crcAt);
  return datagram;
}

/** `null` for whatever else arrives on the port: anybody can send a datagram. */
export function decodeBeat(datagram: Buffer): Beat | null {
  if (datagram.length !== beatBytes || datagram.readUInt32LE(0) !== magic) return null;
  if (datagram.readUInt8(4) !== version || datagram.readUInt16LE(6) !== 0) return null;
  if (crc32(datagram.subarray(0, crcAt)) !== datagram.readUInt32LE(crcAt)) return null;
  const epoch = datagram.readDoubleLE(16);
  if (!Number.isSafeInteger(epoch) || epoch < 1) return null;
  return {
    engineId: datagram.readUInt8(5),
    shard: datagram.readUInt32LE(8),
    startNonce: datagram.readUInt32LE(12),
    epoch,
  };
}
