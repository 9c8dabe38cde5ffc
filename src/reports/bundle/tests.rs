//! The promises of the bundle writer, each held on real folders.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use super::*;

/// A folder with room for the bundle `out` and what stands beside it.
struct Site {
    root: TempDir,
}

/// What a build is asked for: path and content; the content is the input, too.
type Files<'a> = &'a [(&'a str, &'a str)];

impl Site {
    fn new() -> Self {
        Self {
            root: TempDir::new().unwrap(),
        }
    }

    fn out(&self) -> PathBuf {
        self.root.path().join("out")
    }

    fn start(&self) -> Result<Builder, BundleError> {
        Builder::start(&self.out(), header(), Progress::silent())
    }

    /// Builds the files; also answers how many of them were rendered.
    fn build(&self, files: Files) -> Result<(Summary, usize), BundleError> {
        let rendered = AtomicUsize::new(0);
        let mut builder = self.start()?;
        builder.write_all(files.iter().map(|&(path, content)| {
            Batch::one(path, fingerprint([content]), |out| {
                rendered.fetch_add(1, Ordering::Relaxed);
                out.extend_from_slice(content.as_bytes());
                Ok(())
            })
        }))?;
        let summary = builder.finish()?;
        Ok((summary, rendered.into_inner()))
    }

    /// Every file of the bundle with its content.
    fn content(&self) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        collect(&self.out(), "", &mut found);
        found
    }

    fn manifest(&self) -> serde_json::Value {
        serde_json::from_str(&self.content()[MANIFEST]).unwrap()
    }

    /// What stands beside the bundle, without the lock, which stays.
    fn beside(&self) -> Vec<String> {
        let names = fs::read_dir(self.root.path()).unwrap();
        names
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name != "out" && name != ".out.lock")
            .collect()
    }
}

fn collect(folder: &Path, prefix: &str, found: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{prefix}{}", entry.file_name().to_str().unwrap());
        if entry.file_type().unwrap().is_dir() {
            collect(&entry.path(), &format!("{name}/"), found);
        } else {
            found.insert(name, fs::read_to_string(entry.path()).unwrap());
        }
    }
}

fn header() -> ManifestHeader {
    ManifestHeader {
        program: "espalier 0.1.0".into(),
        cycle: "2026Q3".into(),
        audience: "all".into(),
        locales: vec!["zh-CN".into(), "en".into()],
        snapshots: BTreeMap::from([("scores".into(), json!({"version": 2}))]),
        audit_head: Some("00ff".into()),
        frozen_at: None,
        provisional: true,
    }
}

const PAGES: Files = &[
    ("index.html", "<p>all"),
    ("people/E1.html", "<p>one"),
    ("data/people/E1.json", "{}"),
];

#[test]
fn an_unchanged_rebuild_renders_nothing_and_leaves_everything_as_it_was() {
    let site = Site::new();
    let (first, rendered) = site.build(PAGES).unwrap();
    assert_eq!((first.written, first.kept, rendered), (3, 0, 3));
    assert_eq!(first.bytes, 14);
    let (before, written_at) = (site.content(), modified(&site.out().join(MANIFEST)));

    let (second, rendered) = site.build(PAGES).unwrap();

    assert_eq!((second.written, second.kept, rendered), (0, 3, 0));
    assert_eq!((second.removed, second.bytes), (0, 14));
    assert_eq!(site.content(), before);
    assert_eq!(modified(&site.out().join(MANIFEST)), written_at);
    assert!(site.beside().is_empty());
}

#[test]
fn the_same_files_give_the_same_manifest_in_another_folder_and_order() {
    let (one, other) = (Site::new(), Site::new());
    one.build(PAGES).unwrap();
    let mut turned = PAGES.to_vec();
    turned.reverse();
    other.build(&turned).unwrap();
    assert_eq!(one.content()[MANIFEST], other.content()[MANIFEST]);
}

