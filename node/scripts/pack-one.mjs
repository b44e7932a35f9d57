// Packs the package of one platform, or the JavaScript packages. Arguments: the folder of the tarballs, the list of crates,
// and either nothing or the kind ("native" or "cli"), the platform and the file.
import { packMain, packPlatform } from "./packages.mjs";

const [destination, sbom, kind, platform, file] = process.argv.slice(2);
if (kind === undefined) {
  packMain("native", destination, sbom);
  packMain("cli", destination);
} else packPlatform(kind, platform, file, destination, sbom);
