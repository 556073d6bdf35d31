// Parses playlists with hls-parser in its strict mode and with m3u8-parser.
// Usage: node check.mjs FOLDER: checks each *.m3u8 in it.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import HLS from "hls-parser";
import { Parser } from "m3u8-parser";

HLS.setOptions({ strictMode: true, silent: true });

function faultsOf(text) {
  const faults = [];
  try {
    const playlist = HLS.parse(text);
    const isEmpty = playlist.isMasterPlaylist ? playlist.variants.length === 0 : playlist.segments.length === 0;
    if (isEmpty) faults.push("hls-parser finds nothing");
  } catch (error) {
    faults.push(`hls-parser: ${error.message}`);
  }
  const parser = new Parser();
  for (const kind of ["warn", "error"]) {
    parser.on(kind, (event) => faults.push(`m3u8-parser: ${event.message}`));
  }
  parser.push(text);
  parser.end();
  return faults;
}

const folder = process.argv[2];
const names = readdirSync(folder).filter((name) => name.endsWith(".m3u8"));
const faults = names.flatMap((name) =>
  faultsOf(readFileSync(join(folder, name), "utf8")).map((fault) => `${name}: ${fault}`),
);
faults.forEach((fault) => console.error(fault));
console.log(`${names.length} playlists, ${faults.length} faults`);
process.exit(faults.length > 0 || names.length === 0 ? 1 : 0);
