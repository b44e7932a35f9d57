//! Which proxy requests take: the one that the caller sets, or the one that the environment names.

use url::Url;

use crate::error::Error;

const SCHEMES: [&str; 6] = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"];

/// The address of a proxy, and the hosts that are reached without it. Never shown: the address may hold a password.
#[derive(PartialEq, Eq)]
pub(crate) struct Proxy {
    address: String,
    /// In the form of `NO_PROXY` that reqwest reads.
    bypass: String,
}

impl Proxy {
    /// The proxy of the caller, for all hosts.
    pub(crate) fn given(address: &str) -> Result<Self, Error> {
        if !is_usable(address) {
            return Err(Error::user(
                "the proxy must be an address such as http://host:port, https://host:port or socks5h://host:port",
            ));
        }
        Ok(Self { address: address.to_owned(), bypass: String::new() })
    }

    /// The proxy that the environment names for `https://` requests to this port.
    pub(crate) fn from_env(env: &dyn Fn(&str) -> Option<String>, port: u16) -> Result<Option<Self>, Error> {
        let value = |name: &&'static str| {
            let value = env(name)?.trim().to_owned();
            (!value.is_empty()).then_some((*name, value))
        };
        let variables = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
        let Some((name, mut address)) = variables.iter().find_map(value) else { return Ok(None) };
        if !address.contains("://") {
            address.insert_str(0, "http://");
        }
        if !is_usable(&address) {
            return Err(Error::user(format!(
                "the variable {name} holds no usable proxy address; set it to one such as http://host:port, unset it, \
                 or set the proxy option"
            )));
        }
        let bypass = ["NO_PROXY", "no_proxy"].iter().find_map(value);
        let bypass = bypass.map(|(_, hosts)| without_ports(&hosts, port)).unwrap_or_default();
        Ok(Some(Self { address, bypass }))
    }

    pub(crate) fn build(&self) -> Result<reqwest::Proxy, reqwest::Error> {
        Ok(reqwest::Proxy::all(&self.address)?.no_proxy(reqwest::NoProxy::from_string(&self.bypass)))
    }
}

fn is_usable(address: &str) -> bool {
    let url = Url::parse(address).ok().filter(|url| SCHEMES.contains(&url.scheme()));
    url.is_some_and(|url| url.has_host()) && reqwest::Proxy::all(address).is_ok()
}

/// Translates the forms of `NO_PROXY` that reqwest does not read: `*.name`, and hosts with a port.
fn without_ports(hosts: &str, port: u16) -> String {
    let entries = hosts.split([',', ' ']).filter_map(|entry| {
        let entry = entry.trim();
        let entry = entry.strip_prefix('*').filter(|rest| rest.starts_with('.')).unwrap_or(entry);
        let (host, only) = match entry.rsplit_once(':') {
            // More colons without brackets are an IPv6 address.
            Some((host, only)) if !host.contains(':') || host.ends_with(']') => (host, Some(only)),
            _ => (entry, None),
        };
        let applies = only.is_none_or(|only| only.parse() == Ok(port));
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        (applies && !host.is_empty()).then_some(host)
    });
    entries.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(variables: &[(&str, &str)]) -> Result<Option<Proxy>, Error> {
        let find = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        Proxy::from_env(&find, 443)
    }

    #[test]
    fn the_environment_names_a_proxy_in_every_common_form() {
        for (value, address) in [
            ("http://proxy:3128", "http://proxy:3128"),
            (" http://proxy:3128 ", "http://proxy:3128"),
            ("proxy:3128", "http://proxy:3128"),
            ("socks5h://user:secret@proxy:1080", "socks5h://user:secret@proxy:1080"),
        ] {
            let proxy = from(&[("https_proxy", value)]).expect("usable").expect("a proxy");
            assert_eq!(proxy.address, address);
        }
        assert!(from(&[("HTTPS_PROXY", " "), ("HTTP_PROXY", "http://plain:1")]).expect("usable").is_none());
        let proxy = from(&[("HTTPS_PROXY", ""), ("ALL_PROXY", "all:1")]).expect("usable").expect("a proxy");
        assert_eq!(proxy.address, "http://all:1");
    }

    #[test]
    fn an_unusable_variable_is_named_without_its_value() {
        for value in ["ftp://secret", "http://", "::secret"] {
            let error = from(&[("ALL_PROXY", value)]).err().expect("refused");
            assert!(
                error.message().contains("ALL_PROXY") && !error.to_string().contains("secret"),
                "{error}"
            );
        }
    }

    #[test]
    fn hosts_without_a_proxy_are_read_in_every_common_form() {
        for (hosts, translated) in [
            ("*.example.com, .internal", ".example.com,.internal"),
            ("api.example.com:443,other.example.com:8443", "api.example.com"),
            ("[::1]:443 [fd00::1] fd00::2 10.0.0.0/8", "::1,fd00::1,fd00::2,10.0.0.0/8"),
            ("*", "*"),
        ] {
            assert_eq!(without_ports(hosts, 443), translated, "{hosts}");
        }
    }
}
