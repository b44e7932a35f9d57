//! Finds the end of the plain part of a text.

const ONES: u64 = u64::from_ne_bytes([1; 8]);
const TOPS: u64 = ONES << 7;

/// The place from `at` on of a quote, a backslash, a control character or the end.
#[inline]
pub(super) fn find_special_byte(text: &[u8], mut at: usize) -> usize {
    let (words, rest) = text.get(at..).unwrap_or_default().as_chunks::<8>();
    let (pairs, last) = words.as_chunks::<2>();
    for [first, second] in pairs {
        let (first, second) = (specials(*first), specials(*second));
        if first | second != 0 {
            let (word, skipped) = if first == 0 { (second, 8) } else { (first, 0) };
            return at + skipped + word.trailing_zeros() as usize / 8;
        }
        at += 16;
    }
    let is_plain = |byte: &&u8| !matches!(**byte, b'"' | b'\\' | 0..b' ');
    at + last.as_flattened().iter().chain(rest).take_while(is_plain).count()
}

/// Sets the top bit of the first quote, backslash or control character among eight bytes, and of none before it.
#[inline]
fn specials(bytes: [u8; 8]) -> u64 {
    let word = u64::from_le_bytes(bytes);
    // With this bit turned, the quote and the control characters are all that lies below 0x21.
    let quote_or_control = (word ^ (ONES * 2)).wrapping_sub(ONES * 0x21);
    let backslash = (word ^ (ONES * u64::from(b'\\'))).wrapping_sub(ONES);
    (quote_or_control | backslash) & !word & TOPS
}

/// Returns whether the texts are equal. They are short, so that the system's function would take longer.
#[inline]
pub fn bytes_eq(one: &[u8], other: &[u8]) -> bool {
    if one.len() != other.len() {
        return false;
    }
    // The last word may overlap the one before it.
    match (one.last_chunk::<8>(), other.last_chunk::<8>()) {
        (Some(last), Some(other_last)) => {
            let (words, others) = (one.as_chunks::<8>().0, other.as_chunks::<8>().0);
            words.iter().zip(others).all(|(word, other)| word == other) && last == other_last
        }
        _ => one.iter().zip(other).all(|(one, other)| one == other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_compared_to_the_last_byte() {
        for length in 0..40 {
            let text = vec![b'a'; length];
            assert!(bytes_eq(&text, &text.clone()));
            assert!(!bytes_eq(&text, &vec![b'a'; length + 1]));
            for place in 0..length {
                let mut other = text.clone();
                other[place] = b'b';
                assert!(!bytes_eq(&text, &other), "{place} of {length}");
            }
        }
    }

    #[test]
    fn ends_of_texts_are_found_at_every_place() {
        for length in 0..40 {
            for end in [b'"', b'\\', 0, b'\n', 0x1f] {
                let mut text = vec![b'\xc3'; length];
                assert_eq!(find_special_byte(&text, 0), length);
                text.push(end);
                text.extend([b'!'; 9]);
                assert_eq!(find_special_byte(&text, 0), length);
            }
        }
    }
}
