//! Runs one part of the engine `TIMES` times under a tool that counts instructions: `bimpe-bench-engine PART TIMES`.
//! Prints the names of the parts if called without arguments.

use std::io::{Error, Result, Write, stdout};

use bimpe_bench_engine::PARTS;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, times] = arguments.as_slice() else {
        return PARTS.iter().try_for_each(|part| writeln!(stdout(), "{}", part.name));
    };
    let part = PARTS.iter().find(|part| part.name == name);
    let mut work = part.ok_or_else(|| Error::other(format!("unknown part `{name}`")))?.prepare();
    for _ in 0..times.parse().map_err(Error::other)? {
        work();
    }
    Ok(())
}
