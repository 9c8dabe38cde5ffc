//! Writing a report bundle: a list of files goes in, a folder comes out, safely and fast.
//!
//! This module knows nothing of pages. It is told of each file its path, a hash of everything the content depends on
//! (its inputs) and how to render it, and keeps these promises:
//!
//! - The new bundle grows in a hidden folder beside `--out` and takes its place at the end in one step. A build that
//!   fails or is killed leaves the previous bundle as it was; the next build clears away what is left of it.
//! - A file whose inputs are those of the previous bundle, and which nobody has touched since, is neither rendered nor
//!   written: the new bundle gets a hard link to it. When nothing at all has changed, the old bundle simply stays.
//! - `manifest.json` names every file with its SHA-256, size and inputs. It holds no build time, so that the same figures
//!   give the same bytes.
//! - A folder that holds anything the previous manifest does not name is refused: nothing of somebody else's is lost.
//!
//! Small files are bound by their creation in the file system, so workers render, hash and write each file in one go.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Write as _};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;
use std::time::SystemTime;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressFinish, ProgressStyle};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest as _, Sha256};

const MANIFEST: &str = "manifest.json";

/// How many files of somebody else's a refusal names.
const NAMED_IN_REFUSAL: usize = 5;

/// The hash of everything a file's content depends on; see [`fingerprint`].
pub type Inputs = [u8; 32];

/// What rendering may fail with.
pub type RenderError = Box<dyn std::error::Error + Send + Sync>;

type Render<'a> = Box<dyn FnOnce(&mut Pages<'_>) -> Result<(), RenderError> + Send + 'a>;

/// SHA-256 over the parts, each preceded by its length, so that moving a byte from one part to the next changes it.
///
/// Whatever a page shows must be among the parts: the figures (by the hash of their snapshot), language and audience,
/// and a hash of templates, texts and style sheets.
pub fn fingerprint<P: AsRef<[u8]>>(parts: impl IntoIterator<Item = P>) -> Inputs {
    let mut hasher = Sha256::new();
    for part in parts {
        let part = part.as_ref();
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    hasher.finalize().into()
}

/// Why a bundle could not be built. The previous bundle, if any, is as it was.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// The file system refused something.
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
    /// `--out` is a file, a broken link or the root of the file system.
    #[error("{} cannot be a bundle's folder", path.display())]
    NotAFolder { path: PathBuf },
    /// `--out` holds files that the previous manifest does not name. `files` are the first few of `count`.
    #[error("{} holds {count} files of somebody else's, among them {}", path.display(), files.join(", "))]
    Foreign {
        path: PathBuf,
        files: Vec<String>,
        count: usize,
    },
    /// Another build to the same folder is running.
    #[error("another build to {} is running", path.display())]
    Busy { path: PathBuf },
    /// A path that would leave the bundle, hide a file or not open everywhere.
    #[error("{path} is not a path a bundle may hold")]
    BadPath { path: String },
    /// Two files of the same path.
    #[error("{path} was given twice")]
    Duplicate { path: String },
    /// A page could not be rendered.
    #[error("{path}: {source}")]
    Render { path: String, source: RenderError },
    /// A batch announced a file and did not deliver it.
    #[error("{path} was announced but not rendered")]
    NotRendered { path: String },
}

impl BundleError {
    /// The message in `bundle.ftl`.
    pub fn key(&self) -> &'static str {
        match self {
            Self::Io { .. } => "bundle-io",
            Self::NotAFolder { .. } => "bundle-not-a-folder",
            Self::Foreign { .. } => "bundle-foreign",
            Self::Busy { .. } => "bundle-busy",
            Self::BadPath { .. } => "bundle-bad-path",
            Self::Duplicate { .. } => "bundle-duplicate",
            Self::Render { .. } => "bundle-render",
            Self::NotRendered { .. } => "bundle-not-rendered",
        }
    }

    /// The slots of that message.
    pub fn args(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Io { path, source } => {
                vec![("path", shown(path)), ("cause", source.to_string())]
            }
            Self::NotAFolder { path } | Self::Busy { path } => vec![("path", shown(path))],
            Self::Foreign { path, files, count } => vec![
                ("path", shown(path)),
                ("files", files.join(", ")),
                ("count", count.to_string()),
            ],
            Self::BadPath { path } | Self::Duplicate { path } | Self::NotRendered { path } => {
                vec![("path", path.clone())]
            }
            Self::Render { path, source } => {
                vec![("path", path.clone()), ("cause", source.to_string())]
            }
        }
    }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// Puts the path beside an error of the file system, which does not say what it was about.
