//! How secrets that nobody marked are told: by the name that they stand under, or by their form.

use std::sync::LazyLock;

use regex::Regex;

/// Names under which people keep what must not be shown.
pub fn is_name(name: &str) -> bool {
    static NAME: LazyLock<Regex> = LazyLock::new(|| {
        let pattern = "(?ix) passwo?r?d | pwd$ | secret | token | credential | connectionstring | unattendcontent | (account | shared
            | private | access | storage | primary | secondary | master | admin | host | api | function | encryption) [_-]?key $";
        Regex::new(pattern).expect("a constant that the tests compile")
    });
    NAME.is_match(name.trim_end_matches(|c: char| c.is_ascii_digit())) && !is_about_one(name)
}

/// Names of what tells which secret is meant, or how it is kept, and not the secret.
pub fn is_about_one(name: &str) -> bool {
    let name = name.to_lowercase();
    ["id", "identity", "kind", "mode", "name", "path", "type", "uri"].iter().any(|end| name.ends_with(end))
}

/// Names of properties in which anything may stand, scripts with passwords too.
pub fn is_opaque(name: &str) -> bool {
    ["protectedSettings", "customData", "userData"].iter().any(|opaque| name.eq_ignore_ascii_case(opaque))
}

/// Texts that carry a key or a signature (a SAS URL, a connection string, a key in PEM), and scripts, which often do.
pub fn is_text(text: &str) -> bool {
    static TEXT: LazyLock<Regex> = LazyLock::new(|| {
        let pattern = "(?i)[?&;](sig|code=|sv=)|(accountkey|sharedaccesskey|sharedaccesssignature|password|pwd)\\s*=|BEGIN [A-Z ]*PRIVATE KEY|^\\s*(#cloud-config|#!/|content-type:\\s*multipart)";
        Regex::new(pattern).expect("a constant that the tests compile")
    });
    TEXT.is_match(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for name in ["adminPassword", "storageKey", "client_secret", "sasToken2", "connectionString", "apiKey"] {
            assert!(is_name(name), "{name}");
        }
        for name in ["keyVaultName", "secretName", "passwordId", "secretUri", "sshPublicKey", "aadOrApiKeyMode", "size"]
        {
            assert!(!is_name(name), "{name}");
        }
    }

    #[test]
    fn texts() {
        for text in [
            "https://a.example/c?sv=1&sig=x",
            "Server=a;Password = b",
            "DefaultEndpointsProtocol=https;AccountKey=x",
            "-----BEGIN RSA PRIVATE KEY-----",
            "#cloud-config\nchpasswd: {list: 'root:x'}",
        ] {
            assert!(is_text(text), "{text}");
        }
        assert!(!is_text("https://a.example/c?version=1") && !is_text("westeurope"));
    }
}
