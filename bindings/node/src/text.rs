//! Text on its way to JavaScript.
#![allow(unsafe_code, reason = "napi makes strings of one byte a letter by a raw call only")]

use std::ptr;

use bimpe::engine::Response;
use napi::bindgen_prelude::{Buffer, ToNapiValue, TypeName, ValueType};
use napi::{Result, check_status, sys};

/// Longer texts that need decoding cross as bytes, which JavaScript decodes faster than Node-API.
const LONG: usize = 16 * 1024;

/// A text, which JavaScript gets as a string or as its bytes.
pub enum Text {
    Owned(String),
    /// The data of an answer, which is not copied before it is JavaScript's.
    Data(Box<Response>),
}

impl Text {
    fn as_str(&self) -> &str {
        match self {
            Self::Owned(text) => text,
            Self::Data(response) => response.data(),
        }
    }
}

impl TypeName for Text {
    fn type_name() -> &'static str {
        "string | Buffer"
    }

    fn value_type() -> ValueType {
        ValueType::String
    }
}

impl ToNapiValue for Text {
    unsafe fn to_napi_value(env: sys::napi_env, text: Self) -> Result<sys::napi_value> {
        let text = text.as_str();
        if !text.is_ascii() {
            return if text.len() < LONG {
                // SAFETY: `env` is the caller's, and alive.
                unsafe { ToNapiValue::to_napi_value(env, text) }
            } else {
                // SAFETY: the same.
                unsafe { Buffer::to_napi_value(env, text.as_bytes().into()) }
            };
        }
        let mut string = ptr::null_mut();
        let length = text.len().cast_signed();
        // SAFETY: `env` is the caller's, and alive; the text is copied before the call returns, and in ASCII both encodings
        // are the same.
        check_status!(unsafe {
            sys::napi_create_string_latin1(env, text.as_ptr().cast(), length, &raw mut string)
        })?;
        Ok(string)
    }
}
