// Small map files, made here: one tile that stands for every place at every size.
// Layout: PMTiles specification, version 3; vector tiles: Mapbox Vector Tile specification, version 2.
import { deflateSync } from 'node:zlib';

function varint(number) {
  const bytes = [];
  let rest = number;
  while (rest >= 128) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  return Buffer.from([...bytes, rest]);
}

const ZOOM = 15;
/** All tiles of the zooms 0 to 15. */
const TILES = (4 ** (ZOOM + 1) - 1) / 3;
export const PNG = 2;
export const VECTOR = 1;

/** An archive of a world that looks the same everywhere. */
export function mapFile({ tile, type, attribution = 'Kantor Desa Contoh' }) {
  // One entry: from the first tile on, all are these bytes.
  const directory = Buffer.concat([1, 0, TILES, tile.length, 1].map(varint));
  const metadata = Buffer.from(JSON.stringify({ attribution }));
  const header = Buffer.alloc(127);
  header.write('PMTiles', 0, 'latin1');
  header[7] = 3;
  const places = [127, directory.length, 127 + directory.length, metadata.length, 0, 0, 127 + directory.length + metadata.length, tile.length, TILES, 1, 1];
  places.forEach((value, at) => header.writeBigUInt64LE(BigInt(value), 8 + at * 8));
  // Clustered; neither directories nor tiles are compressed.
  header.set([1, 1, 1, type, 0, ZOOM], 96);
  [-1800000000, -850000000, 1800000000, 850000000].forEach((degrees, at) => header.writeInt32LE(degrees, 102 + at * 4));
  return Buffer.concat([header, directory, metadata, tile]);
}

function crc(bytes) {
  let sum = 0xffffffff;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit += 1) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1;
  }
  return (sum ^ 0xffffffff) >>> 0;
}

/** A picture of 256 by 256 dots in one colour. */
export function pictureTile([red, green, blue]) {
  const chunk = (name, body) => {
    const all = Buffer.concat([Buffer.from(name, 'latin1'), body]);
    const ends = Buffer.alloc(8);
    ends.writeUInt32BE(body.length, 0);
    ends.writeUInt32BE(crc(all), 4);
    return Buffer.concat([ends.subarray(0, 4), all, ends.subarray(4)]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(256, 0);
  head.writeUInt32BE(256, 4);
  head.set([8, 2, 0, 0, 0], 8);
  const line = Buffer.concat([Buffer.from([0]), Buffer.alloc(256 * 3, Buffer.from([red, green, blue]))]);
  const lines = Buffer.concat(Array.from({ length: 256 }, () => line));
  return Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), chunk('IHDR', head), chunk('IDAT', deflateSync(lines)), chunk('IEND', Buffer.alloc(0))]);
}

/** A vector tile with one area that fills it, in a layer. */
export function vectorTile(layer) {
  const field = (number, type, body) => Buffer.concat([varint(number * 8 + type), type === 2 ? varint(body.length) : Buffer.alloc(0), body]);
  const move = (x, y) => [x, y].map((way) => (way < 0 ? -way * 2 - 1 : way * 2));
  // Move to a corner, three lines, close.
  const geometry = Buffer.concat([9, ...move(0, 0), 26, ...move(4096, 0), ...move(0, 4096), ...move(-4096, 0), 15].map(varint));
  const feature = Buffer.concat([field(3, 0, varint(3)), field(4, 2, geometry)]);
  const body = Buffer.concat([field(15, 0, varint(2)), field(1, 2, Buffer.from(layer)), field(2, 2, feature), field(5, 0, varint(4096))]);
  return field(3, 2, body);
}
