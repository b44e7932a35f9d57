//! The engine within an event loop: all that it does happens in turns, and it says when the next one is due.

use std::future::{pending, poll_fn};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::thread;
use std::time::{Duration, Instant};

use bimpe::engine::{Call, Response};
use bimpe::event_loop::EventLoop;
use bimpe::{CallOptions, Client, Error};
use bimpe_sandbox::Sandbox;

const PATIENCE: Duration = Duration::from_secs(20);
/// How late timers of connections may be, and while one is made.
const TICK: Duration = Duration::from_secs(1);
const SHORT_TICK: Duration = Duration::from_millis(10);
/// An answer in pieces.
const PIECES: [&str; 3] = [
    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n",
    "d\r\n{\"message\": \"\r\n",
    "e\r\n\", \"data\": []}\r\n0\r\n\r\n",
];

fn event_loop() -> EventLoop {
    EventLoop::new().expect("a descriptor")
}

/// A server, and its address.
fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    (listener, url)
}

fn client(engine: &EventLoop, url: &str, key: &str) -> Client {
    let builder = Client::builder().api_key(key).base_url(url).env(|_| None);
    builder.connections(engine.connections()).clock(engine.clock()).build().expect("valid settings")
}

/// Begins a call; its outcome comes by the channel.
fn begin(engine: &mut EventLoop, client: &Client, call: Call) -> Receiver<Result<Response, Error>> {
    let (outcome, outcomes) = channel();
    let running = client.execute(call);
    engine.begin(Box::pin(async move { drop(outcome.send(running.await)) }));
    outcomes
}