fn at(path: &Path) -> impl FnOnce(io::Error) -> BundleError {
    let path = path.to_path_buf();
    move |source| BundleError::Io { path, source }
}

/// What the manifest says of the whole bundle; `files` is added by the [`Builder`].
#[derive(Debug, Clone, Serialize)]
pub struct ManifestHeader {
    /// Name and version of the program, such as `espalier 0.1.0`. A manifest whose program is not called `espalier` is
    /// somebody else's.
    pub program: String,
    pub cycle: String,
    /// `all`, `leadership`, `team:CODE` or `staff:NO`.
    pub audience: String,
    pub locales: Vec<String>,
    /// Version and hash of each snapshot the figures come from.
    pub snapshots: BTreeMap<String, serde_json::Value>,
    /// The audit trail's head at the freeze; none for a provisional bundle.
    pub audit_head: Option<String>,
    /// When the cycle was frozen, RFC 3339; none for a provisional bundle.
    pub frozen_at: Option<String>,
    /// Whether the figures may still change.
    pub provisional: bool,
}

/// The manifest as it is written. The fields stand in alphabetical order, so the keys do.
#[derive(Serialize)]
struct Manifest<'a> {
    audience: &'a str,
    audit_head: &'a Option<String>,
    cycle: &'a str,
    files: &'a BTreeMap<String, Entry>,
    frozen_at: &'a Option<String>,
    locales: &'a [String],
    program: &'a str,
    provisional: bool,
    snapshots: &'a BTreeMap<String, serde_json::Value>,
}

impl<'a> Manifest<'a> {
    fn new(header: &'a ManifestHeader, files: &'a BTreeMap<String, Entry>) -> Self {
        Self {
            audience: &header.audience,
            audit_head: &header.audit_head,
            cycle: &header.cycle,
            files,
            frozen_at: &header.frozen_at,
            locales: &header.locales,
            program: &header.program,
            provisional: header.provisional,
            snapshots: &header.snapshots,
        }
    }

    fn to_bytes(&self) -> serde_json::Result<Vec<u8>> {
        let mut bytes = serde_json::to_vec_pretty(self)?;
        bytes.push(b'\n');
        Ok(bytes)
    }
}

/// One file in the manifest.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Entry {
    bytes: u64,
    inputs: Hash,
    sha256: Hash,
    /// Whether this build found the previous bundle's file good.
    #[serde(skip)]
    kept: bool,
}

/// A SHA-256, in hexadecimal outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Hash([u8; 32]);

impl Serialize for Hash {
    // By a table: going through the formatter cost a quarter of an unchanged build.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        const DIGITS: [char; 16] = [
            '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f',
        ];
        let halves = self.0.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        let text: String = halves.map(|half| DIGITS[usize::from(half)]).collect();
        serializer.serialize_str(&text)
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <&str>::deserialize(deserializer)?;
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        let digit = |byte: u8| char::from(byte).to_digit(16);
        let bytes: Option<Vec<u8>> = pairs
            .iter()
            .map(|&[high, low]| Some((digit(high)? << 4 | digit(low)?) as u8))
            .collect();
        match bytes.map(<[u8; 32]>::try_from) {
            Some(Ok(hash)) if rest.is_empty() => Ok(Self(hash)),
            _ => Err(de::Error::custom("not a SHA-256")),
        }
    }
}

/// The previous bundle, as far as the next one needs it.
struct Previous {
    files: BTreeMap<String, Entry>,
    /// When its manifest was written, which is after all its files.
    written: SystemTime,
}