#[test]
fn the_manifest_names_every_file_but_itself_with_hash_and_size() {
    let site = Site::new();
    site.build(PAGES).unwrap();
    let manifest = site.manifest();
    let mut named: Vec<&str> = Vec::new();
    for (path, entry) in manifest["files"].as_object().unwrap() {
        let content = fs::read(site.out().join(path)).unwrap();
        let hash: String = Sha256::digest(&content)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(entry["sha256"], json!(hash), "{path}");
        assert_eq!(entry["bytes"], json!(content.len()), "{path}");
        named.push(path);
    }
    let mut there: Vec<String> = site.content().into_keys().collect();
    there.retain(|path| path != MANIFEST);
    assert_eq!(named, there);
    assert_eq!(manifest["program"], "espalier 0.1.0");
    assert_eq!(manifest["snapshots"]["scores"]["version"], 2);
    assert_eq!(manifest["frozen_at"], json!(null));
}

#[test]
fn the_keys_of_the_manifest_are_sorted() {
    let site = Site::new();
    site.build(PAGES).unwrap();
    let text = &site.content()[MANIFEST];
    assert!(text.ends_with("}\n"));
    let keys: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("  \"")?.split('"').next())
        .collect();
    assert_eq!(keys.len(), 9);
    assert!(keys.is_sorted(), "{keys:?}");
}

#[test]
fn one_changed_input_renders_just_that_file() {
    let site = Site::new();
    site.build(PAGES).unwrap();
    let untouched = site.out().join("index.html");
    let written_at = modified(&untouched);
    let mut pages = PAGES.to_vec();
    pages[1].1 = "<p>changed";

    let (summary, rendered) = site.build(&pages).unwrap();

    assert_eq!((summary.written, summary.kept, rendered), (1, 2, 1));
    assert_eq!(site.content()["people/E1.html"], "<p>changed");
    assert_eq!(site.content()["index.html"], "<p>all");
    assert_eq!(modified(&untouched), written_at);
    assert!(site.beside().is_empty());
    // And the linked files are still good for the build after that.
    assert_eq!(site.build(&pages).unwrap().1, 0);
}

#[test]
fn a_new_header_alone_renders_nothing_but_is_written() {
    let site = Site::new();
    site.build(PAGES).unwrap();
    let mut header = header();
    header.provisional = false;
    let mut builder = Builder::start(&site.out(), header, Progress::silent()).unwrap();
    builder
        .write_all(PAGES.iter().map(|&(path, content)| {
            Batch::one(path, fingerprint([content]), |_| Err("rendered".into()))
        }))
        .unwrap();
    assert_eq!(builder.finish().unwrap().kept, 3);
    assert_eq!(site.manifest()["provisional"], false);
}

#[test]
fn a_page_that_is_no_longer_asked_for_disappears_with_its_folder() {
    let site = Site::new();
    site.build(PAGES).unwrap();
    let (summary, rendered) = site.build(&PAGES[..2]).unwrap();
    assert_eq!((summary.kept, summary.removed, rendered), (2, 1, 0));
    assert!(!site.out().join("data").exists());
    assert_eq!(site.manifest()["files"].as_object().unwrap().len(), 2);
}

#[test]
fn a_folder_with_somebody_elses_files_is_refused_naming_them() {
    let site = Site::new();
    fs::create_dir_all(site.out().join("letters")).unwrap();
    for name in ["a", "b", "c", "d", "e", "f"] {
        fs::write(site.out().join("letters").join(name), "mine").unwrap();
    }
    let before = site.content();
    let Err(BundleError::Foreign { files, count, .. }) = site.build(PAGES) else {
        panic!("not refused");
    };
    assert_eq!(count, 6);
    assert_eq!(files.len(), NAMED_IN_REFUSAL);
    assert_eq!(files[0], "letters/a");
    assert_eq!(site.content(), before);
    assert!(site.beside().is_empty());
}

#[test]
fn a_file_put_into_a_bundle_is_refused_also_if_it_comes_during_the_build() {
    let site = Site::new();
    site.build(PAGES).unwrap();
    let mut builder = site.start().unwrap();
    builder
        .write_all([Batch::one("index.html", [0; 32], |_| Ok(()))])
        .unwrap();
    let note = site.out().join("people/note.txt");
    fs::write(&note, "mine").unwrap();
    assert!(matches!(builder.finish(), Err(BundleError::Foreign { .. })));
    assert!(matches!(site.start(), Err(BundleError::Foreign { .. })));
    fs::remove_file(note).unwrap();
    assert_eq!(site.build(PAGES).unwrap().1, 0);
}

