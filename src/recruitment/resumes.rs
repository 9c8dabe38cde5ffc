//! Profiles in the form of JSON Resume taken in: candidates with every part of their profile, and applications where an
//! opening is named.

use std::path::Path;

use serde_json::json;

use crate::audit::Actor;
use crate::db::Conn;
use crate::error::Result;
use crate::recruitment::model::codes::Source;
use crate::recruitment::model::resume::{Profile, Refused, person, read};
use crate::recruitment::store::applications::{NewApplication, receive_all};
use crate::recruitment::store::profiles;

/// The opening that profiles are sent in for.
#[derive(Clone, Debug)]
pub struct To {
    pub opening_id: i64,
    pub code: String,
    pub source: Source,
}

/// Takes profiles in; gives how many candidates were new. Whoever is known by e-mail address keeps their particulars
/// and gets the profile.
pub fn take(
    conn: &mut Conn,
    profiles: &[Profile],
    to: Option<&To>,
    actor: &Actor,
) -> Result<usize> {
    let people = profiles.iter().map(|one| person(&one.body, &one.file));
    let stored = |one: &Profile| json!({ "resume": one.body }).to_string();
    let mut fresh = 0;
    if let Some(to) = to {
        let new: Vec<NewApplication> = people
            .map(|person| NewApplication {
                opening_id: to.opening_id,
                person,
                staff_id: None,
                source: to.source,
                applied_at: actor.at,
                answers: Vec::new(),
                groups: Vec::new(),
                consents: Vec::new(),
                files: Vec::new(),
            })
            .collect();
        let done = receive_all(conn, &new, actor)?;
        for (one, done) in profiles.iter().zip(done) {
            fresh += usize::from(done.is_new);
            profiles::set_profile(conn, done.candidate_id, &stored(one))?;
        }
        return Ok(fresh);
    }
    for (one, person) in profiles.iter().zip(people) {
        match profiles::holder(conn, &person)? {
            Some((id, _)) => profiles::set_profile(conn, id, &stored(one))?,
            None => {
                profiles::create(conn, &person, &stored(one), actor)?;
                fresh += 1;
            }
        }
    }
    Ok(fresh)
}

/// The profiles of a file, or of every file of JSON in a folder.
///
/// # Errors
/// When it cannot be read; inside, each file that is no profile with what is wrong with it.
pub fn from_path(path: &Path) -> Result<std::result::Result<Vec<Profile>, Vec<Refused>>> {
    let name = |path: &Path| {
        let name = path.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    };
    if !path.is_dir() {
        return Ok(read(&name(path), &std::fs::read(path)?));
    }
    let mut files: Vec<std::path::PathBuf> = std::fs::read_dir(path)?
        .map(|entry| entry.map(|e| e.path()))
        .collect::<std::io::Result<_>>()?;
    files.retain(|file| {
        file.extension()
            .is_some_and(|e| e.eq_ignore_ascii_case("json"))
    });
    files.sort();
    let (mut profiles, mut refused) = (Vec::new(), Vec::new());
    for file in files {
        match read(&name(&file), &std::fs::read(&file)?) {
            Ok(found) => profiles.extend(found),
            Err(wrong) => refused.extend(wrong),
        }
    }
    Ok(if refused.is_empty() {
        Ok(profiles)
    } else {
        Err(refused)
    })
}
