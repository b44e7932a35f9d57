//! Lists: one page, all pages, or all items.

use std::collections::VecDeque;
use std::fmt;
use std::future::IntoFuture;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::future::{FutureExt, MaybeDone, maybe_done};
use futures_util::stream::{BoxStream, Stream, StreamExt, TryStreamExt};
use serde_json::Value;

use super::request::{ResponseFuture, call_options, fetch, shapeless};
use crate::engine::{Client, OperationRequest, Response, json};
use crate::error::Error;
use crate::model::{Each, FromResponse};
use crate::schema::Operation;
use crate::setters::setters;
use crate::types::PaginationMeta;

/// An operation that returns pages.
pub trait ListOperation: Send + 'static {
    /// The type of the items.
    type Item: FromResponse + Send + 'static;
}

/// A request of a list. Set filters and options, then `.await` it for a page, or walk over `items()` or `pages()`.
///
/// ```no_run
/// # async fn example(client: &bimpe::Client) -> Result<(), bimpe::Error> {
/// let agents = client.agents().list().search("sales").limit(50).items().try_collect().await?;
/// println!("{}", agents.len());
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is sent before it is awaited"]
pub struct PageRequest<L> {
    client: Client,
    call: OperationRequest,
    lenient: bool,
    list: PhantomData<fn() -> L>,
}

/// One page of a list.
///
/// ```no_run
/// # async fn example(client: &bimpe::Client) -> Result<(), bimpe::Error> {
/// let page = client.agents().list().await?;
/// println!("{} of {:?}", page.data.len(), page.meta.as_ref().map(|meta| meta.total_count));
/// if let Some(next) = page.next_page().await? {
///     println!("{}", next.data.len());
/// }
/// # Ok(())
/// # }
/// ```
#[non_exhaustive]
pub struct Page<T> {
    /// The items of this page.
    pub data: Vec<T>,
    /// The place of this page in the list, if the server sends it.
    pub meta: Option<PaginationMeta>,
    /// Status, headers, request id, attempts, and the unchanged body.
    pub response: Response,
    client: Client,
    /// The request of the page, with the cursor of the next page if there is one.
    call: OperationRequest,
    lenient: bool,
}

impl<L: ListOperation> PageRequest<L> {
    call_options!();

    /// A request of this operation.
    pub(crate) fn new(client: &Client, operation: &'static Operation) -> Self {
        Self {
            client: client.clone(),
            call: OperationRequest::of(operation),
            lenient: false,
            list: PhantomData,
        }
    }

    /// Sets a query parameter.
    pub(crate) fn query(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.call.query.insert(name.to_owned(), value.into());
        self
    }

    /// The future of the page. Nothing is sent before the future is polled.
    ///
    /// ```no_run
    /// # async fn example(client: &bimpe::Client) -> Result<(), bimpe::Error> {
    /// let agents = client.agents();
    /// let (sales, support) =
    ///     tokio::try_join!(agents.list().search("sales").send(), agents.list().search("support").send())?;
    /// println!("{} and {}", sales.data.len(), support.data.len());
    /// # Ok(())
    /// # }
    /// ```
    pub fn send(self) -> ResponseFuture<Page<L::Item>> {
        ResponseFuture(Box::pin(Page::fetch(self.client, self.call, self.lenient)))
    }

    /// The first item, from a page of one.
    pub async fn first(self) -> Result<Option<L::Item>, Error> {
        Ok(self.query("limit", 1).await?.data.into_iter().next())
    }

    /// All items from here on, page after page. An item that lacks a required field is an error in its place, after which
    /// the others still come.
    pub fn items(self) -> Listing<L::Item> {
        let first = Page::fetch(self.client, self.call, self.lenient);
        Listing::items(ResponseFuture(Box::pin(first)))
    }

    /// All pages from here on.
    pub fn pages(self) -> Listing<Page<L::Item>> {
        Listing::pages(self.send())
    }
}

impl<L: ListOperation> IntoFuture for PageRequest<L> {
    type Output = Result<Page<L::Item>, Error>;
    type IntoFuture = ResponseFuture<Page<L::Item>>;

    fn into_future(self) -> Self::IntoFuture {
        self.send()
    }
}

impl<T: FromResponse> Page<T> {
    async fn fetch(client: Client, call: OperationRequest, lenient: bool) -> Result<Self, Error> {
        let (data, response) = fetch(&client, call.clone(), lenient).await?;
        let call = OperationRequest { cursor: response.next().map(str::to_owned), ..call };
        Ok(Self {
            data,
            meta: response.meta().and_then(|meta| json::value(meta).ok()).map(PaginationMeta::from),
            response,
            client,
            call,
            lenient,
        })
    }

    /// Whether a page follows.
    pub fn has_next_page(&self) -> bool {
        self.call.cursor.is_some()
    }

    /// The page that follows; `None` after the last one.
    pub async fn next_page(&self) -> Result<Option<Self>, Error>
    where
        T: Send + 'static,
    {
        match self.following() {
            Some(page) => page.await.map(Some),
            None => Ok(None),
        }
    }

    /// The request of the next page.
    pub(super) fn following(&self) -> Option<ResponseFuture<Self>>
    where
        T: Send + 'static,
    {
        self.call.cursor.as_ref()?;
        let page = Self::fetch(self.client.clone(), self.call.clone(), self.lenient);
        Some(ResponseFuture(Box::pin(page)))
    }
}

impl<T> Page<Each<T>> {
    /// The items, and an error in place of each that does not fit.
    pub(super) fn into_items(self) -> impl Iterator<Item = Result<T, Error>> {
        let Self { data, response, client, call, .. } = self;
        data.into_iter().enumerate().map(move |(place, item)| {
            item.0.map_err(|misfit| {
                let error = shapeless(&response, &misfit.within(&format!("[{place}]")));
                error.about(|| client.failed_request(call.operation, &call.path, &call))
            })
        })
    }
}

impl<L> fmt::Debug for PageRequest<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PageRequest").field("operation", &self.call.operation.id).finish_non_exhaustive()
    }
}

impl<T: fmt::Debug> fmt::Debug for Page<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Page").field("data", &self.data).field("meta", &self.meta).finish_non_exhaustive()
    }
}

/// A stream of the items of a list, or of its pages. The next page is requested ahead, whenever the listing is polled.
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
        // The result is returned by a later poll.
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
