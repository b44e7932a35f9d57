//! The record of a choice: a stream that a task reads ahead, as the packages do, and one that is read when somebody waits for
//! events. As in the packages, the thread that takes events is not the one that reads them. The two take turns; printed are
//! the medians, in microseconds of CPU for each event.
//!
//! Usage: `bimpe-bench-streams URL`, with the address that `bimpe-bench-server` prints.

use std::error::Error;
use std::hint::black_box;
use std::io::Write;
use std::sync::mpsc;
use std::time::Duration;

use bimpe::Client;
use bimpe::ahead::Ahead;
use bimpe::background::Background;
use bimpe::engine::{Call, EventStream, StreamEvents, StreamOptions};
use rustix::time::{ClockId, clock_gettime};
use serde_json::Value;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

const ROUNDS: usize = 7;
/// By the time that a stream which is held is released, it is open.
const OPENING: Duration = Duration::from_millis(50);

/// How events come: the name of the server's stream, and how many are taken.
struct Flow {
    what: &'static str,
    stream: &'static str,
    events: usize,
}

const FLOWS: [Flow; 3] = [
    Flow { what: "as fast as can be, 16 KB a piece", stream: "16384", events: 50_000 },
    Flow { what: "as fast as can be, one a piece", stream: "0", events: 50_000 },
    Flow { what: "one after another, 200 us between", stream: "0-5001", events: 5000 },
];

fn main() -> Outcome<()> {
    let url = std::env::args().nth(1).ok_or("usage: bimpe-bench-streams URL")?;
    let client = Client::builder().api_key("sk_test").base_url(&url).build()?;
    let background = Background::start()?;
    for Flow { what, stream, events } in FLOWS {
        let open = || {
            let operation = Call::new("conversations.messages.stream")?.operation;
            let mut release = Call::new("agents.retrieve")?;
            release.path = vec!["release".to_owned()];
            let releasing = client.clone();
            background.begin(Box::pin(async move {
                tokio::time::sleep(OPENING).await;
                // The events that come tell whether it was heard.
                let _ = releasing.execute(release).await;
            }));
            client.stream(operation, vec!["cm1".to_owned(), stream.to_owned()], StreamOptions::default())
        };
        let (mut waiting, mut ahead) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            waiting.push(measure(events, || when_somebody_waits(&background, open()?, events))?);
            ahead.push(measure(events, || read_ahead(&background, open()?, events))?);
        }
        let (waiting, ahead) = (median(waiting), median(ahead));
        writeln!(
            std::io::stdout(),
            "{what}: ahead {ahead:.2} us, when somebody waits {waiting:.2} us, {:.2} times",
            waiting / ahead
        )?;
    }
    Ok(())
}

/// Asks for a batch, waits for it, and takes its events.
fn when_somebody_waits(background: &Background, mut stream: EventStream, count: usize) -> Outcome<()> {
    let (mut taken, (put, batches)) = (0, mpsc::channel());
    while taken < count {
        let put = put.clone();
        background.begin(Box::pin(async move {
            let batch = stream.next_batch().await;
            // The other side waits for it.
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

/// Takes what has arrived; waits if nothing has.
fn read_ahead(background: &Background, stream: EventStream, count: usize) -> Outcome<()> {
    let (put, ready) = mpsc::channel();
    let ahead = Ahead::new(stream, move || {
        // The other side waits for it, unless it has what it wanted.
        let _ = put.send(());
    });
    let mut taken = 0;
    while taken < count {
        if let Some(batch) = ahead.take() {
            let events = batch?.events;
            taken += events.len();
            take(&events)?;
        } else {
            ahead.want(|task| background.begin(task));
            ready.recv()?;
        }
    }
    ahead.close();
    Ok(())
}

/// What the packages do with events, at least.
fn take(events: &StreamEvents) -> Outcome<()> {
    for event in events.iter() {
        black_box(serde_json::from_str::<Value>(event.data)?);
    }
    Ok(())
}

/// Microseconds of CPU for each event, all threads included.
#[expect(clippy::cast_precision_loss, reason = "it is a small number")]
fn measure(events: usize, work: impl FnOnce() -> Outcome<()>) -> Outcome<f64> {
    let started = used();
    work()?;
    Ok(used().saturating_sub(started).as_secs_f64() * 1e6 / events as f64)
}

fn used() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.cast_unsigned(), u32::try_from(time.tv_nsec).unwrap_or_default())
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}
