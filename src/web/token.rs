//! The signed token in the session cookie (JWT, HS256 and nothing else) and the token in every form.
//!
//! The token names a session by a random secret; the session's row decides. Signing adds that nobody can
//! even ask the database about a secret this program did not give out.

use std::sync::Once;

use chrono::NaiveDateTime;
use hmac::{Hmac, KeyInit, Mac};
use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{Error, ErrorKind};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use signature::{Signer, Verifier};
use subtle::ConstantTimeEq;

const ISSUER: &str = "espalier";
const AUDIENCE: &str = "espalier-web";
const KIND: &str = "espalier-session+jwt";

/// HMAC with SHA-256 over a key, for both directions.
struct Hs256(Hmac<Sha256>);

impl Hs256 {
    fn new(key: &[u8]) -> Result<Hs256, Error> {
        Hmac::new_from_slice(key)
            .map(Hs256)
            .map_err(|_| ErrorKind::InvalidKeyFormat.into())
    }
}

impl Signer<Vec<u8>> for Hs256 {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, signature::Error> {
        Ok(self
            .0
            .clone()
            .chain_update(message)
            .finalize()
            .into_bytes()
            .to_vec())
    }
}

impl Verifier<Vec<u8>> for Hs256 {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), signature::Error> {
        self.0
            .clone()
            .chain_update(message)
            .verify_slice(signature)
            .map_err(|_| signature::Error::new())
    }
}

impl JwtSigner for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

impl JwtVerifier for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

/// The only cryptography the JWT library is given: no RSA, no curves, so nothing to be confused with.
static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: |algorithm, key| match algorithm {
        Algorithm::HS256 => Ok(Box::new(Hs256::new(key.as_bytes())?)),
        _ => Err(ErrorKind::InvalidAlgorithm.into()),
    },
    verifier_factory: |algorithm, key| match algorithm {
        Algorithm::HS256 => Ok(Box::new(Hs256::new(key.try_get_as_bytes()?)?)),
        _ => Err(ErrorKind::InvalidAlgorithm.into()),
    },
    key_utils: KeyUtils::new_unimplemented(),
};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    iss: String,
    aud: String,
    /// Number of the account.
    sub: String,
    /// The session's secret.
    sid: String,
    iat: i64,
    nbf: i64,
    exp: i64,
}

/// The keys of this installation.
pub struct Tokens {
    secret: Vec<u8>,
    encoding: EncodingKey,
    decoding: DecodingKey,
}

impl Tokens {
    /// Keys from the stored secret.
    #[must_use]
    pub fn new(secret: &str) -> Tokens {
        static INSTALLED: Once = Once::new();
        // Somebody else's provider in its place would be just as good: the algorithm is checked below.
        INSTALLED.call_once(|| _ = PROVIDER.install_default());
        Tokens {
            secret: secret.as_bytes().to_vec(),
            encoding: EncodingKey::from_secret(secret.as_bytes()),
            decoding: DecodingKey::from_secret(secret.as_bytes()),
        }
    }

    /// The token of a session.
    ///
    /// # Errors
    /// When the library cannot sign: a fault of the program.
    pub fn sign(
        &self,
        account_id: i64,
        session: &str,
        now: NaiveDateTime,
        expires: NaiveDateTime,
    ) -> crate::error::Result<String> {
        let claims = Claims {
            iss: ISSUER.to_string(),
            aud: AUDIENCE.to_string(),
            sub: account_id.to_string(),
            sid: session.to_string(),
            iat: now.and_utc().timestamp(),
            nbf: now.and_utc().timestamp(),
            exp: expires.and_utc().timestamp(),
        };
        let header = Header {
            typ: Some(KIND.to_string()),
            ..Header::new(Algorithm::HS256)
        };
        encode(&header, &claims, &self.encoding)
            .map_err(|e| crate::error::Error::Internal(Box::new(e)))
    }

    /// The session's secret, if the token is one of ours and its time has come and not passed.
    #[must_use]
    pub fn session(&self, token: &str, now: NaiveDateTime) -> Option<String> {
        let mut rules = Validation::new(Algorithm::HS256);
        rules.set_issuer(&[ISSUER]);
        rules.set_audience(&[AUDIENCE]);
        rules.set_required_spec_claims(&["exp", "nbf", "iss", "aud", "sub"]);
        // Times are held against the program's own clock.
        rules.validate_exp = false;
        rules.validate_nbf = false;
        let read = decode::<Claims>(token, &self.decoding, &rules).ok()?;
        let now = now.and_utc().timestamp();
        let fits = read.header.typ.as_deref() == Some(KIND)
            && read.claims.nbf <= now
            && now < read.claims.exp;
        fits.then_some(read.claims.sid)
    }

    /// The token that every form of a session carries.
    #[must_use]
    pub fn form_token(&self, session_id: i64) -> String {
        let Ok(mac) = Hmac::<Sha256>::new_from_slice(&self.secret) else {
            return String::new();
        };
        let code = mac
            .chain_update(b"form ")
            .chain_update(session_id.to_be_bytes())
            .finalize()
            .into_bytes();
        code[..16].iter().map(|b| format!("{b:02x}")).collect()
    }

    /// What only this installation can make of a text, for a purpose: 256 bits in hexadecimal; empty where there is no
    /// key.
    #[must_use]
    pub fn seal(&self, purpose: &str, text: &str) -> String {
        let Ok(mac) = Hmac::<Sha256>::new_from_slice(&self.secret) else {
            return String::new();
        };
        let code = mac
            .chain_update(purpose.as_bytes())
            .chain_update([0])
            .chain_update(text.as_bytes())
            .finalize()
            .into_bytes();
        code.iter().map(|b| format!("{b:02x}")).collect()
    }