impl Previous {
    /// Reads the manifest of the bundle in `folder`. None if there is no manifest there, or none of ours.
    fn read(folder: &Path) -> Result<Option<Self>, BundleError> {
        #[derive(Deserialize)]
        struct Found {
            program: String,
            files: BTreeMap<String, Entry>,
        }
        let path = folder.join(MANIFEST);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(at(&path)(e)),
        };
        let written = fs::metadata(&path).and_then(|m| m.modified());
        match serde_json::from_slice::<Found>(&bytes) {
            Ok(found) if found.program.starts_with("espalier ") => Ok(Some(Self {
                files: found.files,
                written: written.map_err(at(&path))?,
            })),
            _ => Ok(None),
        }
    }
}

/// A few files whose content comes from one read, such as page and data of fifty people.
pub struct Batch<'a> {
    files: Vec<(String, Inputs)>,
    render: Render<'a>,
}

impl<'a> Batch<'a> {
    /// One file. `path` is relative and '/'-separated; no part of it is empty or starts with a dot.
    pub fn one(
        path: impl Into<String>,
        inputs: Inputs,
        render: impl FnOnce(&mut Vec<u8>) -> Result<(), RenderError> + Send + 'a,
    ) -> Self {
        Self::many(vec![(path.into(), inputs)], |pages| pages.file(0, render))
    }

    /// Several files. `render` runs on a worker thread, and only if at least one of them must be written: it reads what
    /// it needs and then delivers each file through [`Pages::file`].
    pub fn many(
        files: Vec<(String, Inputs)>,
        render: impl FnOnce(&mut Pages<'_>) -> Result<(), RenderError> + Send + 'a,
    ) -> Self {
        Self {
            files,
            render: Box::new(render),
        }
    }
}

/// Where a batch delivers its files, by their place in the list it was made with.
pub struct Pages<'a> {
    builder: &'a Builder,
    files: &'a [(String, Inputs)],
    wanted: Vec<bool>,
    /// The file being rendered, which an error is about.
    current: usize,
    buffer: &'a mut Vec<u8>,
}

impl Pages<'_> {
    /// Whether this file must still be rendered. False if the previous bundle's file is good.
    ///
    /// # Panics
    /// If the batch has no file of that index.
    pub fn wants(&self, index: usize) -> bool {
        self.wanted[index]
    }

    /// Renders a file into an empty buffer and writes it. `render` is not called if the file is not wanted.
    ///
    /// # Panics
    /// If the batch has no file of that index.
    pub fn file(
        &mut self,
        index: usize,
        render: impl FnOnce(&mut Vec<u8>) -> Result<(), RenderError>,
    ) -> Result<(), RenderError> {
        if !self.wants(index) {
            return Ok(());
        }
        self.current = index;
        self.buffer.clear();
        render(self.buffer)?;
        let (path, inputs) = &self.files[index];
        self.builder.write(path, inputs, self.buffer)?;
        self.wanted[index] = false;
        Ok(())
    }
}

/// How far a build has come, for the person who waits.
pub struct Progress {
    bar: ProgressBar,
    told: Option<Told>,
}

/// Is told after each file how many there are by now.
pub type Told = Arc<dyn Fn(u64) + Send + Sync>;

impl Progress {
    /// Shows nothing.
    pub fn silent() -> Self {
        Self {
            bar: ProgressBar::hidden(),
            told: None,
        }
    }

    /// Tells the program itself.
    pub fn told(told: Told) -> Self {
        Self {
            told: Some(told),
            ..Self::silent()
        }
    }

    fn one_more(&self) {
        self.bar.inc(1);
        if let Some(told) = &self.told {
            told(self.bar.position());
        }
    }

    /// A bar of so many files on standard error, if that is a terminal; otherwise nothing.
    pub fn bar(label: impl Into<String>, files: u64) -> Self {
        let bar = ProgressBar::with_draw_target(Some(files), ProgressDrawTarget::stderr())
            .with_finish(ProgressFinish::AndClear);
        if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len}") {
            bar.set_style(style);
        }
        bar.set_message(label.into());
        Self { bar, told: None }
    }
}

