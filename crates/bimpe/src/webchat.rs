//! Users of web chat, who must be UUIDs.

use uuid::Uuid;

/// Must never change: users would lose their conversations.
const NAMESPACE: Uuid = Uuid::from_u128(0x7f4b_1c52_93d0_4e8a_b6a1_0d5e_2c98_f713);

/// A UUID for the `channel_user_id` of web chat, always the same for the same text, such as an id of your application.
///
/// ```
/// assert_eq!(bimpe::webchat_user_id("customer 17"), bimpe::webchat_user_id("customer 17"));
/// assert_ne!(bimpe::webchat_user_id("customer 17"), bimpe::webchat_user_id("customer 18"));
/// ```
pub fn webchat_user_id(text: &str) -> String {
    Uuid::new_v5(&NAMESPACE, text.as_bytes()).to_string()
}

#[cfg(test)]
mod tests {
    use super::webchat_user_id;

    #[test]
    fn the_same_text_is_the_same_user_for_ever() {
        assert_eq!(webchat_user_id("customer 17"), "cf45f6d9-841a-56db-bc96-7804b0bc49ea");
        assert_eq!(webchat_user_id("Adé"), "ed02a78c-9b0a-5d2d-9059-5c04ccdbaec2");
    }
}
