//! Combines operations and types: the resource tree, the groups, and the types that each group uses.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail};
use heck::ToUpperCamelCase as _;

use super::{
    helper,
    ir::{
        Api, Child, Field, Group, Operation, Resource, ResourceUse, ResponseKind, Shape, TypeDef, TypeUse,
        Variant,
    },
    official, operation, schema,
    spec::Spec,
};

/// The type of the metadata of every page of a list.
const PAGE_META: &str = "PaginationMeta";

/// Types by name, each with its group.
struct Types(BTreeMap<String, (String, TypeDef)>);

/// Builds the data for the templates.
pub(crate) fn build(spec: &Spec) -> Result<Api> {
    spec.check_references()?;
    let mut operations = Vec::new();
    for item in &spec.paths {
        operations.extend(operation::operations(spec, item)?);
    }
    let helpers = spec.helpers.iter().map(|entry| helper::operation(spec, entry, &operations));
    let helpers = helpers.collect::<Result<Vec<_>>>()?;
    operations.extend(helpers);
    let mut operation_ids: Vec<String> = operations.iter().map(|op| op.id.clone()).collect();
    operation_ids.sort();
    if let Some(id) = operation_ids.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| &pair[0]) {
        let paths: Vec<&str> =
            operations.iter().filter(|op| op.id == *id).map(|op| op.path.as_str()).collect();
        bail!("duplicate operation id `{id}`: {}", paths.join(" and "));
    }
    let types = Types::define(spec, &operations)?;
    let resources = resources(spec, operations)?;
    let info = spec.root.require("info")?;
    let api = Api {
        title: info.text_of("title")?,
        version: info.text_of("version")?,
        roots: resources.iter().filter(|resource| resource.path.len() == 1).map(child).collect(),
        operation_ids,
        groups: groups(spec, resources, types),
    };
    official::check(&api)?;
    Ok(api)
}

impl Types {
    /// Defines every type that an operation uses, directly or through another type.
    fn define(spec: &Spec, operations: &[Operation]) -> Result<Self> {
        let mut types = BTreeMap::new();
        for component in spec.components().iter().filter(|component| component.kind == "schemas") {
            let entry = &component.entry;
            if let Some(definition) = schema::define(spec, &entry.key, &entry.node)? {
                types.insert(entry.key.clone(), (component.group.clone(), definition));
            }
        }
        let mut types = Self(types);
        for op in operations {
            for name in inputs(op) {
                types.mark(&name, |definition| &mut definition.input);
            }
            for name in outputs(op) {
                types.mark(&name, |definition| &mut definition.output);
            }
            if op.response.kind == ResponseKind::Page {
                types.mark(PAGE_META, |definition| &mut definition.output);
            }
        }
        types.0.retain(|_, (_, definition)| definition.input || definition.output);
        types.drop_unseen_bases();
        types.mark_foreign_fields();
        types.mark_recursion();
        Ok(types)
    }

    /// Sets a flag on a type and on all types that it uses.
    fn mark(&mut self, name: &str, flag: impl Fn(&mut TypeDef) -> &mut bool + Copy) {
        let Some((_, definition)) = self.0.get_mut(name) else { return };
        if !std::mem::replace(flag(definition), true) {
            let names: Vec<String> = definition.names().into_iter().map(str::to_owned).collect();
            for name in names {
                self.mark(&name, flag);
            }
        }
    }

    /// Removes bases that no response contains, because the types that extend them have all of their fields.
    fn drop_unseen_bases(&mut self) {
        let received: BTreeSet<String> =
            self.0.values().filter(|(_, ty)| ty.output).map(|(_, ty)| ty.name.clone()).collect();
        for (_, definition) in self.0.values_mut() {
            definition.base.take_if(|base| !received.contains(base));
        }
    }