/// What a build did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    /// Files rendered.
    pub written: u64,
    /// Files taken over from the previous bundle.
    pub kept: u64,
    /// Files of the previous bundle that the new one no longer has.
    pub removed: u64,
    /// Size of all files the manifest names.
    pub bytes: u64,
}

/// One build. Dropped before [`Builder::finish`] it clears away what it wrote and leaves the previous bundle as it was.
pub struct Builder {
    places: Places,
    header: ManifestHeader,
    progress: Progress,
    previous: Option<Previous>,
    files: Mutex<BTreeMap<String, Entry>>,
    /// Held open for its lock, which the system releases when the process ends in whatever way.
    _lock: File,
}

impl Builder {
    /// Prepares a build to `out`, which need not exist: clears away what an interrupted build has left, reads the
    /// previous manifest and creates the folder the new bundle grows in.
    ///
    /// # Errors
    /// `Foreign` if `out` holds files the previous manifest does not name, `Busy` if another build to it is running,
    /// `NotAFolder`, `Io`.
    pub fn start(
        out: &Path,
        header: ManifestHeader,
        progress: Progress,
    ) -> Result<Self, BundleError> {
        let places = Places::beside(out)?;
        let lock = places.lock()?;
        places.recover()?;
        let previous = Previous::read(&places.target)?;
        places.refuse_foreign(previous.as_ref())?;
        places.create_building()?;
        Ok(Self {
            places,
            header,
            progress,
            previous,
            files: Mutex::default(),
            _lock: lock,
        })
    }