#[test]
fn a_manifest_of_another_program_does_not_make_a_bundle() {
    let site = Site::new();
    fs::create_dir(site.out()).unwrap();
    for manifest in [
        r#"{"name": "a web app"}"#,
        r#"{"program": "other 1", "files": {}}"#,
        r#"{"program": "espalier 0.1.0", "fi"#,
    ] {
        fs::write(site.out().join(MANIFEST), manifest).unwrap();
        let refused = site.build(PAGES);
        assert!(
            matches!(&refused, Err(BundleError::Foreign { files, .. }) if files == &[MANIFEST])
        );
    }
}

#[test]
fn an_empty_folder_and_a_missing_one_are_both_fine() {
    let site = Site::new();
    fs::create_dir(site.out()).unwrap();
    site.build(PAGES).unwrap();
    let deep = site.root.path().join("not/there/yet");
    let mut builder = Builder::start(&deep, header(), Progress::silent()).unwrap();
    builder
        .write_all([Batch::one("index.html", [0; 32], |_| Ok(()))])
        .unwrap();
    builder.finish().unwrap();
    assert!(deep.join("index.html").exists());
}

#[test]
fn a_file_cannot_be_the_bundles_folder() {
    let site = Site::new();
    fs::write(site.out(), "mine").unwrap();
    assert!(matches!(site.start(), Err(BundleError::NotAFolder { .. })));
    let root = Builder::start(Path::new("/"), header(), Progress::silent());
    assert!(matches!(root, Err(BundleError::NotAFolder { .. })));
}

#[test]
fn a_failing_render_leaves_the_previous_bundle_whole_and_names_the_page() {
    let site = Site::new();
    site.build(PAGES).unwrap();
    let before = site.content();
    let mut builder = site.start().unwrap();
    let files = vec![
        ("a.html".to_owned(), [0; 32]),
        ("b.html".to_owned(), [0; 32]),
    ];
    let result = builder.write_all([Batch::many(files, |pages| {
        pages.file(0, |out| {
            out.extend_from_slice(b"fine");
            Ok(())
        })?;
        pages.file(1, |_| Err("no such template".into()))
    })]);
    let Err(error @ BundleError::Render { .. }) = result else {
        panic!("{result:?}");
    };
    let args = error.args();
    assert_eq!(args[0], ("path", "b.html".into()));
    assert_eq!(args[1], ("cause", "no such template".into()));
    drop(builder);
    assert_eq!(site.content(), before);
    assert!(site.beside().is_empty());
}

#[test]
fn a_failure_ends_a_long_list_early() {
    let site = Site::new();
    let mut builder = site.start().unwrap();
    let asked = AtomicUsize::new(0);
    let result = builder.write_all((0..1_000_000).map(|number| {
        asked.fetch_add(1, Ordering::Relaxed);
        Batch::one(format!("{number}.html"), [0; 32], |_| Err("no".into()))
    }));
    assert!(matches!(result, Err(BundleError::Render { .. })));
    assert!(asked.into_inner() < 10_000);
}

#[test]
#[should_panic(expected = "a bug in a page")]
fn a_panic_while_rendering_reaches_the_caller_and_does_not_hang() {
    let site = Site::new();
    let mut builder = site.start().unwrap();
    let _ = builder.write_all((0..1_000).map(|number| {
        Batch::one(format!("{number}.html"), [0; 32], |_| {
            panic!("a bug in a page")
        })
    }));
}

#[test]
fn a_batch_that_forgets_a_page_fails() {
    let site = Site::new();
    let mut builder = site.start().unwrap();
    let files = vec![("a.html".to_owned(), [0; 32])];
    let result = builder.write_all([Batch::many(files, |_| Ok(()))]);
    assert!(matches!(result, Err(BundleError::NotRendered { path }) if path == "a.html"));
}

