//! Walks over lists: the next page is on its way while the caller works on this one.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::decoding::{Each, FromResponse};
use futures_util::future::{FutureExt, MaybeDone, maybe_done};
use futures_util::stream::{BoxStream, Stream, StreamExt, TryStreamExt};

use super::page::Page;
use super::request::ResponseFuture;
use crate::error::Error;

/// The items of a list, or its pages. The page after the one that is handed out is asked for already; it comes closer
/// whenever the listing is polled. It is also a `Stream`.
///
/// ```no_run
/// # async fn example(client: &bimpe::Client) -> Result<(), bimpe::Error> {
/// let mut agents = client.agents().list().items();
/// while let Some(agent) = agents.try_next().await? {
///     println!("{}", agent.name);
/// }
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is sent before it is asked for items"]
pub struct Listing<T>(BoxStream<'static, Result<T, Error>>);

/// The pages of a list, one ahead.
struct Pages<T>(Option<MaybeDone<ResponseFuture<Page<T>>>>);

/// The items of a list's pages.
struct Items<T> {
    pages: Pages<Each<T>>,
    ready: VecDeque<Result<T, Error>>,
}

impl<T: FromResponse + Send + 'static> Listing<T> {
    pub(super) fn items(first: ResponseFuture<Page<Each<T>>>) -> Self {
        Self(Items { pages: Pages(Some(maybe_done(first))), ready: VecDeque::new() }.boxed())
    }
}

impl<T: FromResponse + Send + 'static> Listing<Page<T>> {
    pub(super) fn pages(first: ResponseFuture<Page<T>>) -> Self {
        Self(Pages(Some(maybe_done(first))).boxed())
    }
}

impl<T> Listing<T> {
    /// The next item; `None` after the last one.
    pub async fn try_next(&mut self) -> Result<Option<T>, Error> {
        TryStreamExt::try_next(&mut self.0).await
    }

    /// All that is left, in one vector.
    pub async fn try_collect(self) -> Result<Vec<T>, Error> {
        TryStreamExt::try_collect(self.0).await
    }
}

impl<T> Stream for Listing<T> {
    type Item = Result<T, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_next_unpin(context)
    }
}

impl<T> Pages<T> {
    /// Brings the page that is on its way closer; its outcome is kept.
    fn advance(&mut self, context: &mut Context<'_>) {
        if let Some(page) = &mut self.0 {
            let _outcome: Poll<()> = page.poll_unpin(context);
        }
    }
}

impl<T: FromResponse + Send + 'static> Stream for Pages<T> {
    type Item = Result<Page<T>, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.advance(context);
        let Some(page) = &mut self.0 else { return Poll::Ready(None) };
        let Some(page) = Pin::new(page).take_output() else { return Poll::Pending };
        self.0 = page.as_ref().ok().and_then(Page::following).map(maybe_done);
        // What comes of it is seen when it is asked for.
        self.advance(context);
        Poll::Ready(Some(page))
    }
}

/// Nothing in it is pinned.
impl<T> Unpin for Items<T> {}

impl<T: FromResponse + Send + 'static> Stream for Items<T> {
    type Item = Result<T, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.pages.advance(context);
        loop {
            if let Some(item) = self.ready.pop_front() {
                return Poll::Ready(Some(item));
            }
            match self.pages.poll_next_unpin(context) {
                Poll::Ready(Some(Ok(page))) => self.ready = page.into_items().collect(),
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Some(Err(error))),
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Pending => return Poll::Pending,
            }
        }
    }
}

impl<T> fmt::Debug for Listing<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Listing")
    }
}