    /// Brings the files of these batches into the bundle, rendering those that changed on as many threads as there are
    /// cores. The iterator runs on the calling thread, no more than a few batches ahead of the workers, so a long list
    /// costs little memory. May be called several times.
    ///
    /// # Errors
    /// The first one met: `BadPath`, `Duplicate`, `Render`, `NotRendered`, `Io`. The build is then lost; drop it.
    pub fn write_all<'a>(
        &mut self,
        batches: impl IntoIterator<Item = Batch<'a>>,
    ) -> Result<(), BundleError> {
        let workers = thread::available_parallelism().map_or(1, NonZero::get);
        let (send, receive) = mpsc::sync_channel::<Batch<'a>>(2 * workers);
        let receive = Arc::new(Mutex::new(receive));
        let stopped = AtomicBool::new(false);
        let builder = &*self;
        let work = |receive: &Mutex<mpsc::Receiver<Batch<'a>>>| {
            let mut buffer = Vec::new();
            while let Some(batch) = next(receive) {
                if stopped.load(Ordering::Relaxed) {
                    break;
                }
                let done = builder.write_batch(batch, &mut buffer);
                if done.is_err() {
                    stopped.store(true, Ordering::Relaxed);
                    return done;
                }
            }
            Ok(())
        };
        thread::scope(|scope| {
            let threads: Vec<_> = (0..workers)
                .map(|_| {
                    let receive = Arc::clone(&receive);
                    scope.spawn(move || work(&receive))
                })
                .collect();
            // The workers alone hold the receiver now: once they have all stopped, sending fails.
            drop(receive);
            for batch in batches {
                if send.send(batch).is_err() {
                    break;
                }
            }
            drop(send);
            threads.into_iter().try_for_each(|thread| {
                thread
                    .join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            })
        })
    }

    /// Puts the new bundle in the place of the previous one and removes that.
    ///
    /// # Errors
    /// `Foreign` if somebody has put a file into `out` meanwhile; `Io`.
    pub fn finish(self) -> Result<Summary, BundleError> {
        let files = std::mem::take(&mut *self.files());
        let previous_files = self.previous.as_ref().map(|previous| &previous.files);
        let kept = files.values().filter(|entry| entry.kept).count();
        let removed = previous_files.map_or(0, |previous| {
            previous
                .keys()
                .filter(|path| !files.contains_key(*path))
                .count()
        });
        let summary = Summary {
            written: (files.len() - kept) as u64,
            kept: kept as u64,
            removed: removed as u64,
            bytes: files.values().map(|entry| entry.bytes).sum(),
        };
        let manifest = Manifest::new(&self.header, &files)
            .to_bytes()
            .map_err(io::Error::from)
            .map_err(at(&self.places.building.join(MANIFEST)))?;
        let nothing_changed = summary.written == 0
            && removed == 0
            && fs::read(self.places.target.join(MANIFEST)).is_ok_and(|old| old == manifest);
        if !nothing_changed {
            for (path, _) in files.iter().filter(|(_, entry)| entry.kept) {
                self.places.keep(path)?;
            }
            self.places.write_manifest(&manifest)?;
            self.places.refuse_foreign(self.previous.as_ref())?;
            self.places.take_place()?;
        }
        // By now this is the previous bundle, or an empty folder if nothing changed.
        remove(&self.places.building)?;
        Ok(summary)
    }

    fn files(&self) -> MutexGuard<'_, BTreeMap<String, Entry>> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_batch(&self, batch: Batch<'_>, buffer: &mut Vec<u8>) -> Result<(), BundleError> {
        let mut wanted = Vec::with_capacity(batch.files.len());
        for (path, inputs) in &batch.files {
            check_path(path)?;
            let good = self.good(path, inputs);
            wanted.push(good.is_none());
            if let Some(entry) = good {
                self.note(path, entry)?;
            }
        }
        if !wanted.contains(&true) {
            return Ok(());
        }
        let mut pages = Pages {
            builder: self,
            files: &batch.files,
            wanted,
            current: 0,
            buffer,
        };
        if let Err(error) = (batch.render)(&mut pages) {
            let path = batch.files[pages.current].0.clone();
            return Err(match error.downcast::<BundleError>() {
                Ok(own) => *own,
                Err(source) => BundleError::Render { path, source },
            });
        }
        match pages.wanted.iter().position(|wanted| *wanted) {
            Some(index) => Err(BundleError::NotRendered {
                path: batch.files[index].0.clone(),
            }),
            None => Ok(()),
        }
    }

    /// The previous bundle's entry of this file if the file is still what it says: made from the same inputs, of the
    /// recorded size, and not touched since the manifest was written.
    fn good(&self, path: &str, inputs: &Inputs) -> Option<Entry> {
        let previous = self.previous.as_ref()?;
        let entry = previous.files.get(path)?;
        if entry.inputs.0 != *inputs {
            return None;
        }
        let found = fs::symlink_metadata(self.places.target.join(path)).ok()?;
        let untouched = found.is_file()
            && found.len() == entry.bytes
            && found.modified().ok()? <= previous.written;
        untouched.then(|| Entry {
            kept: true,
            ..entry.clone()
        })
    }

    fn write(&self, path: &str, inputs: &Inputs, content: &[u8]) -> Result<(), BundleError> {
        let full = self.places.building.join(path);
        match create(&full).and_then(|mut file| file.write_all(content)) {
            Ok(()) => {}
            Err(e) if e.kind() == ErrorKind::AlreadyExists => {
                return Err(BundleError::Duplicate { path: path.into() });
            }
            Err(e) => return Err(at(&full)(e)),
        }
        let entry = Entry {
            bytes: content.len() as u64,
            inputs: Hash(*inputs),
            sha256: Hash(Sha256::digest(content).into()),
            kept: false,
        };
        self.note(path, entry)
    }

    fn note(&self, path: &str, entry: Entry) -> Result<(), BundleError> {
        self.progress.one_more();
        match self.files().insert(path.to_owned(), entry) {
            Some(_) => Err(BundleError::Duplicate { path: path.into() }),
            None => Ok(()),
        }
    }
}

impl Drop for Builder {
    /// After a failure the next start would clear up as well; doing it now gives a full disk its space back.
    fn drop(&mut self) {
        let _ = remove(&self.places.building);
    }
}

