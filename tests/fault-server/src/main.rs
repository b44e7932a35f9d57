//! `bimpe-fault-server`: prints its addresses as one line of JSON, and serves until its input ends.

use std::io::{Read, Write};

use bimpe_fault_server::Server;

fn main() -> std::io::Result<()> {
    let server = Server::start()?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", server.addresses())?;
    out.flush()?;
    // Whoever started it holds the other end, and lets go of it at the latest when it dies.
    std::io::stdin().lock().read_to_end(&mut Vec::new())?;
    Ok(())
}
