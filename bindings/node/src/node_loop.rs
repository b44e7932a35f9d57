//! The engine within Node's event loop: calls are sent when JavaScript has done what it is at, and their outcomes are handed over
//! in the turn in which they have come. No thread is woken for either.
#![allow(unsafe_code, reason = "Node tells by raw calls when an environment ends")]

use std::cell::{Cell, RefCell};
use std::ffi::c_void;
use std::ptr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use bimpe::event_loop::EventLoop;
use bimpe::{BoxFuture, ClientBuilder};
use napi::{Env, JsValue, sys};

use crate::descriptor::descriptor;
use crate::engine::JsFunction;
use crate::uv::{Occasion, Occasions};

thread_local! {
    /// The engine of this thread, as long as its environment lives.
    static CURRENT: RefCell<Option<Rc<NodeLoop>>> = const { RefCell::new(None) };
    /// What Node waits for before it ends the environment.
    static ENDING: Cell<sys::napi_async_cleanup_hook_handle> = const { Cell::new(ptr::null_mut()) };
}

pub(crate) struct NodeLoop {
    /// Absent once the environment has ended, which JavaScript can bring about within a turn.
    engine: RefCell<Option<EventLoop>>,
    occasions: Occasions,
    /// What is called when the turn is over.
    calls: RefCell<Vec<JsFunction>>,
    is_in_turn: Cell<bool>,
    /// When the timer is set for.
    due: Cell<Option<Instant>>,
    env: Env,
}

impl NodeLoop {
    /// The engine of this thread.
    pub(crate) fn current() -> Option<Rc<Self>> {
        CURRENT.with_borrow(Clone::clone)
    }

    /// The engine of this thread. The first client decides for all whether there is one, or a thread is used instead.
    pub(crate) fn decided(env: Env, on_thread: bool) -> Option<Rc<Self>> {
        thread_local! {
            static IS_DECIDED: Cell<bool> = const { Cell::new(false) };
        }
        if IS_DECIDED.replace(true) || on_thread { Self::current() } else { Self::start(env) }
    }

    /// Starts the engine of this thread, if there is such a loop here.
    fn start(env: Env) -> Option<Rc<Self>> {
        let engine = EventLoop::new().ok()?;
        let occasions = Occasions::new(env, descriptor(engine.runtime())?, take_turn)?;
        let started = Rc::new(Self {
            engine: RefCell::new(Some(engine)),
            occasions,
            calls: RefCell::default(),
            is_in_turn: Cell::new(false),
            due: Cell::new(None),
            env,
        });
        let mut ending = ptr::null_mut();
        // SAFETY: `env` is alive, and the hook needs no data.
        unsafe { sys::napi_add_async_cleanup_hook(env.raw(), Some(end), ptr::null_mut(), &raw mut ending) };
        ENDING.set(ending);
        CURRENT.set(Some(started.clone()));
        Some(started)
    }

    /// A client whose calls are begun here.
    pub(crate) fn equip(&self, builder: ClientBuilder) -> ClientBuilder {
        match &*self.engine.borrow() {
            Some(engine) => builder.connections(engine.connections()).clock(engine.clock()),
            None => builder,
        }
    }

    pub(crate) fn begin(&self, task: BoxFuture<'static, ()>) {
        if let Some(engine) = &mut *self.engine.borrow_mut() {
            engine.begin(task);
            self.occasions.soon();
        }
    }

    /// Calls this function once the turn is over, or in one of its own.
    pub(crate) fn call(&self, function: JsFunction) {
        self.calls.borrow_mut().push(function);
        if !self.is_in_turn.get() {
            self.occasions.soon();
        }
    }

    fn turn(&self, occasion: Occasion) {
        self.occasions.not_soon();
        if matches!(occasion, Occasion::Time) {
            self.due.set(None);
        }
        self.is_in_turn.set(true);
        let due = self.engine.borrow_mut().as_mut().and_then(EventLoop::turn);
        self.is_in_turn.set(false);
        self.set_timer(due);
        for function in self.calls.take() {
            call(self.env, &function);
        }
    }

    /// A timer that is set for too early does no harm, and to set it anew for each call would cost more.
    fn set_timer(&self, due: Option<Duration>) {
        let Some(due) = due else { return };
        if due.is_zero() {
            return self.occasions.soon();
        }
        let at = Instant::now() + due;
        if self.due.get().is_none_or(|set| at < set) {
            self.due.set(Some(at));
            self.occasions.after(due);
        }
    }
}

fn take_turn(occasion: Occasion) {
    if let Some(current) = NodeLoop::current() {
        current.turn(occasion);
    }
}

/// Calls a function as Node calls its own: what it has set going in JavaScript goes on before this returns.
fn call(env: Env, function: &JsFunction) {
    let env_raw = env.raw();
    let mut scope = ptr::null_mut();
    let [mut global, mut result] = [ptr::null_mut(); 2];
    // SAFETY: the environment is alive, or it would not have been given a turn; its values do not leave the scope.
    unsafe {
        sys::napi_open_handle_scope(env_raw, &raw mut scope);
        sys::napi_get_global(env_raw, &raw mut global);
        if let Ok(function) = function.borrow_back(&env) {
            let called = sys::napi_make_callback(
                env_raw,
                ptr::null_mut(),
                global,
                function.raw(),
                0,
                ptr::null(),
                &raw mut result,
            );
            if called == sys::Status::napi_pending_exception {
                sys::napi_get_and_clear_last_exception(env_raw, &raw mut result);
                sys::napi_fatal_exception(env_raw, result);
            }
        }
        sys::napi_close_handle_scope(env_raw, scope);
    }
}

/// The environment ends: everything ends where it is.
unsafe extern "C" fn end(_: sys::napi_async_cleanup_hook_handle, _: *mut c_void) {
    let Some(current) = CURRENT.take() else { return };
    current.occasions.close(ended);
    if let Some(engine) = current.engine.take() {
        engine.shut_down();
    }
}

fn ended() {
    // SAFETY: Node gave it, and it is given back once.
    unsafe { sys::napi_remove_async_cleanup_hook(ENDING.replace(ptr::null_mut())) };
}
