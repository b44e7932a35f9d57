//! Commands for everyday work, each of one or more requests.

mod call;
mod chat;
mod onboard;
mod tail;
mod test_code;

pub(crate) use call::Call;
pub(crate) use chat::Chat;
pub(crate) use onboard::Onboard;
pub(crate) use tail::Tail;
pub(crate) use test_code::TestCode;
