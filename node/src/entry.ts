// The CommonJS file that the ESM entry imports. Node parses the files that `export *` names before it imports CommonJS.
// This file has no `export *`, otherwise an import would take twice as long.
import all = require("./index.js");
export = all;
