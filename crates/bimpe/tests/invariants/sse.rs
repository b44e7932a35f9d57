//! The decoder of server-sent events does what the standard says, however the bytes are cut.

use bimpe::fuzzing::{SseItem, decode};

/// Inputs that go beyond the decoder's bounds are not compared: the second parser has none.
const WITHIN_BOUNDS: usize = 1024;

/// The decoder agrees with the second parser on the whole input, and with itself however the input is cut.
pub(crate) fn agree(input: &[u8], cuts: &[usize]) {
    let input = &input[..input.len().min(WITHIN_BOUNDS)];
    let whole = decode([input]).expect("within bounds");
    assert_eq!(significant(whole.clone()), naive(input), "{:?}", String::from_utf8_lossy(input));

    let bytewise = decode(input.chunks(1)).expect("within bounds");
    assert_eq!(bytewise, whole, "bytewise: {:?}", String::from_utf8_lossy(input));

    let mut at: Vec<usize> = cuts.iter().map(|cut| cut % (input.len() + 1)).collect();
    at.extend([0, input.len()]);
    at.sort_unstable();
    let pieces = at.windows(2).map(|pair| &input[pair[0]..pair[1]]);
    assert_eq!(decode(pieces).expect("within bounds"), whole, "cut at {at:?}");
}

/// Signs of life are no matter of the standard.
fn significant(items: Vec<SseItem>) -> Vec<SseItem> {
    items.into_iter().filter(|item| *item != SseItem::Comment).collect()
}

/// The standard's own words, step by step, on the whole text at once.
fn naive(input: &[u8]) -> Vec<SseItem> {
    let lines = lines(input.strip_prefix(b"\xef\xbb\xbf").unwrap_or(input));
    let mut items = Vec::new();
    let (mut data, mut event_type, mut id) = (Vec::<String>::new(), String::new(), None);
    for line in lines {
        if line.is_empty() {
            match (data.is_empty(), id.take()) {
                (true, None) => {}
                (true, Some(id)) => items.push(SseItem::Id(id)),
                (false, id) => {
                    let event_type =
                        if event_type.is_empty() { "message".to_owned() } else { event_type.clone() };
                    items.push(SseItem::Event { event_type, data: data.join("\n"), id });
                }
            }
            data.clear();
            event_type.clear();
            continue;
        }
        // A line that begins with a colon has an empty name, which no field has.
        let (name, value) = line.split_once(':').unwrap_or((&line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match name {
            "event" => value.clone_into(&mut event_type),
            "data" => data.push(value.to_owned()),
            "id" if !value.contains('\0') => id = Some(value.to_owned()),
            "retry" if !value.is_empty() && value.chars().all(|digit| digit.is_ascii_digit()) => {
                items.push(SseItem::Retry(value.parse().unwrap_or(u64::MAX)));
            }
            _ => {}
        }
    }
    items
}

/// The complete lines; what comes after the last end of a line is not one.
fn lines(input: &[u8]) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = Vec::new();
    let mut bytes = input.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\r' | b'\n' => {
                if byte == b'\r' {
                    bytes.next_if_eq(&b'\n');
                }
                lines.push(String::from_utf8_lossy(&line).into_owned());
                line.clear();
            }
            other => line.push(other),
        }
    }
    lines
}
