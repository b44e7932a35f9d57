//! Strings for JavaScript.
#![allow(unsafe_code, reason = "napi creates Latin-1 strings through its C interface only")]

use std::ptr;

use bimpe::engine::Response;
use napi::bindgen_prelude::{Buffer, ToNapiValue, TypeName, ValueType};
use napi::{Result, check_status, sys};

/// Length from which a string that is not ASCII crosses as bytes. JavaScript decodes these faster than Node-API.
const MIN_BUFFER_LEN: usize = 16 * 1024;

/// A string that JavaScript receives as a string or as its bytes.
pub enum JsString {
    Owned(String),
    /// The data of a response. It is copied once, into JavaScript.
    Data(Box<Response>),
}

impl JsString {
    fn as_str(&self) -> &str {
        match self {
            Self::Owned(text) => text,
            Self::Data(response) => response.data(),
        }
    }
}

impl TypeName for JsString {
    fn type_name() -> &'static str {
        "string | Buffer"
    }

    fn value_type() -> ValueType {
        ValueType::String
    }
}

impl ToNapiValue for JsString {
    unsafe fn to_napi_value(env: sys::napi_env, string: Self) -> Result<sys::napi_value> {
        let text = string.as_str();
        if !text.is_ascii() {
            return if text.len() < MIN_BUFFER_LEN {
                // SAFETY: the caller passes a valid `env`.
                unsafe { ToNapiValue::to_napi_value(env, text) }
            } else {
                // SAFETY: the caller passes a valid `env`.
                unsafe { Buffer::to_napi_value(env, text.as_bytes().into()) }
            };
        }
        let mut result = ptr::null_mut();
        let length = text.len().cast_signed();
        // SAFETY: the caller passes a valid `env`. Node-API copies the text before the function returns, and ASCII is the
        // same in Latin-1.
        check_status!(unsafe {
            sys::napi_create_string_latin1(env, text.as_ptr().cast(), length, &raw mut result)
        })?;
        Ok(result)
    }
}
