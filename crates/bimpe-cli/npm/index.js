// Finds the binary in the package of this platform.

/** Returns the names of the packages that fit this platform. */
function packages() {
	const name = `bimpe-cli-${process.platform}-${process.arch}`;
	// Some package managers ignore `libc` and install both. The musl build is static, so it runs with any C library.
	return process.platform === "linux"
		? [`${name}-musl`, `${name}-gnu`]
		: [name];
}

exports.findBin = function findBin() {
	const file = process.platform === "win32" ? "bimpe.exe" : "bimpe";
	for (const name of packages()) {
		try {
			return require.resolve(`${name}/${file}`);
		} catch (error) {
			if (error.code !== "MODULE_NOT_FOUND") throw error;
		}
	}
	throw new Error(
		`bimpe-cli lacks its package for this platform, ${packages().join(" or ")}. ` +
			"If npm omitted optional dependencies, run `npm install --include=optional bimpe-cli`; " +
			"otherwise this platform has no build",
	);
};
