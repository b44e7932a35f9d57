//! The runtime of a command, and the signals that end it.

use std::io;

use crate::failure::Failure;
use crate::note::note;
use crate::prompt;

/// Runs a command until it ends, or until Ctrl-C.
pub(crate) fn block_on(command: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    block_on_unless(|| false, command)
}

/// Runs a command until it ends, or until a Ctrl-C that `handle` does not take.
pub(crate) fn block_on_unless(
    handle: impl Fn() -> bool,
    command: impl Future<Output = Result<(), Failure>>,
) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let outcome = runtime.block_on(async {
        tokio::pin!(command);
        loop {
            tokio::select! {
                outcome = &mut command => break outcome,
                _ = tokio::signal::ctrl_c() => {
                    if !handle() {
                        prompt::restore_terminal();
                        note("");
                        break Err(Failure::interrupted());
                    }
                }
            }
        }
    });
    // A thread may still wait for input.
    runtime.shutdown_background();
    outcome
}

/// Resolves at Ctrl-C, or where there are signals, at SIGTERM. The handlers are in place when this returns.
#[cfg(unix)]
pub(crate) fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

#[cfg(not(unix))]
pub(crate) fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}
