// The CommonJS file that the ESM entry imports. Node parses each file that `export *` names before it imports a CommonJS
// file, and finds none here, otherwise an import would take twice as long.
import all = require("./index.js");
export = all;
