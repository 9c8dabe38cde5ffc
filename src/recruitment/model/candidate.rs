//! Who a candidate is: particulars, and the keys by which one person is found again. Pure.

use crate::people::model::sort_key;

/// What somebody says of themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    pub name: String,
    /// In Latin letters; empty where it is not given.
    pub name_en: String,
    pub email: Option<String>,
    pub phone: Option<String>,
    /// The language they are written to in: `zh-CN` or `en`.
    pub locale: String,
}

impl Person {
    /// What the e-mail address is found by.
    #[must_use]
    pub fn email_key(&self) -> Option<String> {
        self.email.as_deref().and_then(email_key)
    }

    /// What the telephone number is found by.
    #[must_use]
    pub fn phone_key(&self) -> Option<String> {
        self.phone.as_deref().and_then(phone_key)
    }

    /// What the name is sorted by.
    #[must_use]
    pub fn sort_key(&self) -> String {
        sort_key(&self.name)
    }
}

/// Letters, digits and signs of full width as those of half width: both are typed.
fn narrow(text: &str) -> String {
    let narrow = |c: char| match c {
        '\u{3000}' => ' ',
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        _ => c,
    };
    text.chars().map(narrow).collect()
}

/// An e-mail address as it is compared: lower case, without spaces. None of what is no address.
#[must_use]
pub fn email_key(email: &str) -> Option<String> {
    let key: String = narrow(email)
        .chars()
        .filter(|c| !c.is_whitespace())
        .flat_map(char::to_lowercase)
        .collect();
    let (local, domain) = key.rsplit_once('@')?;
    (!local.is_empty() && !domain.is_empty()).then_some(key)
}

/// A telephone number shorter than this says nothing about whose it is.
const FEWEST_DIGITS: usize = 5;

/// A telephone number as it is compared: the digits, without the code of China and the zero of a long distance
/// call; other countries keep their code behind a plus. None of what is too short.
#[must_use]
pub fn phone_key(phone: &str) -> Option<String> {
    let number = narrow(phone);
    // What follows is an extension.
    let number = number
        .split(['x', 'X', '#', ';', ',', '转', '分'])
        .next()
        .unwrap_or_default();
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let plus = number.trim_start().starts_with(['+', '(']) && number.contains('+');
    let abroad = plus || digits.starts_with("00");
    let digits = digits.trim_start_matches('0');
    let national = match digits.strip_prefix("86") {
        Some(rest) if abroad => Some(rest.trim_start_matches('0')),
        _ if abroad => None,
        _ => Some(digits),
    };
    let key = match national {
        Some(number) => match number.strip_prefix("86") {
            Some(mobile) if mobile.len() == 11 && mobile.starts_with('1') => mobile.to_string(),
            _ => number.to_string(),
        },
        None => format!("+{digits}"),
    };
    (key.len() >= FEWEST_DIGITS).then_some(key)
}

/// How a number of this key is commonly written: what a list that keeps no keys is asked for.
#[must_use]
pub fn spellings(phone_key: &str) -> Vec<String> {
    let mut all = vec![phone_key.to_string()];
    if phone_key.starts_with('+') {
        all.push(phone_key.replacen('+', "00", 1));
        return all;
    }
    for start in ["0", "+86", "+86 ", "+86-", "86", "0086"] {
        all.push(format!("{start}{phone_key}"));
    }
    if let (11, true) = (phone_key.len(), phone_key.is_ascii()) {
        let (a, b, c) = (&phone_key[..3], &phone_key[3..7], &phone_key[7..]);
        for between in [" ", "-"] {
            let grouped = [a, b, c].join(between);
            all.push(format!("+86 {grouped}"));
            all.push(grouped);
        }
    }
    all
}

/// The code of a candidate.
#[must_use]
pub fn code(number: i64) -> String {
    format!("C-{number:05}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_number_is_found_however_it_is_written() {
        for same in [
            "13812345678",
            "138 1234 5678",
            "138-1234-5678",
            "+86 138 1234 5678",
            "+8613812345678",
            "(+86) 138-1234-5678",
            "0086 13812345678",
            "8613812345678",
            "013812345678",
            "１３８　１２３４　５６７８",
            "13812345678 转 12",
            "13812345678 x12",
        ] {
            assert_eq!(phone_key(same).as_deref(), Some("13812345678"), "{same}");
        }
        for same in ["010-6552 9988", "+86 10 6552 9988", "+86 (0)10 65529988"] {
            assert_eq!(phone_key(same).as_deref(), Some("1065529988"), "{same}");
        }
        for same in ["+44 20 7946 0018", "0044 20 79460018"] {
            assert_eq!(phone_key(same).as_deref(), Some("+442079460018"), "{same}");
        }
        for none in ["", "-", "12", "no", "+86"] {
            assert_eq!(phone_key(none), None, "{none}");
        }
    }

    #[test]
    fn an_address_is_compared_without_case_width_and_spaces() {
        for same in [
            "Li.Na@Example.com",
            " li.na@example.com ",
            "ｌｉ．ｎａ＠example.com",
        ] {
            assert_eq!(email_key(same).as_deref(), Some("li.na@example.com"));
        }
        for none in ["", "li.na", "@example.com", "li.na@"] {
            assert_eq!(email_key(none), None, "{none}");
        }
    }

    proptest! {
        #[test]
        fn a_key_is_its_own_key(text in "\\PC{0,40}") {
            if let Some(key) = phone_key(&text) {
                prop_assert_eq!(phone_key(&key), Some(key.clone()));
            }
            if let Some(key) = email_key(&text) {
                prop_assert_eq!(email_key(&key), Some(key.clone()));
            }
        }

        #[test]
        fn every_spelling_of_a_number_has_its_key(number in "1[3-9][0-9]{9}") {
            for spelling in spellings(&number) {
                prop_assert_eq!(phone_key(&spelling), Some(number.clone()), "{}", spelling);
            }
        }
    }
}
