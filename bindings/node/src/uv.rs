//! What Node's own event loop needs to know of the engine, by libuv. Its functions are looked up when they are needed: there are
//! programs that have Node-API, but not these.
#![allow(unsafe_code, reason = "libuv is C")]

use std::cell::Cell;
use std::ffi::{CStr, c_int, c_void};
use std::mem;
use std::os::fd::RawFd;
use std::time::Duration;

use napi::{Env, sys};

/// The loop, or one of its handles.
type Raw = *mut c_void;
type OnHandle = unsafe extern "C" fn(Raw);
type OnPoll = unsafe extern "C" fn(Raw, c_int, c_int);

/// Kinds of handles in `uv_handle_type`, which libuv keeps as they are.
const IDLE: c_int = 6;
const POLL: c_int = 8;
const TIMER: c_int = 13;
/// `UV_READABLE`.
const READABLE: c_int = 1;

/// The functions of libuv.
struct Functions {
    handle_size: unsafe extern "C" fn(c_int) -> usize,
    poll_init: unsafe extern "C" fn(Raw, Raw, c_int) -> c_int,
    poll_start: unsafe extern "C" fn(Raw, c_int, OnPoll) -> c_int,
    idle_init: unsafe extern "C" fn(Raw, Raw) -> c_int,
    idle_start: unsafe extern "C" fn(Raw, OnHandle) -> c_int,
    idle_stop: unsafe extern "C" fn(Raw) -> c_int,
    timer_init: unsafe extern "C" fn(Raw, Raw) -> c_int,
    timer_start: unsafe extern "C" fn(Raw, OnHandle, u64, u64) -> c_int,
    update_time: unsafe extern "C" fn(Raw),
    unref: unsafe extern "C" fn(Raw),
    close: unsafe extern "C" fn(Raw, Option<OnHandle>),
}

impl Functions {
    fn find() -> Option<Self> {
        // SAFETY: each function has the type that libuv declares since its version 1.
        unsafe {
            Some(Self {
                handle_size: find(c"uv_handle_size")?,
                poll_init: find(c"uv_poll_init")?,
                poll_start: find(c"uv_poll_start")?,
                idle_init: find(c"uv_idle_init")?,
                idle_start: find(c"uv_idle_start")?,
                idle_stop: find(c"uv_idle_stop")?,
                timer_init: find(c"uv_timer_init")?,
                timer_start: find(c"uv_timer_start")?,
                update_time: find(c"uv_update_time")?,
                unref: find(c"uv_unref")?,
                close: find(c"uv_close")?,
            })
        }
    }

    /// Memory for a handle of this kind. It is freed when the handle is closed.
    fn allocate(&self, kind: c_int) -> Raw {
        // SAFETY: any kind may be asked for, and any size.
        unsafe { libc::calloc(1, (self.handle_size)(kind)) }
    }
}

/// A function of the process.
///
/// # Safety
/// `F` must be the type of this function.
unsafe fn find<F: Copy>(name: &CStr) -> Option<F> {
    // SAFETY: the name ends as it must.
    let function = unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) };
    // SAFETY: a function pointer is as large as an address, and the caller knows its type.
    (!function.is_null()).then(|| unsafe { mem::transmute_copy(&function) })
}

thread_local! {
    /// What is called in a turn. One engine in each thread makes use of this module.
    static TURN: Cell<Option<fn(Occasion)>> = const { Cell::new(None) };
    /// Handles that are not closed yet.
    static OPEN: Cell<usize> = const { Cell::new(0) };
    /// What is called when the last of them is.
    static CLOSED: Cell<Option<fn()>> = const { Cell::new(None) };
}

fn turn(occasion: Occasion) {
    if let Some(turn) = TURN.get() {
        turn(occasion);
    }
}

unsafe extern "C" fn on_poll(_: Raw, _status: c_int, _events: c_int) {
    turn(Occasion::Network);
}

unsafe extern "C" fn on_idle(_: Raw) {
    turn(Occasion::Asked);
}