#[test]
fn a_batch_reads_only_for_the_files_that_changed() {
    let site = Site::new();
    let build = |second: &str| {
        let mut builder = site.start().unwrap();
        let files = vec![
            ("a.html".to_owned(), fingerprint(["a"])),
            ("b.html".to_owned(), fingerprint([second])),
        ];
        let mut wanted = Vec::new();
        builder
            .write_all([Batch::many(files, |pages| {
                wanted = vec![pages.wants(0), pages.wants(1)];
                pages.file(0, |_| Ok(()))?;
                pages.file(1, |_| Ok(()))
            })])
            .unwrap();
        builder.finish().unwrap();
        wanted
    };
    assert_eq!(build("b"), [true, true]);
    assert_eq!(build("b"), [] as [bool; 0]);
    assert_eq!(build("changed"), [false, true]);
}

#[test]
fn a_page_never_holds_what_was_left_of_the_one_before() {
    let site = Site::new();
    site.build(&[("a.html", "a long page"), ("b.html", "b"), ("c.html", "")])
        .unwrap();
    assert_eq!(site.content()["b.html"], "b");
    assert_eq!(site.content()["c.html"], "");
}

#[test]
fn a_file_changed_by_hand_is_rendered_again() {
    let site = Site::new();
    site.build(PAGES).unwrap();
    let page = site.out().join("people/E1.html");
    // Same size, later time.
    fs::write(&page, "<p>two").unwrap();
    let later = modified(&site.out().join(MANIFEST)) + std::time::Duration::from_secs(1);
    File::options()
        .write(true)
        .open(&page)
        .unwrap()
        .set_modified(later)
        .unwrap();
    assert_eq!(site.build(PAGES).unwrap().1, 1);
    // Another size, and the time put back.
    fs::write(&page, "<p>three").unwrap();
    File::options()
        .write(true)
        .open(&page)
        .unwrap()
        .set_modified(SystemTime::UNIX_EPOCH)
        .unwrap();
    assert_eq!(site.build(PAGES).unwrap().1, 1);
    fs::remove_file(&page).unwrap();
    assert_eq!(site.build(PAGES).unwrap().1, 1);
    assert_eq!(site.content()["people/E1.html"], "<p>one");
}

#[test]
fn what_an_interrupted_build_has_left_is_cleared_away() {
    let site = Site::new();
    site.build(PAGES).unwrap();
    let building = site.root.path().join(".out.building");
    fs::create_dir(&building).unwrap();
    fs::write(building.join("index.html"), "half").unwrap();
    let (_, rendered) = site.build(PAGES).unwrap();
    assert_eq!(rendered, 0);
    assert_eq!(site.content()["index.html"], "<p>all");
    assert!(site.beside().is_empty());
}

#[test]
fn a_crash_between_the_two_renames_brings_the_previous_bundle_back() {
    let site = Site::new();
    site.build(PAGES).unwrap();
    let before = site.content();
    fs::rename(site.out(), site.root.path().join(".out.old")).unwrap();
    fs::create_dir(site.root.path().join(".out.building")).unwrap();

    drop(site.start().unwrap());

    assert_eq!(site.content(), before);
    assert!(site.beside().is_empty());
}

#[test]
fn a_crash_after_the_second_rename_keeps_the_new_bundle() {
    let site = Site::new();
    site.build(PAGES).unwrap();
    let before = site.content();
    let old = site.root.path().join(".out.old");
    fs::create_dir(&old).unwrap();
    fs::write(old.join("index.html"), "old").unwrap();

    drop(site.start().unwrap());

    assert_eq!(site.content(), before);
    assert!(site.beside().is_empty());
}

#[test]
fn without_an_exchange_two_renames_do() {
    let site = Site::new();
    site.build(PAGES).unwrap();
    let places = Places::beside(&site.out()).unwrap();
    fs::create_dir(&places.building).unwrap();
    fs::write(places.building.join("index.html"), "new").unwrap();
    places.take_place_in_two_steps().unwrap();
    assert_eq!(site.content().into_values().collect::<Vec<_>>(), ["new"]);
    assert!(places.old.join(MANIFEST).exists());
    // With nothing to put in its place, the bundle stays.
    remove(&places.old).unwrap();
    assert!(places.take_place_in_two_steps().is_err());
    assert_eq!(site.content().into_values().collect::<Vec<_>>(), ["new"]);
}

