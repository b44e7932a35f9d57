//! Base URLs and API keys of any text.

use bimpe::ErrorKind;
use bimpe::engine::OperationRequest;
use bimpe::testing::reply;
use proptest::prelude::*;

use crate::cases::try_all;
use crate::invariants::wire::Wire;

const SECRET: &str = "canary";
const PREFIX: &str = "/api/v1/console";

fn a_base_url() -> impl Strategy<Value = String> {
    let scheme = prop::sample::select(
        &["https://", "http://", "HTTPS://", "ftp://", "//", "", "https:", "file:///"][..],
    );
    let user = prop::sample::select(&["", "", "", "canary@", "a:canary@", ":@"][..]);
    let host = prop_oneof![
        prop::sample::select(
            &[
                "api.bimpe.ai",
                "localhost",
                "127.0.0.1",
                "127.1",
                "2130706433",
                "[::1]",
                "[::ffff:127.0.0.1]",
                "10.0.0.1",
                "localhost.evil.test",
                "127.0.0.1.evil.test",
                "LOCALHOST",
                "localhost.",
                "0",
                "evil.test",
                "",
                "a b",
                "é.test",
            ][..]
        )
        .prop_map(str::to_owned),
        "[a-z.]{1,12}",
    ];
    let port = prop::sample::select(&["", "", ":443", ":80", ":4010", ":0", ":99999", ":x"][..]);
    let piece = prop::sample::select(
        &[
            "/",
            "//",
            "/api/v1/console",
            "/API/V1/Console",
            "/x",
            "/..",
            "/.",
            "/%2e%2e",
            "/a b",
            "/é",
            "/\\",
            "/;",
            "\t",
        ][..],
    );
    let path = prop::collection::vec(piece, 0..4).prop_map(|parts| parts.concat());
    let rest = prop::sample::select(&["", "", "", "", "?canary=1", "#canary", "?", "#"][..]);
    let whole = (scheme, user, host, port, path, rest)
        .prop_map(|(scheme, user, host, port, path, rest)| format!("{scheme}{user}{host}{port}{path}{rest}"));
    prop_oneof![9 => whole, 1 => any::<String>()]
}

#[test]
fn a_base_url_is_refused_or_all_requests_go_below_it() {
    try_all(20, "A base URL of any text", 200_000, &(a_base_url(), any::<bool>()), |(text, insecure)| {
        let built = Wire::try_new(|builder| builder.base_url(text.clone()).allow_insecure_http(insecure));
        let wire = match built {
            Ok(wire) => wire,
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::User, "{text:?}");
                assert!(!format!("{error} {error:?} {}", error.to_json()).contains(SECRET), "{error}");
                return;
            }
        };
        let mut call = OperationRequest::new("agents.retrieve").expect("it exists");
        call.path.push("cm1".to_owned());
        let (_, sent) = wire.run(call, [reply(200, r#"{"data":{}}"#)]);
        let url = sent.first().expect("it was sent").uri.to_string();
        let url = url::Url::parse(&url).expect("an address");
        assert!(url.username().is_empty() && url.password().is_none(), "{url}");
        assert!(url.query().is_none() && url.fragment().is_none(), "{url}");
        assert!(url.path().ends_with("/api/v1/console/agents/cm1"), "{url}");
        assert_eq!(url.as_str(), format!("{}/agents/cm1", wire.client.base_url()), "{text:?}");
        let host = url.host_str().expect("it has one");
        let local = matches!(host, "localhost" | "[::1]")
            || host.starts_with("127.") && host.parse::<std::net::Ipv4Addr>().is_ok();
        assert!(url.scheme() == "https" || url.scheme() == "http" && (local || insecure), "{url}");
        // The result is a base URL, too, and equals itself after another parse.
        let again =
            Wire::try_new(|builder| builder.base_url(wire.client.base_url()).allow_insecure_http(insecure));
        assert_eq!(again.expect("it was accepted").client.base_url(), wire.client.base_url());
        // The prefix is added where it is missing, and only there.
        let twice = PREFIX.repeat(2);
        let base = url.path().strip_suffix("/agents/cm1").expect("seen above");
        let given = url::Url::parse(text.trim()).map(|given| given.path().to_owned()).unwrap_or_default();
        assert!(!base.ends_with(&twice) || given.contains(&twice), "{url}");
    });
}

#[test]
fn an_api_key_is_sent_as_it_is_or_refused_without_being_shown() {
    let unusual =
        prop_oneof![any::<String>(), "[ -~]{0,40}", "[!-~]{0,600}", "[\\x00-\\x20\\x7f-\\xff]{0,3}"];
    let inputs = (unusual, any::<bool>());
    try_all(8, "An API key of any text", 200_000, &inputs, |(text, first)| {
        let key = if first { format!("sk_{SECRET}{text}") } else { format!("{text}sk_{SECRET}") };
        let wire = match Wire::try_new(|builder| builder.api_key(key.clone())) {
            Ok(wire) => wire,
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::User);
                assert!(!format!("{error} {error:?} {}", error.to_json()).contains(SECRET), "{error}");
                return;
            }
        };
        assert!(!format!("{:?}", wire.client).contains(SECRET));
        let (_, sent) = wire.run(
            OperationRequest::new("GET /agents").expect("a custom call"),
            [reply(200, r#"{"data":{}}"#)],
        );
        let header = &sent.first().expect("it was sent").headers["authorization"];
        assert_eq!(header, &format!("Bearer {key}"));
        assert!(header.is_sensitive() && !format!("{:?}", sent[0]).contains(SECRET));
    });
}