unsafe extern "C" fn on_timer(_: Raw) {
    turn(Occasion::Time);
}

unsafe extern "C" fn on_closed(handle: Raw) {
    // SAFETY: `allocate` made it, and libuv is done with it.
    unsafe { libc::free(handle) };
    OPEN.set(OPEN.get() - 1);
    if OPEN.get() == 0
        && let Some(closed) = CLOSED.take()
    {
        closed();
    }
}

/// Why a turn is given.
#[derive(Clone, Copy)]
pub(crate) enum Occasion {
    Network,
    Asked,
    Time,
}

/// The occasions at which Node gives a turn. None of them keeps the process alive.
pub(crate) struct Occasions {
    functions: Functions,
    uv_loop: Raw,
    poll: Raw,
    idle: Raw,
    timer: Raw,
}

impl Occasions {
    /// Calls the function whenever this descriptor has something to read. There is none, if the process has no libuv.
    pub(crate) fn new(env: Env, descriptor: RawFd, turn: fn(Occasion)) -> Option<Self> {
        let functions = Functions::find()?;
        let mut uv_loop = std::ptr::null_mut();
        // SAFETY: `env` is alive, and so is its loop until all its handles are closed.
        if unsafe { sys::napi_get_uv_event_loop(env.raw(), &raw mut uv_loop) } != sys::Status::napi_ok {
            return None;
        }
        let handles @ [poll, idle, timer] = [POLL, IDLE, TIMER].map(|kind| functions.allocate(kind));
        if handles.contains(&std::ptr::null_mut()) {
            return None;
        }
        let occasions = Self { functions, uv_loop: uv_loop.cast(), poll, idle, timer };
        TURN.set(Some(turn));
        occasions.watch(descriptor).then_some(occasions)
    }

    fn watch(&self, descriptor: RawFd) -> bool {
        let Self { functions: uv, uv_loop, poll, idle, timer } = self;
        // SAFETY: this thread is the loop's. The handles are as large as they must be, and stay where they are. A handle whose
        // start is refused is never used, and its memory is not given back.
        unsafe {
            let begun = (uv.poll_init)(*uv_loop, *poll, descriptor) == 0
                && (uv.idle_init)(*uv_loop, *idle) == 0
                && (uv.timer_init)(*uv_loop, *timer) == 0
                && (uv.poll_start)(*poll, READABLE, on_poll) == 0;
            if begun {
                for handle in [*poll, *idle, *timer] {
                    (uv.unref)(handle);
                }
            }
            begun
        }
    }

    /// A turn once JavaScript has done what it is at. Node waits for nothing before (as it would with a handle of the kind
    /// `prepare` that is started by its own callback).
    pub(crate) fn soon(&self) {
        // SAFETY: the handle is there until `close`; one that is started already is left as it is.
        unsafe { (self.functions.idle_start)(self.idle, on_idle) };
    }

    /// No turn on that account any more.
    pub(crate) fn not_soon(&self) {
        // SAFETY: as above.
        unsafe { (self.functions.idle_stop)(self.idle) };
    }

    /// A turn after this time, and not after the one that was set before.
    pub(crate) fn after(&self, time: Duration) {
        let milliseconds = u64::try_from(time.as_micros().div_ceil(1000)).unwrap_or(u64::MAX);
        // SAFETY: as above. The loop's time stands still while JavaScript runs.
        unsafe {
            (self.functions.update_time)(self.uv_loop);
            (self.functions.timer_start)(self.timer, on_timer, milliseconds, 0);
        }
    }

    /// No more turns. The function is called once libuv has let go of all of this.
    pub(crate) fn close(&self, closed: fn()) {
        TURN.set(None);
        let handles = [self.poll, self.idle, self.timer];
        OPEN.set(handles.len());
        CLOSED.set(Some(closed));
        for handle in handles {
            // SAFETY: this thread is the loop's, and its owner closes them once.
            unsafe { (self.functions.close)(handle, Some(on_closed)) };
        }
    }
}
