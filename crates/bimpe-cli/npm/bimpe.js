#!/usr/bin/env node
// Runs the binary, and ends with its exit code or signal.

const { spawn } = require("node:child_process");
const { findBin } = require("./index.js");

/** Signals that the command handles. Its exit ends this process. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"];

try {
	const child = spawn(findBin(), process.argv.slice(2), { stdio: "inherit" });
	for (const signal of SIGNALS) {
		process.on(signal, () => {
			// On Windows, `kill` would end the command at once. The console sends Ctrl-C to the command itself.
			if (process.platform !== "win32") child.kill(signal);
		});
	}
	child.on("error", fail);
	child.on("exit", (code, signal) => {
		if (signal === null) process.exit(code);
		process.removeAllListeners(signal);
		process.kill(process.pid, signal);
	});
} catch (error) {
	fail(error);
}

function fail(error) {
	console.error(`bimpe-cli: ${error.message}`);
	process.exitCode = 1;
}
