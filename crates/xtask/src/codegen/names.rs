//! Escapes keywords in names.

/// Escapes Rust keywords.
pub(crate) fn rust(name: &str) -> String {
    const KEYWORDS: &[&str] = &[
        "as", "async", "await", "break", "const", "continue", "dyn", "else", "enum", "extern", "fn", "for",
        "gen", "if", "impl", "in", "let", "loop", "match", "mod", "move", "mut", "pub", "ref", "return",
        "static", "struct", "trait", "try", "type", "unsafe", "use", "where", "while", "yield",
    ];
    if KEYWORDS.contains(&name) { format!("r#{name}") } else { name.to_owned() }
}

/// Returns the name of a method of a Rust resource. Renames `clone`, because every resource implements `Clone`.
pub(crate) fn rust_method(name: &str, resource: &str) -> String {
    if name == "clone" { format!("clone_{}", resource.trim_end_matches('s')) } else { rust(name) }
}

/// Escapes Python keywords.
pub(crate) fn python(name: &str) -> String {
    const KEYWORDS: &[&str] = &[
        "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del", "elif", "else",
        "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal",
        "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
    ];
    if KEYWORDS.contains(&name) { format!("{name}_") } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_are_escaped() {
        assert_eq!(rust("type"), "r#type");
        assert_eq!(rust("name"), "name");
        assert_eq!(python("from"), "from_");
        assert_eq!(rust_method("clone", "workflows"), "clone_workflow");
        assert_eq!(rust_method("list", "workflows"), "list");
    }
}
