//! Converts names between naming conventions and escapes keywords.

/// Splits `CustomApi`, `custom-api` or `customApi` into `["custom", "api"]`.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut start = true;
    let characters: Vec<char> = name.chars().collect();
    for (index, character) in characters.iter().enumerate() {
        if !character.is_alphanumeric() {
            start = true;
            continue;
        }
        let before = index.checked_sub(1).map(|before| characters[before]);
        let after = characters.get(index + 1);
        // A new word starts at `B` in `knowledgeBase`, and at `S` in `APIServer`.
        let starts_word = character.is_uppercase()
            && before.is_some_and(|before| {
                !before.is_uppercase() || after.is_some_and(|after| after.is_lowercase())
            });
        if start || starts_word {
            words.push(String::new());
            start = false;
        }
        words.last_mut().expect("the first character starts a word").extend(character.to_lowercase());
    }
    words
}

fn capital(word: &str) -> String {
    let mut characters = word.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}

/// `custom_api`
pub(crate) fn snake(name: &str) -> String {
    words(name).join("_")
}

/// `CUSTOM_API`
pub(crate) fn constant(name: &str) -> String {
    snake(name).to_uppercase()
}

/// `CustomApi`
pub(crate) fn pascal(name: &str) -> String {
    words(name).iter().map(|word| capital(word)).collect()
}

/// `customApi`
pub(crate) fn camel(name: &str) -> String {
    let words = words(name);
    words.iter().take(1).cloned().chain(words.iter().skip(1).map(|word| capital(word))).collect()
}

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
    fn conversions_accept_every_convention() {
        for name in ["custom_api", "customApi", "CustomApi", "custom-api"] {
            assert_eq!(snake(name), "custom_api");
            assert_eq!(camel(name), "customApi");
            assert_eq!(pascal(name), "CustomApi");
            assert_eq!(constant(name), "CUSTOM_API");
        }
        assert_eq!(snake("youtubeUrl"), "youtube_url");
        assert_eq!(snake("APIServer"), "api_server");
        assert_eq!(snake("e164"), "e164");
    }

    #[test]
    fn keywords_are_escaped() {
        assert_eq!(rust("type"), "r#type");
        assert_eq!(rust("name"), "name");
        assert_eq!(python("from"), "from_");
        assert_eq!(rust_method("clone", "workflows"), "clone_workflow");
        assert_eq!(rust_method("list", "workflows"), "list");
    }
}
