/** Polynomials, their bits in reverse. */
const CRC32 = 0xedb88320;
const CRC32C = 0x82f63b78;
const CRC64NVME = 0x9a6c9329ac4bc9b5n;

/** Checksums of one byte. */
function table32(polynomial: number): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let rest = byte;
    for (let bit = 0; bit < 8; bit++) rest = (rest & 1) === 0 ? rest >>> 1 : (rest >>> 1) ^ polynomial;
    return rest;
  });
}

/** Checksums of one byte, of 64 bits: the higher 32 of each, then the lower ones. */
function table64(polynomial: bigint): readonly [high: Uint32Array, low: Uint32Array] {
  const rests = Array.from({ length: 256 }, (_, byte) => {
    let rest = BigInt(byte);
    for (let bit = 0; bit < 8; bit++) rest = (rest & 1n) === 0n ? rest >> 1n : (rest >> 1n) ^ polynomial;
    return rest;
  });
  return [Uint32Array.from(rests, (rest) => Number(rest >> 32n)), Uint32Array.from(rests, (rest) => Number(rest & 0xffffffffn))];
}

const TABLE_CRC32 = table32(CRC32);
const TABLE_CRC32C = table32(CRC32C);
const [HIGH, LOW] = table64(CRC64NVME);

/** CRC-32 as Ethernet and zip have it, four bytes, big-endian. */
export function crc32(data: Buffer): Buffer {
  return remainder32(data, TABLE_CRC32);
}

/** CRC-32C, by Castagnoli, four bytes, big-endian. */
export function crc32c(data: Buffer): Buffer {
  return remainder32(data, TABLE_CRC32C);
}

/** CRC-64 as NVMe has it, eight bytes, big-endian. */
export function crc64nvme(data: Buffer): Buffer {
  let high = 0xffffffff;
  let low = 0xffffffff;
  let at = 0;
  while (at < data.length) {
    const index = (low ^ (data[at++] ?? 0)) & 0xff;
    low = ((low >>> 8) | (high << 24)) ^ (LOW[index] ?? 0);
    high = (high >>> 8) ^ (HIGH[index] ?? 0);
  }
  const result = Buffer.alloc(8);
  result.writeUInt32BE(~high >>> 0, 0);
  result.writeUInt32BE(~low >>> 0, 4);
  return result;
}

function remainder32(data: Buffer, table: Uint32Array): Buffer {
  let rest = 0xffffffff;
  // The iterator of a buffer takes five times as long.
  let at = 0;
  while (at < data.length) rest = (rest >>> 8) ^ (table[(rest ^ (data[at++] ?? 0)) & 0xff] ?? 0);
  const result = Buffer.alloc(4);
  result.writeUInt32BE(~rest >>> 0);
  return result;
}
