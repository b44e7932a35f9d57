//! Compiles the packages for systems on which no suite runs, without linking.

use anyhow::Result;

use xtask::debian;
use xtask::paths;
use xtask::task::print_output;

const TARGETS: [&str; 2] = ["x86_64-pc-windows-gnu", "aarch64-apple-darwin"];

const LIBRARIES: [&str; 2] = ["bimpe-python", "bimpe-node"];

/// Compiles the libraries for each target, or also the command, whose dependencies take as long again.
pub(super) fn run(all: bool) -> Result<()> {
    let output = paths::target().join("platforms");
    // The build script of napi requires the import library of Node to exist.
    let libraries = output.join("libraries");
    paths::clear(&libraries)?;
    for name in ["libnode.dll", "libnode.dll.a"] {
        std::fs::write(libraries.join(name), "")?;
    }
    for target in TARGETS {
        let mut check = debian::cargo_for(target, "std,panic_unwind")?;
        check.args(["check", "--quiet", "--locked", "--target", target, "--target-dir"]).arg(&output);
        let packages = LIBRARIES.into_iter().chain(all.then_some("bimpe-cli"));
        check.args(packages.flat_map(|package| ["--package", package])).env("CARGO_INCREMENTAL", "0");
        check.env("LIBNODE_PATH", &libraries).env("PYO3_NO_PYTHON", "1").env("SDKROOT", "/");
        // The C code of dependencies is needed only to link.
        for tool in ["AR", "CC", "CXX"] {
            check.env(format!("{tool}_{}", target.replace('-', "_")), "true");
        }
        print_output(target, &mut check)?;
    }
    Ok(())
}
