//! Where calls and streams run: within Node's event loop, or on a thread of the process where there is no such loop.

#[cfg(target_os = "linux")]
use std::rc::Rc;
use std::sync::{Arc, LazyLock, OnceLock};

use bimpe::background::Background;
use bimpe::transport::Connections;
use bimpe::{BoxFuture, ClientBuilder, Error};
use napi::Env;
use napi::bindgen_prelude::FunctionRef;

#[cfg(target_os = "linux")]
use crate::node_loop::NodeLoop;

/// A function of JavaScript that takes nothing.
pub(crate) type JsFunction = Arc<FunctionRef<(), ()>>;

/// Prepares a client to run here.
#[cfg_attr(not(target_os = "linux"), expect(unused_variables, reason = "there is a thread only"))]
pub(crate) fn equip(env: Env, builder: ClientBuilder, on_thread: bool) -> ClientBuilder {
    /// The connections that all clients of the thread share.
    static CONNECTIONS: LazyLock<Connections> = LazyLock::new(Connections::default);
    #[cfg(target_os = "linux")]
    if let Some(current) = NodeLoop::decided(env, on_thread) {
        return current.equip(builder);
    }
    builder.connections(&CONNECTIONS)
}

/// What runs the tasks of this thread.
pub(crate) enum Runner {
    #[cfg(target_os = "linux")]
    Loop(Rc<NodeLoop>),
    Thread(&'static Background),
}

impl Runner {
    /// The loop of this thread, or the thread of the process.
    pub(crate) fn current() -> Result<Self, Error> {
        #[cfg(target_os = "linux")]
        if let Some(current) = NodeLoop::current() {
            return Ok(Self::Loop(current));
        }
        thread().map(Self::Thread)
    }

    pub(crate) fn begin(&self, task: BoxFuture<'static, ()>) {
        match self {
            #[cfg(target_os = "linux")]
            Self::Loop(current) => current.begin(task),
            Self::Thread(background) => background.begin(task),
        }
    }
}

/// Whether calls of this thread run within its loop.
pub(crate) fn is_in_loop() -> bool {
    #[cfg(target_os = "linux")]
    return NodeLoop::current().is_some();
    #[cfg(not(target_os = "linux"))]
    false
}

/// Calls a function of this thread's JavaScript, once the loop's turn is over.
#[cfg_attr(not(target_os = "linux"), expect(unused_variables, reason = "there is a thread only"))]
pub(crate) fn call(function: &JsFunction) {
    #[cfg(target_os = "linux")]
    if let Some(current) = NodeLoop::current() {
        current.call(function.clone());
    }
}

/// The thread of the process, which is there from the first call on.
fn thread() -> Result<&'static Background, Error> {
    static THREAD: OnceLock<Background> = OnceLock::new();
    if let Some(thread) = THREAD.get() {
        return Ok(thread);
    }
    let started = Background::start()?;
    // When two environments begin at once, the thread of one of them sleeps for ever.
    Ok(THREAD.get_or_init(|| started))
}
