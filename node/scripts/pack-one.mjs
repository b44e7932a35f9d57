// Packs the package of one platform, or the JavaScript packages. Arguments: the folder of the tarballs, and either nothing
// or the kind ("native" or "cli"), the platform and the file.
import { packMain, packPlatform } from "./packages.mjs";

const [destination, kind, platform, file] = process.argv.slice(2);
if (kind === undefined) for (const main of ["native", "cli"]) packMain(main, destination);
else packPlatform(kind, platform, file, destination);