    fn mark_foreign_fields(&mut self) {
        let mut foreign: BTreeMap<String, (Option<String>, Vec<String>)> = BTreeMap::new();
        for (_, union) in self.0.values() {
            let Shape::Union { variants, tag } = &union.shape else { continue };
            let Some(default) = variants.iter().find(|variant| variant.default) else { continue };
            let own = self.field_names(&default.name);
            let others = variants.iter().flat_map(|variant| self.field_names(&variant.name));
            let found: BTreeSet<&str> = others.filter(|name| !own.contains(name)).collect();
            let names = found.into_iter().map(str::to_owned).collect();
            foreign.insert(default.name.clone(), (tag.clone(), names));
        }
        for (name, (tag, names)) in foreign {
            if let Some((_, definition)) = self.0.get_mut(&name) {
                definition.foreign = names;
                definition.foreign_tag = tag;
            }
        }
    }

    /// Returns the fields of an object type. Empty for other types.
    fn fields(&self, name: &str) -> &[Field] {
        match self.0.get(name).map(|(_, definition)| &definition.shape) {
            Some(Shape::Object { fields, .. }) => fields,
            _ => &[],
        }
    }

    fn field_names(&self, name: &str) -> Vec<&str> {
        self.fields(name).iter().map(|field| field.name.as_str()).collect()
    }

    fn mark_recursion(&mut self) {
        for name in self.0.keys().cloned().collect::<Vec<_>>() {
            let holds = |held: &String| self.holds(held, &name);
            let is_recursive =
                |field: &Field| field.ty.item.is_none() && field.ty.name.as_ref().is_some_and(holds);
            let marks: Vec<bool> = self.fields(&name).iter().map(is_recursive).collect();
            if let Some((_, TypeDef { shape: Shape::Object { fields, .. }, .. })) = self.0.get_mut(&name) {
                fields.iter_mut().zip(marks).for_each(|(field, is_recursive)| field.recursive = is_recursive);
            }
        }
    }

    /// Returns whether a value of the one type can hold one of the other without an array or map between.
    fn holds(&self, one: &str, other: &str) -> bool {
        let mut seen = BTreeSet::new();
        let mut open = vec![one];
        while let Some(name) = open.pop() {
            if name == other {
                return true;
            }
            if !seen.insert(name) {
                continue;
            }
            let Some((_, definition)) = self.0.get(name) else { continue };
            match &definition.shape {
                Shape::Object { fields, .. } => {
                    open.extend(fields.iter().filter_map(|field| field.ty.name.as_deref()));
                }
                Shape::Union { variants, .. } => {
                    open.extend(variants.iter().map(|variant| variant.name.as_str()));
                }
                Shape::Enum { .. } => {}
            }
        }
        false
    }

    /// Returns the variants of a union. Empty for other types.
    fn variants(&self, name: &str) -> &[Variant] {
        match self.0.get(name).map(|(_, definition)| &definition.shape) {
            Some(Shape::Union { variants, .. }) => variants,
            _ => &[],
        }
    }

    fn group_of(&self, name: &str) -> &str {
        self.0.get(name).map_or("", |(group, _)| group)
    }
}

/// Returns the types that the input of an operation names: the body, and enums of the query.
fn inputs(op: &Operation) -> BTreeSet<String> {
    let types = op.body.iter().map(|body| &body.ty).chain(op.query.iter().map(|field| &field.ty));
    types.flat_map(|ty| ty.names().map(str::to_owned)).collect()
}

/// Returns the types that the response of an operation names.
fn outputs(op: &Operation) -> BTreeSet<String> {
    let results =
        op.body.iter().flat_map(|body| body.variants.iter().flatten()).map(|variant| &variant.result);
    op.response.ty.iter().chain(results).flat_map(|ty| ty.names().map(str::to_owned)).collect()
}

