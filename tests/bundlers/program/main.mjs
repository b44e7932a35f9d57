import { use } from "./use.mjs";

use().then(
  (found) => console.log(JSON.stringify(found)),
  (error) => {
    console.error(error.message);
    process.exitCode = 1;
  },
);