/// Gives turns until there is something, as a loop would that does not look at the descriptor.
fn turns<T>(engine: &mut EventLoop, receiver: &Receiver<T>) -> T {
    let began = Instant::now();
    loop {
        engine.turn();
        if let Ok(value) = receiver.try_recv() {
            return value;
        }
        assert!(began.elapsed() < PATIENCE, "nothing came");
        thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn calls_need_turns_alone() {
    let sandbox = Sandbox::start_blocking().expect("a sandbox");
    let mut engine = event_loop();
    assert_eq!(engine.turn(), None, "nothing is due where nothing goes on");
    let client = client(&engine, sandbox.url(), sandbox.api_key());
    for _ in 0..3 {
        let outcomes = begin(&mut engine, &client, Call::new("agents.list").expect("it exists"));
        let response = turns(&mut engine, &outcomes).expect("an answer");
        assert_eq!(response.status, 200);
    }
    assert_eq!(engine.turn(), Some(TICK), "an idle connection is closed some time");
}

#[test]
fn timers_are_due_in_their_order() {
    let mut engine = event_loop();
    let (clock, woken) = (engine.clock(), Arc::<Mutex<Vec<u64>>>::default());
    for milliseconds in [60, 20, 40] {
        let (sleep, woken) = (clock.sleep(Duration::from_millis(milliseconds)), woken.clone());
        engine.begin(Box::pin(async move {
            sleep.await;
            woken.lock().expect("no panic").push(milliseconds);
        }));
    }
    // One that is given up is never due.
    drop(clock.sleep(Duration::from_millis(1)));
    while let Some(due) = engine.turn() {
        assert!(due <= Duration::from_millis(60), "{due:?}");
        thread::sleep(due);
    }
    assert_eq!(*woken.lock().expect("no panic"), [20, 40, 60]);
}

#[test]
fn a_panic_ends_its_task_alone() {
    let mut engine = event_loop();
    let (done, all_done) = channel();
    engine.begin(Box::pin(async { panic!("a panic on purpose") }));
    engine.begin(Box::pin(async move { done.send(()).expect("it is waited for") }));
    turns(&mut engine, &all_done);
    assert_eq!(engine.turn(), None);
}

#[test]
fn a_task_that_never_rests_does_not_keep_the_loop() {
    let mut engine = event_loop();
    let polls = Arc::new(AtomicUsize::new(0));
    let counted = polls.clone();
    engine.begin(Box::pin(poll_fn(move |context| {
        counted.fetch_add(1, Ordering::Relaxed);
        context.waker().wake_by_ref();
        Poll::Pending
    })));
    let mut before = 0;
    for _ in 0..3 {
        assert_eq!(engine.turn(), Some(Duration::ZERO), "there is more to do");
        let now = polls.load(Ordering::Relaxed);
        assert!(before < now, "each turn goes on with it");
        before = now;
    }
}

#[test]
fn other_threads_wake_tasks() {
    let mut engine = event_loop();
    let (waker, wakers) = channel();
    let (done, all_done) = channel();
    let mut waker = Some(waker);
    engine.begin(Box::pin(async move {
        poll_fn(|context| {
            let Some(waker) = waker.take() else { return Poll::Ready(()) };
            waker.send(context.waker().clone()).expect("it is waited for");
            Poll::Pending
        })
        .await;
        done.send(()).expect("it is waited for");
    }));
    let waker = turns(&mut engine, &wakers);
    engine.turn();
    assert!(all_done.try_recv().is_err());
    thread::spawn(move || waker.wake()).join().expect("no panic");
    engine.turn();
    assert!(all_done.try_recv().is_ok());
}

/// Answers in pieces on one connection; each piece is sent by itself.
fn answer_in_pieces(mut connection: TcpStream) {
    connection.set_nodelay(true).expect("an option");
    // Small requests come in one piece.
    while connection.read(&mut [0; 4096]).is_ok_and(|length| length > 0) {
        for piece in PIECES {
            connection.write_all(piece.as_bytes()).expect("the client is there");
            thread::sleep(Duration::from_millis(5));
        }
    }
}

#[test]
fn what_has_arrived_goes_before_what_is_due() {
    let (listener, url) = listen();
    thread::spawn(move || answer_in_pieces(listener.accept().expect("a connection").0));
    let mut engine = event_loop();
    let client = client(&engine, &url, "sk_test");
    let warm = begin(&mut engine, &client, Call::new("agents.list").expect("it exists"));
    turns(&mut engine, &warm).expect("an answer");
    let mut call = Call::new("agents.list").expect("it exists");
    call.options = CallOptions::default();
    call.options.timeout = Some(Duration::from_millis(100));
    let outcomes = begin(&mut engine, &client, call);
    engine.turn();
    // The language is busy for longer than the call may last.
    thread::sleep(Duration::from_millis(300));
    engine.turn();
    let response = outcomes.try_recv().expect("it has ended").expect("the answer was there in time");
    assert_eq!(response.attempts, 1);
}

#[test]
fn turns_come_often_while_a_connection_is_made() {
    let (_listener, url) = listen();
    let mut engine = event_loop();
    let client = client(&engine, &url, "sk_test");
    let _outcomes = begin(&mut engine, &client, Call::new("agents.list").expect("it exists"));
    assert_eq!(engine.turn(), Some(SHORT_TICK));
    // The connection is there, and nobody answers.
    while engine.turn() == Some(SHORT_TICK) {
        thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(engine.turn(), Some(TICK));
}

#[test]
fn the_end_closes_connections() {
    let (listener, url) = listen();
    let mut engine = event_loop();
    let client = client(&engine, &url, "sk_test");
    let outcomes = begin(&mut engine, &client, Call::new("agents.list").expect("it exists"));
    let (connection, connections) = channel();
    thread::spawn(move || {
        let (mut socket, _) = listener.accept().expect("a connection");
        let mut byte = [0];
        socket.read_exact(&mut byte).expect("a request");
        connection.send(socket).expect("it is waited for");
    });
    let mut socket = turns(&mut engine, &connections);
    engine.begin(Box::pin(pending()));
    engine.shut_down();
    assert!(outcomes.recv().is_err(), "the call is over without an outcome");
    socket.set_read_timeout(Some(PATIENCE)).expect("a time");
    socket.read_to_end(&mut Vec::new()).expect("the end of the connection");
}
