//! From path items to operations.

use anyhow::{Result, bail};

use super::{
    ir::{
        Answer, AnswerKind, Body, BodyStyle, BodyVariant, ErrorDoc, Op, PathParam, Segment, TypeKind, TypeRef,
    },
    official, schema,
    spec::{PathItem, Spec},
    yaml::{Entry, Node},
};

/// The operations of one path.
pub(crate) fn operations(spec: &Spec, item: &PathItem) -> Result<Vec<Op>> {
    let methods = item.node.entries()?.iter().filter(|entry| entry.key != "parameters");
    methods.map(|entry| operation(spec, item, entry)).collect()
}

fn operation(spec: &Spec, item: &PathItem, entry: &Entry) -> Result<Op> {
    let node = &entry.node;
    let id = node.require("operationId")?.text()?.to_owned();
    let Some((_, name)) = id.rsplit_once('.') else {
        return Err(node.error(format!("the operation id `{id}` is not RESOURCE.METHOD")));
    };
    let mut op = Op {
        name: name.to_owned(),
        group: item.group.clone(),
        method: entry.key.to_uppercase(),
        path: item.path.clone(),
        segments: segments(spec, &item.path),
        summary: node.text_of("summary")?,
        description: node.text_of("description")?,
        path_params: Vec::new(),
        query: Vec::new(),
        body: body(spec, node)?,
        answer: answer(spec, node)?,
        errors: errors(spec, node)?,
        scopes: scopes(spec, node)?,
        slow: node.flag("x-slow"),
        replay_safe: node.flag("x-replay-safe"),
        helper: None,
        official: official::names(node)?,
        id,
    };
    for holder in [&item.node, node] {
        for parameter in holder.get("parameters").map_or(Ok(&[][..]), Node::items)? {
            add_parameter(spec, &mut op, parameter)?;
        }
    }
    let named: Vec<&str> = op.path_params.iter().map(|param| param.name.as_str()).collect();
    if named != ids(&op.path).collect::<Vec<_>>() {
        return Err(node.error(format!("the path {} and its parameters {named:?} differ", op.path)));
    }
    Ok(op)
}

/// Adds a parameter to those of an operation.
pub(crate) fn add_parameter(spec: &Spec, op: &mut Op, parameter: &Node) -> Result<()> {
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
        other => return Err(parameter.error(format!("a parameter in the {other} is not in the profile"))),
    }
    Ok(())
}

/// The names of the parameters of a path template.
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

/// The words that stand in sibling routes where this one has an id.
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

/// The body that a method takes.
pub(crate) fn body(spec: &Spec, node: &Node) -> Result<Option<Body>> {
    let Some(body) = node.get("requestBody") else { return Ok(None) };
    let media = body.require("content")?.require("application/json")?;
    let ty = schema::type_ref(spec, media.require("schema")?)?;
    let style = match node.get("x-python-body").map(Node::text).transpose()? {
        None => BodyStyle::Fields,
        Some("dict") => BodyStyle::Dict,
        Some(other) => return Err(node.error(format!("`x-python-body` is `dict`, not `{other}`"))),
    };
    Ok(Some(Body {
        variants: body_variants(spec, media.require("schema")?)?,
        example: media.require("example")?.to_json(),
        required: body.flag("required"),
        ty,
        style,
    }))
}

/// The answers that the variants of a body name with `x-result`: all of them do, or none.
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
        _ => Err(node.error("either every variant of a body has `x-result` or none; the body stands")),
    }
}

/// What a method gives.
pub(crate) fn answer(spec: &Spec, node: &Node) -> Result<Answer> {
    let responses = node.require("responses")?.entries()?.iter().filter(|entry| entry.key.starts_with('2'));
    let mut answers = Vec::new();
    for entry in responses {
        let Some(content) = spec.resolve(&entry.node)?.get("content") else { continue };
        let found = if node.flag("x-stream") {
            let schema = content.require("text/event-stream")?.require("schema")?;
            Answer { kind: AnswerKind::Stream, ty: Some(schema::type_ref(spec, schema)?) }
        } else {
            let schema = content.require("application/json")?.require("schema")?;
            data(spec, schema, node.flag("x-paginated"))?
        };
        answers.push((entry, found));
    }
    if let Some((entry, _)) = answers.iter().find(|(_, answer)| answer.ty != answers[0].1.ty) {
        bail!("all answers of success have one type; another one is at {}", entry.place);
    }
    let nothing = Answer { kind: AnswerKind::Nothing, ty: None };
    Ok(answers.into_iter().next().map_or(nothing, |(_, answer)| answer))
}

/// What the envelope holds.
fn data(spec: &Spec, envelope: &Node, paginated: bool) -> Result<Answer> {
    let Some(parts) = envelope.get("allOf") else {
        return match envelope.get("$ref").map(|reference| spec.schema(reference)).transpose()? {
            Some(("NullEnvelope", _)) => Ok(Answer { kind: AnswerKind::Nothing, ty: None }),
            _ => Err(envelope
                .error("an answer is `NullEnvelope` or `allOf` an envelope and its `data`; it stands")),
        };
    };
    let data = parts.items()?.last().and_then(|part| part.get("properties")?.get("data"));
    let ty = schema::type_ref(spec, data.ok_or_else(|| parts.error("`data` is missing in the answer"))?)?;
    match (ty.kind, paginated) {
        (TypeKind::Array, true) => Ok(Answer { kind: AnswerKind::Page, ty: ty.item.map(|item| *item) }),
        (TypeKind::Array, false) => Ok(Answer { kind: AnswerKind::List, ty: ty.item.map(|item| *item) }),
        (_, false) => Ok(Answer { kind: AnswerKind::One, ty: Some(ty) }),
        (_, true) => Err(envelope.error("`x-paginated` is for lists; the answer stands")),
    }
}

/// How a method can fail.
pub(crate) fn errors(spec: &Spec, node: &Node) -> Result<Vec<ErrorDoc>> {
    let mut errors = Vec::new();
    for entry in node.require("responses")?.entries()? {
        let Ok(status) = entry.key.parse() else {
            bail!("`{}` at {} is not a status", entry.key, entry.place);
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
