//! A client over a network in memory and in virtual time, made once and used for many cases.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use bimpe::engine::{OperationRequest, Response};
use bimpe::testing::{MemoryTransport, Reply, VirtualClock};
use bimpe::transport::{HttpRequest, TransportError};
use bimpe::{Client, ClientBuilder, Error};

use super::block_on::block_on;

pub(crate) const KEY: &str = "sk_test_canary_key";

pub(crate) struct Wire {
    pub(crate) client: Client,
    pub(crate) clock: VirtualClock,
    transport: Arc<MemoryTransport>,
    replies: Arc<Mutex<VecDeque<Reply>>>,
}

impl Wire {
    pub(crate) fn new(change: impl FnOnce(ClientBuilder) -> ClientBuilder) -> Self {
        Self::try_new(change).expect("valid settings")
    }

    pub(crate) fn try_new(change: impl FnOnce(ClientBuilder) -> ClientBuilder) -> Result<Self, Error> {
        let replies = Arc::<Mutex<VecDeque<Reply>>>::default();
        let left = replies.clone();
        let transport = Arc::new(MemoryTransport::new(move |_| {
            let next = left.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
            next.unwrap_or_else(|| Reply::failure(TransportError::not_sent("no more replies")))
        }));
        let clock = VirtualClock::new();
        let builder = Client::builder().api_key(KEY).base_url("https://api.example.test").env(|_| None);
        let builder = builder.transport(transport.clone()).clock(Arc::new(clock.clone()));
        Ok(Self { client: change(builder).build()?, clock, transport, replies })
    }

    /// Carries out a call whose attempts get these replies; gives what came of it, and what was sent.
    pub(crate) fn run(
        &self,
        call: OperationRequest,
        replies: impl IntoIterator<Item = Reply>,
    ) -> (Result<Response, Error>, Vec<HttpRequest>) {
        self.sent();
        self.reply_with(replies);
        let outcome = block_on(self.client.execute(call));
        (outcome, self.sent())
    }

    /// Lays out the replies to the next requests, in place of any that are left.
    pub(crate) fn reply_with(&self, replies: impl IntoIterator<Item = Reply>) {
        *self.replies.lock().unwrap_or_else(PoisonError::into_inner) = replies.into_iter().collect();
    }

    /// Returns the bytes sent since the last call.
    pub(crate) fn sent(&self) -> Vec<HttpRequest> {
        self.transport.take_requests()
    }
}
