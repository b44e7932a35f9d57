//! The shapes of the API as static data: what [`crate::operations`] (generated) is made of.
//!
//! One table serves every SDK: the engine validates input with it, and the bindings decode results with it. Neither has code
//! for single endpoints or models.

use std::time::Duration;

use http::Method;

/// One endpoint of the Console API.
#[derive(Debug)]
pub struct Operation {
    /// The dotted operation id, which is also its place in the resource tree.
    pub id: &'static str,
    /// The HTTP method.
    pub method: Method,
    /// The path template below `/api/v1/console`, as in `/agents/{agent_id}`.
    pub path: &'static str,
    /// The same template, cut into segments.
    pub segments: &'static [Segment],
    /// The query parameters.
    pub query: &'static [Field],
    /// The shape of the JSON body, if the operation takes one.
    pub body: Option<&'static Type>,
    /// The shape of a successful response.
    pub response: ResponseShape,
    /// How many items a full page of a list holds if the request does not say.
    pub page_limit: Option<u64>,
    /// Whether sending the request twice does no harm, whatever its method.
    pub replay_safe: bool,
    /// Whether the response waits for a model or a phone call, so that one attempt may take the whole timeout.
    pub slow: bool,
    /// The scopes that a key needs, as far as they are known.
    pub scopes: &'static [&'static str],
    /// The default timeout of a helper, which sends several requests. Its method, path and ids are those of its main request.
    pub helper: Option<Duration>,
}

impl Operation {
    /// Returns whether requests change data.
    pub(crate) fn is_write(&self) -> bool {
        self.method != Method::GET
    }
}

/// One segment of a path template.
#[derive(Debug, Clone, Copy)]
pub enum Segment {
    /// Fixed text.
    Literal(&'static str),
    /// An id of the caller.
    Id {
        /// The parameter's name, as in `agent_id`.
        name: &'static str,
        /// Words that are fixed segments of sibling routes, and so cannot be ids.
        reserved: &'static [&'static str],
    },
}

/// The shape of `data` in a successful response.
#[derive(Debug, Clone, Copy)]
pub enum ResponseShape {
    /// Nothing of use (`data` is null).
    Nothing,
    /// One value.
    One(&'static Type),
    /// A complete list of such values.
    List(&'static Type),
    /// One page of a list of such values, with `meta`.
    Page(&'static Type),
    /// A stream of server-sent events that carry such values.
    Stream(&'static Type),
}

/// The shape of a JSON value.
#[derive(Debug)]
pub enum Type {
    /// A string.
    String(StringType),
    /// A whole number between the bounds.
    Integer {
        /// Smallest value.
        min: Option<i64>,
        /// Largest value.
        max: Option<i64>,
        /// The unit, as in `milliseconds`.
        unit: Option<&'static str>,
    },
    /// A number between the bounds.
    Number {
        /// Smallest value.
        min: Option<f64>,
        /// Largest value.
        max: Option<f64>,
    },
    /// `true` or `false`.
    Boolean,
    /// Any JSON value.
    Any,
    /// An object with any keys, each holding such a value.
    Map(&'static Type),
    /// An array of such values.
    Array(&'static Type),
    /// An object with named fields.
    Object(&'static ObjectType),
    /// One of several objects.
    Union(&'static UnionType),
    /// Such a value, or null.
    Nullable(&'static Type),
}

/// Limits of a string.
#[derive(Debug)]
pub struct StringType {
    /// Fewest characters.
    pub min_length: Option<usize>,
    /// Most characters.
    pub max_length: Option<usize>,
    /// The meaning of the string.
    pub format: Option<Format>,
    /// The known values. Closed for input, open for output; empty if any value will do.
    pub values: &'static [&'static str],
}

/// The meaning of a string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// An absolute URL.
    Uri,
    /// An e-mail address.
    Email,
    /// A UUID.
    Uuid,
    /// An ISO-8601 time.
    DateTime,
    /// A telephone number in E.164 form.
    E164,
}

/// An object with named fields.
#[derive(Debug)]
pub struct ObjectType {
    /// The name of the type, the same in every language.
    pub name: &'static str,
    /// The fields, in the order of the description.
    pub fields: &'static [Field],
    /// Whether input may hold fields that are not named here.
    pub open: bool,
}

/// One field of an object, or one query parameter.
#[derive(Debug)]
pub struct Field {
    /// The name on the wire.
    pub name: &'static str,
    /// Whether input must hold it, and output should.
    pub required: bool,
    /// Whether the value is a secret that may appear nowhere.
    pub secret: bool,
    /// The shape of the value.
    pub ty: &'static Type,
}

/// One of several objects, distinguished by a tag, or by the required fields that are present.
#[derive(Debug)]
pub struct UnionType {
    /// The name of the type, the same in every language.
    pub name: &'static str,
    /// The field that selects the variant, if there is one.
    pub tag: Option<&'static str>,
    /// The variants; without a tag, the first whose required fields are all present is meant.
    pub variants: &'static [Variant],
}

/// One variant of a union.
#[derive(Debug)]
pub struct Variant {
    /// The values of the tag that choose this variant.
    pub tags: &'static [&'static str],
    /// Whether this variant is meant when the tag is absent.
    pub default: bool,
    /// The shape of the variant.
    pub object: &'static ObjectType,
}