#[test]
fn a_second_build_to_the_same_folder_is_refused_until_the_first_ends() {
    let site = Site::new();
    let first = site.start().unwrap();
    assert!(matches!(site.start(), Err(BundleError::Busy { .. })));
    assert!(site.root.path().join(".out.building").exists());
    drop(first);
    site.build(PAGES).unwrap();
}

#[test]
fn paths_that_leave_the_bundle_or_hide_in_it_are_refused() {
    let site = Site::new();
    for path in [
        "",
        "/etc/passwd",
        "../up.html",
        "a/../../up.html",
        "a//b.html",
        "./a.html",
        ".hidden",
        "a/",
        "a\\b.html",
        "C:a.html",
        "a\0.html",
        MANIFEST,
    ] {
        let result = site.build(&[(path, "x")]);
        assert!(
            matches!(&result, Err(BundleError::BadPath { path: named }) if named == path),
            "{path:?}: {result:?}"
        );
    }
    site.build(&[("人员/甲.html", "x"), ("data/manifest.json", "{}")])
        .unwrap();
}

#[test]
fn a_path_given_twice_is_refused_whether_rendered_or_kept() {
    let site = Site::new();
    let twice = [("a.html", "x"), ("a.html", "x")];
    let refused =
        |result| matches!(result, Err(BundleError::Duplicate { path }) if path == "a.html");
    assert!(refused(site.build(&twice).map(drop)));
    site.build(&twice[..1]).unwrap();
    assert!(refused(site.build(&twice).map(drop)));
}

#[cfg(unix)]
#[test]
fn a_link_in_the_bundle_counts_as_somebody_elses_and_is_not_followed() {
    let site = Site::new();
    site.build(PAGES).unwrap();
    let elsewhere = site.root.path().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    fs::write(elsewhere.join("mine.txt"), "mine").unwrap();
    std::os::unix::fs::symlink(&elsewhere, site.out().join("link")).unwrap();
    let refused = site.build(PAGES);
    assert!(matches!(&refused, Err(BundleError::Foreign { files, .. }) if files == &["link"]));
    assert!(elsewhere.join("mine.txt").exists());
}

#[cfg(unix)]
#[test]
fn a_closed_folder_stays_closed_and_a_linked_one_stays_linked() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let site = Site::new();
    let real = site.root.path().join("real");
    fs::create_dir(&real).unwrap();
    fs::set_permissions(&real, fs::Permissions::from_mode(0o700)).unwrap();
    symlink(&real, site.out()).unwrap();
    site.build(PAGES).unwrap();
    assert!(fs::symlink_metadata(site.out()).unwrap().is_symlink());
    assert!(real.join("index.html").exists());
    let mode = fs::metadata(&real).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}

#[test]
fn many_batches_in_parallel_all_arrive() {
    let site = Site::new();
    let mut builder = site.start().unwrap();
    builder
        .write_all((0..200).map(|chunk| {
            let files = (0..10)
                .map(|n| {
                    (
                        format!("people/{chunk}-{n}.html"),
                        fingerprint([format!("{n}")]),
                    )
                })
                .collect();
            Batch::many(files, move |pages| {
                (0..10).try_for_each(|n| {
                    pages.file(n, |out| {
                        out.extend_from_slice(format!("{chunk} {n}").as_bytes());
                        Ok(())
                    })
                })
            })
        }))
        .unwrap();
    assert_eq!(builder.finish().unwrap().written, 2_000);
    let content = site.content();
    assert_eq!(content.len(), 2_001);
    assert_eq!(content["people/123-4.html"], "123 4");
}

#[test]
fn a_fingerprint_tells_apart_what_only_joins_to_the_same() {
    assert_ne!(fingerprint(["ab", "c"]), fingerprint(["a", "bc"]));
    assert_ne!(fingerprint(["a"]), fingerprint(["a", ""]));
    assert_eq!(fingerprint(["a", "b"]), fingerprint(["a", "b"]));
}

fn modified(path: &Path) -> SystemTime {
    fs::metadata(path).unwrap().modified().unwrap()
}
