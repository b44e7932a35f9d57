//! Addresses of names, asked of the system in threads of our own: a runtime waits at its end for all that block in its
//! threads, and a resolver that does not answer would hold a program up for many seconds.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::thread;

use hyper_util::client::legacy::connect::dns::Name;
use tokio::sync::oneshot;
use tower_service::Service;

use crate::clock::BoxFuture;

type Answer = Result<Vec<SocketAddr>, Arc<io::Error>>;
type Waiting = HashMap<String, Vec<oneshot::Sender<Answer>>>;

/// However many connections want the same name, one thread asks for it.
#[derive(Clone, Default)]
pub(super) struct Names(Arc<Mutex<Waiting>>);

impl Names {
    fn ask(&self, name: &str) -> io::Result<oneshot::Receiver<Answer>> {
        let (answer, answered) = oneshot::channel();
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match waiting.entry(name.to_owned()) {
            Entry::Occupied(mut asked) => asked.get_mut().push(answer),
            Entry::Vacant(new) => {
                let (all, name) = (self.0.clone(), name.to_owned());
                // Nobody waits for the thread: it ends when the system has answered.
                thread::Builder::new().name("bimpe names".to_owned()).spawn(move || tell(&all, &name))?;
                new.insert(vec![answer]);
            }
        }
        Ok(answered)
    }
}

/// Asks the system, and tells all that wait by then.
fn tell(all: &Mutex<Waiting>, name: &str) {
    let found = (name, 0).to_socket_addrs().map(Iterator::collect::<Vec<_>>).map_err(Arc::new);
    let waiting = all.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
    for one in waiting.into_iter().flatten() {
        // Whoever has given up does not hear it.
        let _ = one.send(found.clone());
    }
}

impl Service<Name> for Names {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = Box<dyn std::error::Error + Send + Sync>;
    type Future = BoxFuture<'static, Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let asked = self.ask(name.as_str());
        Box::pin(async move { Ok(asked?.await??.into_iter()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(answered: oneshot::Receiver<Answer>) -> Answer {
        answered.blocking_recv().expect("every question is answered")
    }

    #[test]
    fn all_that_ask_are_told() {
        let names = Names::default();
        let asked: Vec<_> = (0..100).map(|_| names.ask("localhost").expect("a thread")).collect();
        for answered in asked {
            let found = get(answered).expect("every machine knows itself");
            assert!(!found.is_empty() && found.iter().all(|address| address.ip().is_loopback()));
        }
        assert!(names.0.lock().expect("nobody panics with it").is_empty());
        assert!(get(names.ask("no name").expect("a thread")).is_err());
    }
}