/// Waits for the next batch; none when the list is at its end.
fn next<T>(receive: &Mutex<mpsc::Receiver<T>>) -> Option<T> {
    let receive = receive.lock().unwrap_or_else(PoisonError::into_inner);
    receive.recv().ok()
}

/// The folder of the bundle and those beside it that a build uses.
struct Places {
    /// `--out`, with symbolic links resolved.
    target: PathBuf,
    /// Where the new bundle grows.
    building: PathBuf,
    /// Where the previous bundle stands for a moment if the two cannot be exchanged in one step.
    old: PathBuf,
    lock: PathBuf,
}

impl Places {
    fn beside(out: &Path) -> Result<Self, BundleError> {
        let refused = || BundleError::NotAFolder { path: out.into() };
        let target = match fs::canonicalize(out) {
            Ok(target) if target.is_dir() => target,
            Ok(_) => return Err(refused()),
            Err(e) if e.kind() != ErrorKind::NotFound => return Err(at(out)(e)),
            // A link to nothing.
            Err(_) if fs::symlink_metadata(out).is_ok() => return Err(refused()),
            Err(_) => {
                let out = std::path::absolute(out).map_err(at(out))?;
                let (Some(parent), Some(name)) = (out.parent(), out.file_name()) else {
                    return Err(refused());
                };
                fs::create_dir_all(parent).map_err(at(parent))?;
                fs::canonicalize(parent).map_err(at(parent))?.join(name)
            }
        };
        let Some(name) = target.file_name() else {
            return Err(refused());
        };
        let sibling = |what: &str| {
            let mut hidden = std::ffi::OsString::from(".");
            hidden.push(name);
            hidden.push(what);
            target.with_file_name(hidden)
        };
        Ok(Self {
            building: sibling(".building"),
            old: sibling(".old"),
            lock: sibling(".lock"),
            target,
        })
    }

