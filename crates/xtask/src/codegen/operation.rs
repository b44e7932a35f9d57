//! Converts path items to operations.

use anyhow::{Result, bail};

use super::{
    ir::{
        Body, BodyStyle, BodyVariant, ErrorDoc, Operation, PathParam, ResponseKind, ResponseShape, Segment,
        TypeKind, TypeRef,
    },
    official, schema,
    spec::{PathItem, Spec},
    yaml::{Entry, Node},
};

/// Returns the operations of one path.
pub(crate) fn operations(spec: &Spec, item: &PathItem) -> Result<Vec<Operation>> {
    let methods = item.node.entries()?.iter().filter(|entry| entry.key != "parameters");
    methods.map(|entry| operation(spec, item, entry)).collect()
}

fn operation(spec: &Spec, item: &PathItem, entry: &Entry) -> Result<Operation> {
    let node = &entry.node;
    let id = node.require("operationId")?.text()?;
    let mut op = method(spec, node, id, &item.group, (&entry.key.to_uppercase(), &item.path))?;
    for holder in [&item.node, node] {
        for parameter in holder.get("parameters").map_or(Ok(&[][..]), Node::items)? {
            add_parameter(spec, &mut op, parameter)?;
        }
    }
    let named: Vec<&str> = op.path_params.iter().map(|param| param.name.as_str()).collect();
    if named != ids(&op.path).collect::<Vec<_>>() {
        return Err(node.error(format!("the parameters {named:?} do not match the path {}", op.path)));
    }
    Ok(op)
}

/// Returns an operation or a helper without its parameters.
pub(crate) fn method(
    spec: &Spec,
    node: &Node,
    id: &str,
    group: &str,
    (method, path): (&str, &str),
) -> Result<Operation> {
    let Some((_, name)) = id.rsplit_once('.') else {
        return Err(node.error(format!("invalid operation id `{id}`: expected RESOURCE.METHOD")));
    };
    Ok(Operation {
        id: id.to_owned(),
        name: name.to_owned(),
        group: group.to_owned(),
        method: method.to_owned(),
        path: path.to_owned(),
        segments: segments(spec, path),
        summary: node.text_of("summary")?,
        description: node.text_of("description")?,
        path_params: Vec::new(),
        query: Vec::new(),
        body: body(spec, node)?,
        response: response(spec, node)?,
        errors: errors(spec, node)?,
        scopes: scopes(spec, node)?,
        slow: node.flag("x-slow"),
        replay_safe: node.flag("x-replay-safe"),
        helper: None,
        official: official::names(node)?,
    })
}

/// Adds a parameter to an operation.
pub(crate) fn add_parameter(spec: &Spec, op: &mut Operation, parameter: &Node) -> Result<()> {
    let parameter = spec.resolve(parameter)?;
    let name = parameter.require("name")?.text()?.to_owned();
    let schema = parameter.require("schema")?;
    let doc = parameter.text_of("description")?;
    let example = parameter.get("example").or_else(|| schema.get("example"));
    let example = example.map(Node::to_json).unwrap_or_default();
    match parameter.require("in")?.text()? {
        "path" => op.path_params.push(PathParam { name, doc, example }),
        "query" => {
            let mut field = schema::field(spec, &name, parameter.flag("required"), schema)?;
            if !doc.is_empty() {
                field.doc = doc;
            }
            field.example = example;
            op.query.push(field);
        }
        other => return Err(parameter.error(format!("unsupported parameter in `{other}`"))),
    }
    Ok(())
}

/// Returns the names of the parameters of a path template.
fn ids(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(id)
}

fn id(segment: &str) -> Option<&str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}

fn segments(spec: &Spec, path: &str) -> Vec<Segment> {
    let all: Vec<&str> = path.split('/').skip(1).collect();
    let segment = |(index, segment): (usize, &&str)| match id(segment) {
        None => Segment::Literal { literal: (*segment).to_owned() },
        Some(name) => Segment::Id { name: name.to_owned(), reserved: reserved(spec, &all[..index]) },
    };
    all.iter().enumerate().map(segment).collect()
}

/// Returns the literals of sibling routes at the position of this route's id.
fn reserved(spec: &Spec, before: &[&str]) -> Vec<String> {
    let same = |(one, other): (&&str, &&str)| one == other || (id(one).is_some() && id(other).is_some());
    let mut words = Vec::new();
    for item in &spec.paths {
        let other: Vec<&str> = item.path.split('/').skip(1).collect();
        if let Some(word) = other.get(before.len())
            && id(word).is_none()
            && before.iter().zip(&other).all(same)
        {
            words.push((*word).to_owned());
        }
    }
    words.sort();
    words.dedup();
    words
}

