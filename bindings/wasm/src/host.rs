//! The functions of the host. `node/src/wasm/host.ts` implements them.

use std::cell::OnceCell;

use js_sys::{Function, Promise, Uint8Array};
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    /// The functions of the host.
    #[derive(Clone)]
    pub type Host;

    /// Returns the milliseconds since a fixed moment.
    #[wasm_bindgen(method)]
    pub(crate) fn now(this: &Host) -> f64;

    /// Returns the milliseconds since 1970.
    #[wasm_bindgen(method, js_name = unixTime)]
    pub(crate) fn unix_time(this: &Host) -> f64;

    /// Starts a timer.
    #[wasm_bindgen(method)]
    pub(crate) fn timer(this: &Host, milliseconds: f64) -> Timer;

    /// Calls the function after the current one has returned.
    #[wasm_bindgen(method)]
    pub(crate) fn defer(this: &Host, run: &Function);

    /// Sends a request. `headers` has names and values by turns.
    #[wasm_bindgen(method)]
    pub(crate) fn exchange(
        this: &Host,
        method: &str,
        url: &str,
        headers: Vec<String>,
        body: Option<Uint8Array>,
    ) -> Exchange;

    /// Reports the location of a panic.
    #[wasm_bindgen(method)]
    pub(crate) fn panicked(this: &Host, location: &str);

    /// A running timer.
    pub(crate) type Timer;

    /// Returns a promise that resolves when the time has passed.
    #[wasm_bindgen(method, getter)]
    pub(crate) fn done(this: &Timer) -> Promise;

    #[wasm_bindgen(method)]
    pub(crate) fn cancel(this: &Timer);

    /// A request and its response.
    pub(crate) type Exchange;

    /// Returns a promise of the head. It rejects with a [`Failure`].
    #[wasm_bindgen(method)]
    pub(crate) fn head(this: &Exchange) -> Promise;

    /// Returns a promise of the next bytes of the body, or of `undefined` at the end. It rejects with a [`Failure`].
    #[wasm_bindgen(method)]
    pub(crate) fn chunk(this: &Exchange) -> Promise;

    /// Cancels the request and closes the connection. Has no effect at the end of the response.
    #[wasm_bindgen(method)]
    pub(crate) fn cancel(this: &Exchange);

    /// The head of a response.
    pub(crate) type Head;

    #[wasm_bindgen(method, getter)]
    pub(crate) fn status(this: &Head) -> u16;

    /// Returns the names and values of the headers by turns.
    #[wasm_bindgen(method, getter)]
    pub(crate) fn headers(this: &Head) -> Vec<String>;

    /// The reason for a missing response.
    pub(crate) type Failure;

    /// Returns `not_sent`, `tls` or `lost`.
    #[wasm_bindgen(method, getter)]
    pub(crate) fn state(this: &Failure) -> String;

    /// Returns the name that Node gives the reason, as in `ECONNREFUSED`.
    #[wasm_bindgen(method, getter)]
    pub(crate) fn code(this: &Failure) -> Option<String>;

    /// Returns the reason, without addresses.
    #[wasm_bindgen(method, getter)]
    pub(crate) fn reason(this: &Failure) -> String;
}

thread_local! {
    static HOST: OnceCell<Host> = const { OnceCell::new() };
}

/// Sets the host of this instance. A second call has no effect.
pub(crate) fn set(host: Host) {
    HOST.with(|slot| {
        let _ = slot.set(host);
    });
}

/// Returns the host of this instance.
pub(crate) fn get() -> Host {
    HOST.with(|slot| slot.get().cloned()).expect("JavaScript calls `start` first")
}
