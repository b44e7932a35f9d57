//! `bimpe-fault-server`: prints its addresses as one line of JSON, and serves until standard input ends.

use std::io::{Read, Write};

use bimpe_fault_server::Server;

fn main() -> std::io::Result<()> {
    let server = Server::start()?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", server.addresses())?;
    out.flush()?;
    // The parent process holds the other end of the pipe, so the input ends when the parent exits.
    std::io::stdin().lock().read_to_end(&mut Vec::new())?;
    Ok(())
}