    /// Takes the lock that keeps a second build away. The empty file stays: removing it would let two builds hold locks
    /// on two files of the same name.
    fn lock(&self) -> Result<File, BundleError> {
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&self.lock)
            .map_err(at(&self.lock))?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => Err(BundleError::Busy {
                path: self.target.clone(),
            }),
            Err(TryLockError::Error(e)) => Err(at(&self.lock)(e)),
        }
    }

    /// Clears away what an interrupted build has left, bringing the previous bundle back if it stood aside.
    fn recover(&self) -> Result<(), BundleError> {
        if self.old.exists() && !self.target.exists() {
            fs::rename(&self.old, &self.target).map_err(at(&self.target))?;
        }
        remove(&self.old)?;
        remove(&self.building)
    }

    /// Refuses a folder with files in it that the previous manifest does not name.
    fn refuse_foreign(&self, previous: Option<&Previous>) -> Result<(), BundleError> {
        let ours = |path: &str| {
            previous.is_some_and(|bundle| path == MANIFEST || bundle.files.contains_key(path))
        };
        let mut foreign = Vec::new();
        let mut folders = vec![(self.target.clone(), String::new())];
        while let Some((folder, prefix)) = folders.pop() {
            let entries = match fs::read_dir(&folder) {
                Ok(entries) => entries,
                Err(e) if e.kind() == ErrorKind::NotFound && prefix.is_empty() => return Ok(()),
                Err(e) => return Err(at(&folder)(e)),
            };
            for entry in entries {
                let entry = entry.map_err(at(&folder))?;
                let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
                // Links are not followed: a link counts as a file.
                if entry.file_type().map_err(at(&folder))?.is_dir() {
                    folders.push((entry.path(), format!("{path}/")));
                } else if !ours(&path) {
                    foreign.push(path);
                }
            }
        }
        if foreign.is_empty() {
            return Ok(());
        }
        foreign.sort_unstable();
        Err(BundleError::Foreign {
            path: self.target.clone(),
            count: foreign.len(),
            files: foreign.into_iter().take(NAMED_IN_REFUSAL).collect(),
        })
    }

    /// Creates the folder of the new bundle, as closed to others as the one it will replace.
    fn create_building(&self) -> Result<(), BundleError> {
        fs::create_dir(&self.building).map_err(at(&self.building))?;
        match fs::metadata(&self.target) {
            Ok(target) => fs::set_permissions(&self.building, target.permissions())
                .map_err(at(&self.building)),
            Err(_) => Ok(()),
        }
    }

    /// Takes a file of the previous bundle over: linked, or copied where the file system has no links.
    fn keep(&self, path: &str) -> Result<(), BundleError> {
        let (from, to) = (self.target.join(path), self.building.join(path));
        with_parent(&to, || {
            fs::hard_link(&from, &to).or_else(|e| match e.kind() {
                ErrorKind::NotFound => Err(e),
                _ => fs::copy(&from, &to).map(drop),
            })
        })
        .map_err(at(&to))
    }

    fn write_manifest(&self, bytes: &[u8]) -> Result<(), BundleError> {
        let path = self.building.join(MANIFEST);
        let mut file = create(&path).map_err(at(&path))?;
        file.write_all(bytes).map_err(at(&path))?;
        file.sync_all().map_err(at(&path))?;
        sync_folder(&self.building)
    }

    /// Puts the finished folder in the target's place; afterwards the previous bundle is gone.
    fn take_place(&self) -> Result<(), BundleError> {
        if !self.target.exists() {
            fs::rename(&self.building, &self.target).map_err(at(&self.target))?;
        } else if exchange(&self.building, &self.target).is_err() {
            self.take_place_in_two_steps()?;
        }
        if let Some(parent) = self.target.parent() {
            sync_folder(parent)?;
        }
        remove(&self.old)
    }

    /// For file systems that cannot exchange two folders. A crash between the two steps is what `recover` is for.
    fn take_place_in_two_steps(&self) -> Result<(), BundleError> {
        fs::rename(&self.target, &self.old).map_err(at(&self.target))?;
        fs::rename(&self.building, &self.target).map_err(|e| {
            // The first error is the one to report.
            let _ = fs::rename(&self.old, &self.target);
            at(&self.target)(e)
        })
    }
}

#[cfg(target_os = "linux")]
fn exchange(one: &Path, other: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    Ok(renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE)?)
}

#[cfg(not(target_os = "linux"))]
fn exchange(_: &Path, _: &Path) -> io::Result<()> {
    Err(ErrorKind::Unsupported.into())
}

/// Makes the folder's list of names survive a loss of power.
fn sync_folder(path: &Path) -> Result<(), BundleError> {
    File::open(path)
        .and_then(|folder| folder.sync_all())
        .map_err(at(path))
}

/// Removes a folder and everything in it; one that is not there is fine.
fn remove(path: &Path) -> Result<(), BundleError> {
    match fs::remove_dir_all(path) {
        Err(e) if e.kind() != ErrorKind::NotFound => Err(at(path)(e)),
        _ => Ok(()),
    }
}

/// Creates a file that must not exist yet.
fn create(path: &Path) -> io::Result<File> {
    with_parent(path, || File::create_new(path))
}

/// Does something that needs the file's folder, creating that only when it turns out to be missing.
fn with_parent<T>(path: &Path, attempt: impl Fn() -> io::Result<T>) -> io::Result<T> {
    match attempt() {
        Err(e) if e.kind() == ErrorKind::NotFound => {
            path.parent().map_or(Ok(()), fs::create_dir_all)?;
            attempt()
        }
        result => result,
    }
}

/// Holds a path to what opens from any disk and any static host, inside the bundle.
fn check_path(path: &str) -> Result<(), BundleError> {
    let part_is_fine = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && !part.contains(|c: char| c.is_control() || "\\:*?\"<>|".contains(c))
    };
    if path != MANIFEST && path.split('/').all(part_is_fine) {
        Ok(())
    } else {
        Err(BundleError::BadPath { path: path.into() })
    }
}

#[cfg(test)]
mod tests;
