//! Compares a stream with read-ahead, as in the packages, with a stream that is read on demand. As in the packages, one
//! thread reads events and another one takes them. The two alternate. Prints the medians in microseconds of CPU time per
//! event.
//!
//! Usage: `bimpe-bench-streams URL`, with the address that `bimpe-bench-server` prints.

use std::error::Error;
use std::hint::black_box;
use std::io::Write;
use std::sync::mpsc;
use std::time::Duration;

use bimpe::Client;
use bimpe::engine::{EventStream, OperationRequest, StreamEvents, StreamOptions};
use bimpe_runtime::{BackgroundRuntime, ReadAheadStream};
use rustix::time::{ClockId, clock_gettime};
use serde_json::Value;

type Fallible<T> = Result<T, Box<dyn Error + Send + Sync>>;

const ROUNDS: usize = 7;
/// Delay before the release of a held stream, so that the stream is open by then.
const RELEASE_DELAY: Duration = Duration::from_millis(50);

/// A rate of events: the name of the server's stream, and the number of events to take.
struct Rate {
    name: &'static str,
    stream: &'static str,
    events: usize,
}

const RATES: [Rate; 3] = [
    Rate { name: "full speed, 16 KB per chunk", stream: "16384", events: 50_000 },
    Rate { name: "full speed, one event per chunk", stream: "0", events: 50_000 },
    Rate { name: "one event every 200 us", stream: "0-5001", events: 5000 },
];

fn main() -> Fallible<()> {
    let url = std::env::args().nth(1).ok_or("usage: bimpe-bench-streams URL")?;
    let client = Client::builder().api_key("sk_test").base_url(&url).build()?;
    let background = BackgroundRuntime::start()?;
    for Rate { name, stream, events } in RATES {
        let open = || {
            let operation = OperationRequest::new("conversations.messages.stream")?.operation;
            let mut release = OperationRequest::new("agents.retrieve")?;
            release.path = vec!["release".to_owned()];
            let releasing = client.clone();
            background.spawn(Box::pin(async move {
                tokio::time::sleep(RELEASE_DELAY).await;
                // Ignore errors: without the release the stream has no more events, and the benchmark fails.
                let _ = releasing.execute(release).await;
            }));
            client.stream(operation, vec!["cm1".to_owned(), stream.to_owned()], StreamOptions::default())
        };
        let (mut on_demand, mut ahead) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            on_demand.push(measure(events, || read_on_demand(&background, open()?, events))?);
            ahead.push(measure(events, || read_ahead(&background, open()?, events))?);
        }
        let (on_demand, ahead) = (median(on_demand), median(ahead));
        writeln!(
            std::io::stdout(),
            "{name}: read-ahead {ahead:.2} us, on demand {on_demand:.2} us, {:.2} times",
            on_demand / ahead
        )?;
    }
    Ok(())
}

/// Requests a batch, waits for it, and takes its events.
fn read_on_demand(background: &BackgroundRuntime, mut stream: EventStream, count: usize) -> Fallible<()> {
    let (mut taken, (put, batches)) = (0, mpsc::channel());
    while taken < count {
        let put = put.clone();
        background.spawn(Box::pin(async move {
            let batch = stream.next_batch().await;
            // The receiver waits for each batch, so it exists.
            let _ = put.send((stream, batch));
        }));
        let (back, batch) = batches.recv()?;
        stream = back;
        let events = batch?.events;
        taken += events.len();
        take(&events)?;
    }
    Ok(())
}

/// Takes buffered events. Waits if the buffer is empty.
fn read_ahead(background: &BackgroundRuntime, stream: EventStream, count: usize) -> Fallible<()> {
    let (put, ready) = mpsc::channel();
    let ahead = ReadAheadStream::new(stream, move || {
        // The receiver is gone after the last event.
        let _ = put.send(());
    });
    let mut taken = 0;
    while taken < count {
        if let Some(batch) = ahead.take() {
            let events = batch?.events;
            taken += events.len();
            take(&events)?;
        } else {
            ahead.request_more(|task| background.spawn(task));
            ready.recv()?;
        }
    }
    ahead.close();
    Ok(())
}

/// Decodes the JSON of events, as the packages do.
fn take(events: &StreamEvents) -> Fallible<()> {
    for event in events.iter() {
        black_box(serde_json::from_str::<Value>(event.data)?);
    }
    Ok(())
}

/// Returns the microseconds of CPU time per event, all threads included.
#[expect(clippy::cast_precision_loss, reason = "the number of events is small")]
fn measure(events: usize, work: impl FnOnce() -> Fallible<()>) -> Fallible<f64> {
    let started = cpu_time();
    work()?;
    Ok(cpu_time().saturating_sub(started).as_secs_f64() * 1e6 / events as f64)
}

fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.cast_unsigned(), u32::try_from(time.tv_nsec).unwrap_or_default())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