/// Returns the body of a method.
fn body(spec: &Spec, node: &Node) -> Result<Option<Body>> {
    let Some(body) = node.get("requestBody") else { return Ok(None) };
    let media = body.require("content")?.require("application/json")?;
    let ty = schema::type_ref(spec, media.require("schema")?)?;
    let style = match node.get("x-python-body").map(Node::text).transpose()? {
        None => BodyStyle::Fields,
        Some("dict") => BodyStyle::Dict,
        Some(other) => return Err(node.error(format!("invalid `x-python-body` `{other}`: expected `dict`"))),
    };
    Ok(Some(Body {
        variants: body_variants(spec, media.require("schema")?)?,
        example: media.require("example")?.to_json(),
        required: body.flag("required"),
        ty,
        style,
    }))
}

/// Returns the result types that the variants of a body name with `x-result`. Either all variants have one, or none.
fn body_variants(spec: &Spec, node: &Node) -> Result<Option<Vec<BodyVariant>>> {
    let Some(variants) = spec.resolve(node)?.get("oneOf") else { return Ok(None) };
    let mut results = Vec::new();
    for variant in variants.items()? {
        let (name, component) = spec.schema(variant.require("$ref")?)?;
        if let Some(result) = component.entry.node.get("x-result") {
            let (result, _) = spec.schema(result)?;
            let result = TypeRef { name: Some(result.to_owned()), ..TypeRef::of(TypeKind::Object) };
            results.push(BodyVariant { name: name.to_owned(), result });
        }
    }
    match results.len() {
        0 => Ok(None),
        some if some == variants.items()?.len() => Ok(Some(results)),
        _ => Err(node.error("missing `x-result` on some variants of the body: add it to all, or to none")),
    }
}

/// Returns the shape of a method's response.
fn response(spec: &Spec, node: &Node) -> Result<ResponseShape> {
    let successes = node.require("responses")?.entries()?.iter().filter(|entry| entry.key.starts_with('2'));
    let mut shapes = Vec::new();
    for entry in successes {
        let Some(content) = spec.resolve(&entry.node)?.get("content") else { continue };
        let shape = if node.flag("x-stream") {
            let schema = content.require("text/event-stream")?.require("schema")?;
            ResponseShape { kind: ResponseKind::Stream, ty: Some(schema::type_ref(spec, schema)?) }
        } else {
            let schema = content.require("application/json")?.require("schema")?;
            data(spec, schema, node.flag("x-paginated"))?
        };
        shapes.push((entry, shape));
    }
    if let Some((entry, _)) = shapes.iter().find(|(_, shape)| shape.ty != shapes[0].1.ty) {
        bail!("{}: the types of the successful responses differ", entry.place);
    }
    let nothing = ResponseShape { kind: ResponseKind::Nothing, ty: None };
    Ok(shapes.into_iter().next().map_or(nothing, |(_, shape)| shape))
}

/// Returns the shape of the `data` of an envelope.
fn data(spec: &Spec, envelope: &Node, paginated: bool) -> Result<ResponseShape> {
    let Some(parts) = envelope.get("allOf") else {
        return match envelope.get("$ref").map(|reference| spec.schema(reference)).transpose()? {
            Some(("NullEnvelope", _)) => Ok(ResponseShape { kind: ResponseKind::Nothing, ty: None }),
            _ => Err(envelope.error(
                "invalid response: expected `NullEnvelope`, or `allOf` with an envelope and its `data`",
            )),
        };
    };
    let data = parts.items()?.last().and_then(|part| part.get("properties")?.get("data"));
    let ty = schema::type_ref(spec, data.ok_or_else(|| parts.error("missing `data` in the response"))?)?;
    match (ty.kind, paginated) {
        (TypeKind::Array, true) => {
            Ok(ResponseShape { kind: ResponseKind::Page, ty: ty.item.map(|item| *item) })
        }
        (TypeKind::Array, false) => {
            Ok(ResponseShape { kind: ResponseKind::List, ty: ty.item.map(|item| *item) })
        }
        (_, false) => Ok(ResponseShape { kind: ResponseKind::One, ty: Some(ty) }),
        (_, true) => Err(envelope.error("unexpected `x-paginated`: the response is not a list")),
    }
}

/// Returns the documented errors of a method.
fn errors(spec: &Spec, node: &Node) -> Result<Vec<ErrorDoc>> {
    let mut errors = Vec::new();
    for entry in node.require("responses")?.entries()? {
        let Ok(status) = entry.key.parse() else {
            bail!("{}: invalid status `{}`", entry.place, entry.key);
        };
        if status >= 300 {
            errors.push(ErrorDoc { status, doc: spec.resolve(&entry.node)?.text_of("description")? });
        }
    }
    Ok(errors)
}

fn scopes(spec: &Spec, node: &Node) -> Result<Vec<String>> {
    let Some(security) = node.get("security").or_else(|| spec.root.get("security")) else {
        return Ok(Vec::new());
    };
    let mut scopes = Vec::new();
    for scheme in security.items()? {
        for entry in scheme.entries()? {
            for scope in entry.node.items()? {
                scopes.push(scope.text()?.to_owned());
            }
        }
    }
    Ok(scopes)
}