    /// Whether a seal is the one of a text; takes the same time for every wrong one.
    #[must_use]
    pub fn fits_seal(&self, purpose: &str, text: &str, given: &str) -> bool {
        let expected = self.seal(purpose, text);
        !expected.is_empty() && bool::from(expected.as_bytes().ct_eq(given.as_bytes()))
    }

    /// Whether a form's token belongs to the session; takes the same time for every wrong one.
    #[must_use]
    pub fn fits_form(&self, session_id: i64, given: &str) -> bool {
        let expected = self.form_token(session_id);
        !expected.is_empty() && bool::from(expected.as_bytes().ct_eq(given.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{DateTime, Duration};

    fn now() -> NaiveDateTime {
        DateTime::from_timestamp(1_790_000_000, 0)
            .unwrap()
            .naive_utc()
    }

    fn tokens() -> Tokens {
        Tokens::new("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")
    }

    #[test]
    fn a_token_is_read_back_until_it_expires() {
        let (tokens, end) = (tokens(), now() + Duration::hours(12));
        let token = tokens.sign(7, "secret", now(), end).unwrap();
        assert_eq!(tokens.session(&token, now()).as_deref(), Some("secret"));
        assert_eq!(tokens.session(&token, end), None);
        assert_eq!(tokens.session(&token, now() - Duration::seconds(1)), None);
    }

    #[test]
    fn a_token_with_any_bit_changed_is_nobodys() {
        let tokens = tokens();
        let token = tokens
            .sign(7, "secret", now(), now() + Duration::hours(1))
            .unwrap();
        for at in 0..token.len() {
            let mut bytes = token.clone().into_bytes();
            bytes[at] ^= 1;
            let Ok(changed) = String::from_utf8(bytes) else {
                continue;
            };
            // The last sign of a part may hold bits that say nothing; then the token is the same.
            if let Some(session) = tokens.session(&changed, now()) {
                assert_eq!(session, "secret");
                let last = changed.split('.').scan(0, |end, part| {
                    *end += part.len() + 1;
                    Some(*end - 2)
                });
                assert!(last.into_iter().any(|end| end == at), "position {at}");
            }
        }
    }

    #[test]
    fn other_algorithms_other_keys_and_other_kinds_are_refused() {
        let tokens = tokens();
        let other =
            Tokens::new("another secret of sixty-four signs, or nearly so, but not the same");
        let token = other
            .sign(7, "secret", now(), now() + Duration::hours(1))
            .unwrap();
        assert_eq!(tokens.session(&token, now()), None);
        // {"alg":"none"} and {"alg":"HS512"} over the claims of a real token.
        let real = tokens
            .sign(7, "secret", now(), now() + Duration::hours(1))
            .unwrap();
        let claims = real.split('.').nth(1).unwrap();
        for head in ["eyJhbGciOiJub25lIn0", "eyJhbGciOiJIUzUxMiJ9"] {
            assert_eq!(tokens.session(&format!("{head}.{claims}."), now()), None);
        }
        let plain = encode(
            &Header::new(Algorithm::HS256),
            &Claims {
                iss: ISSUER.into(),
                aud: AUDIENCE.into(),
                sub: "7".into(),
                sid: "secret".into(),
                iat: 0,
                nbf: 0,
                exp: i64::MAX,
            },
            &tokens.encoding,
        )
        .unwrap();
        assert_eq!(tokens.session(&plain, now()), None);
    }

    #[test]
    fn the_signature_is_that_of_rfc_7515() {
        // Appendix A.1 of RFC 7515.
        let key: [u8; 64] = [
            3, 35, 53, 75, 43, 15, 165, 188, 131, 126, 6, 101, 119, 123, 166, 143, 90, 179, 40,
            230, 240, 84, 201, 40, 169, 15, 132, 178, 210, 80, 46, 191, 211, 251, 90, 146, 210, 6,
            71, 239, 150, 138, 180, 195, 119, 98, 61, 34, 61, 46, 33, 114, 5, 46, 79, 8, 192, 205,
            154, 245, 103, 208, 128, 163,
        ];
        let message = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
        let signed = Hs256::new(&key)
            .unwrap()
            .try_sign(message.as_bytes())
            .unwrap();
        assert_eq!(signed[..8], [116, 24, 223, 180, 151, 153, 224, 37]);
        assert!(
            Hs256::new(&key)
                .unwrap()
                .verify(message.as_bytes(), &signed)
                .is_ok()
        );
    }

    #[test]
    fn a_seal_belongs_to_one_purpose_and_one_text() {
        let tokens = tokens();
        let seal = tokens.seal("link", "a");
        assert_eq!(seal.len(), 64);
        assert!(tokens.fits_seal("link", "a", &seal));
        for (purpose, text, given) in [
            ("link", "b", seal.as_str()),
            ("file", "a", &seal),
            ("link", "a", ""),
            ("link", "a", &seal[..63]),
        ] {
            assert!(!tokens.fits_seal(purpose, text, given));
        }
        assert_ne!(tokens.seal("a", "bc"), tokens.seal("ab", "c"));
    }

    #[test]
    fn a_form_token_belongs_to_one_session() {
        let tokens = tokens();
        let token = tokens.form_token(7);
        assert!(tokens.fits_form(7, &token));
        assert!(!tokens.fits_form(8, &token) && !tokens.fits_form(7, ""));
    }
}