/// Builds the resource tree from the dotted operation ids.
fn resources(spec: &Spec, operations: Vec<Operation>) -> Result<Vec<Resource>> {
    let mut tree: BTreeMap<Vec<String>, Resource> = BTreeMap::new();
    for op in operations {
        let path: Vec<String> = op.id.split('.').map(str::to_owned).collect();
        let path = &path[..path.len() - 1];
        for length in 1..=path.len() {
            let part = &path[..length];
            let tag = spec.tag(&part.join("."));
            let resource = tree.entry(part.to_vec()).or_insert_with(|| Resource {
                path: part.to_vec(),
                name: part[length - 1].clone(),
                class: part.iter().map(|part| part.to_upper_camel_case()).collect(),
                group: String::new(),
                doc: tag.map(|tag| tag.doc.clone()).unwrap_or_default(),
                children: Vec::new(),
                operations: Vec::new(),
                official: tag.map(|tag| tag.official.clone()).unwrap_or_default(),
            });
            // A resource without operations belongs to the group of the first resource below it.
            if resource.operations.is_empty() && (length == path.len() || resource.group.is_empty()) {
                resource.group.clone_from(&op.group);
            }
        }
        let resource = tree.get_mut(path).expect("the loop created it");
        if resource.group != op.group {
            bail!(
                "`{}` is in api/{}.yaml, but its resource in api/{}.yaml: move it there",
                op.id,
                op.group,
                resource.group
            );
        }
        resource.operations.push(op);
    }
    let mut resources: Vec<Resource> = tree.into_values().collect();
    resources
        .sort_by_key(|resource| spec.tag(&resource.path.join(".")).map_or(usize::MAX, |tag| tag.position));
    let below = |parent: &Resource| {
        let children = resources
            .iter()
            .filter(|other| other.path.split_last().is_some_and(|(_, up)| *up == parent.path));
        children.map(child).collect()
    };
    let children: Vec<Vec<Child>> = resources.iter().map(below).collect();
    for (resource, children) in resources.iter_mut().zip(children) {
        resource.children = children;
    }
    Ok(resources)
}

fn child(resource: &Resource) -> Child {
    Child { name: resource.name.clone(), class: resource.class.clone(), group: resource.group.clone() }
}

fn groups(spec: &Spec, mut resources: Vec<Resource>, mut types: Types) -> Vec<Group> {
    let mut groups = Vec::new();
    for source in &spec.groups {
        let (own, rest): (Vec<_>, Vec<_>) =
            resources.into_iter().partition(|resource| resource.group == source.name);
        resources = rest;
        groups.push(Group {
            name: source.name.clone(),
            source: source.source.clone(),
            doc: spec.group_tag(&source.name).map(|tag| tag.doc.clone()).unwrap_or_default(),
            type_uses: type_uses(&types, &source.name),
            resource_uses: resource_uses(&types, &own),
            resources: own,
            types: Vec::new(),
        });
    }
    for component in spec.components().iter().filter(|component| component.kind == "schemas") {
        if let Some((group, definition)) = types.0.remove(&component.entry.key) {
            let group =
                groups.iter_mut().find(|other| other.name == group).expect("every type belongs to a group");
            group.types.push(definition);
        }
    }
    groups
}

fn type_uses(types: &Types, group: &str) -> Vec<TypeUse> {
    let mut uses: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (_, definition) in types.0.values().filter(|(own, _)| own == group) {
        for name in definition.names() {
            if types.group_of(name) != group {
                uses.entry(types.group_of(name)).or_default().insert(name.to_owned());
            }
        }
    }
    uses.into_iter().map(|(group, names)| TypeUse { group: group.to_owned(), names }).collect()
}

fn resource_uses(types: &Types, resources: &[Resource]) -> Vec<ResourceUse> {
    let mut uses: BTreeMap<&str, (BTreeSet<String>, BTreeSet<String>)> = BTreeMap::new();
    for op in resources.iter().flat_map(|resource| &resource.operations) {
        let inputs = inputs(op);
        let variants =
            inputs.iter().flat_map(|name| types.variants(name)).map(|variant| variant.name.clone());
        for name in variants.chain(inputs.iter().cloned()) {
            uses.entry(types.group_of(&name)).or_default().0.insert(name);
        }
        for name in outputs(op) {
            uses.entry(types.group_of(&name)).or_default().1.insert(name);
        }
    }
    let owned =
        |(group, (inputs, outputs)): (&str, _)| ResourceUse { group: group.to_owned(), inputs, outputs };
    uses.into_iter().map(owned).collect()
}
