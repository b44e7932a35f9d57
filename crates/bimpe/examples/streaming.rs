//! Print the messages of a conversation as they arrive.
//!
//! Usage: `streaming AGENT_ID CONVERSATION_ID [AFTER]`. Reads `BIMPEAI_API_KEY` and `BIMPEAI_BASE_URL`. Ctrl-C ends it. The
//! last line has the id to pass as `AFTER`, so that the next run misses no message.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "an example shows its results")]

use bimpe::{Client, ErrorKind};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let agent_id = arguments.next().ok_or("AGENT_ID is missing")?;
    let conversation_id = arguments.next().ok_or("CONVERSATION_ID is missing")?;

    let client = Client::from_env()?;
    let mut stream = client.conversations().messages().stream(agent_id, conversation_id);
    if let Some(after) = arguments.next() {
        stream = stream.after(after);
    }
    let mut events = stream.open().await?;
    let mut interrupt = Box::pin(tokio::signal::ctrl_c());
    loop {
        let event = tokio::select! {
            event = events.try_next() => event,
            _ = &mut interrupt => break,
        };
        match event {
            Ok(Some(event)) => println!("{}: {}", event.role, event.message.unwrap_or_default()),
            Ok(None) => break,
            // One event is malformed. The stream continues with the next.
            Err(error) if error.kind() == ErrorKind::StreamDecode => eprintln!("{error}"),
            // The stream reconnects by itself, so this is final.
            Err(error) => {
                eprintln!("{error}");
                break;
            }
        }
    }
    println!("after {}", events.last_id().unwrap_or_default());
    Ok(())
}
