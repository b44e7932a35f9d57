//! Name resolution on separate threads, because a tokio runtime waits for its blocking threads at its end. A resolver that
//! never returns would delay the exit of a program by many seconds.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::{Arc, Mutex};
use std::thread;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::sync::oneshot;

use crate::sync::lock;

type Resolved = Result<Vec<SocketAddr>, Arc<io::Error>>;
type Waiting = HashMap<String, Vec<oneshot::Sender<Resolved>>>;

/// Resolves names with the system's resolver. Concurrent lookups of one name share one thread.
#[derive(Clone, Default)]
pub(super) struct Resolver(Arc<Mutex<Waiting>>);

impl Resolver {
    fn lookup(&self, name: &str) -> io::Result<oneshot::Receiver<Resolved>> {
        let (sender, receiver) = oneshot::channel();
        let mut waiting = lock(&self.0);
        match waiting.entry(name.to_owned()) {
            Entry::Occupied(mut running) => running.get_mut().push(sender),
            Entry::Vacant(entry) => {
                let (all, name) = (self.0.clone(), name.to_owned());
                // The thread is never joined: it ends when the system responds.
                thread::Builder::new().name("bimpe dns".to_owned()).spawn(move || resolve(&all, &name))?;
                entry.insert(vec![sender]);
            }
        }
        Ok(receiver)
    }
}

/// Resolves the name and sends the result to all lookups that wait by then.
fn resolve(all: &Mutex<Waiting>, name: &str) {
    let resolved = (name, 0).to_socket_addrs().map(Iterator::collect::<Vec<_>>).map_err(Arc::new);
    let waiting = lock(all).remove(name);
    for sender in waiting.into_iter().flatten() {
        // Fails if the connection attempt was dropped.
        let _ = sender.send(resolved.clone());
    }
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let lookup = self.lookup(name.as_str());
        Box::pin(async move {
            let addresses = lookup?.await??;
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}
