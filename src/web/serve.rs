//! The server: routes of every feature, headers and limits around them, a graceful end.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix_web::middleware::{Compress, from_fn};
use actix_web::web::{self, ServiceConfig};
use actix_web::{App, HttpServer};

use crate::accounts::{self, mail::Mailer};
use crate::admin;
use crate::appraisals;
use crate::desk;
use crate::error::{Error, Message, Result};
use crate::evidence;
use crate::goals;
use crate::imports;
use crate::jobs::{self, Work};
use crate::judgement;
use crate::people;
use crate::plans;
use crate::recruitment;
use crate::reports;
use crate::web::{Answer, Site, Who, assets, drafts, problems};

/// The routes of the application, feature by feature.
pub fn routes(config: &mut ServiceConfig) {
    config.route("/static/{name}", web::get().to(assets::serve));
    drafts::routes(config);
    accounts::pages::routes(config);
    people::pages::routes(config);
    judgement::pages::routes(config);
    evidence::pages::routes(config);
    goals::pages::routes(config);
    appraisals::pages::routes(config);
    plans::pages::routes(config);
    recruitment::pages::routes(config);
    reports::pages::routes(config);
    reports::feedback::routes(config);
    imports::pages::routes(config);
    admin::pages::routes(config);
    desk::pages::routes(config);
    desk::calendar::routes(config);
    config.default_service(web::to(nowhere));
}

/// An address that is none. Whoever is signed in is looked up, so that they keep their rail.
async fn nowhere(_: Option<Who>) -> Answer {
    Err(Error::NotFound(Message::new("problem-not-found")).into())
}

/// What jobs there are, and what does their work.
pub const JOBS: &[(&str, Work)] = &[
    (evidence::warnings::JOB, evidence::warnings::work),
    (appraisals::jobs::REMIND, appraisals::jobs::remind),
    (appraisals::jobs::CLOSE_PEERS, appraisals::jobs::close_peers),
    (plans::jobs::REMIND, plans::jobs::remind),
    (imports::jobs::CHECK, imports::jobs::check),
    (imports::jobs::LOAD, imports::jobs::load),
    (appraisals::jobs::RELEASE, appraisals::jobs::release),
    (recruitment::jobs::REMIND, recruitment::jobs::remind),
    (reports::jobs::BUNDLE, reports::jobs::bundle),
    (recruitment::jobs::RETAIN, recruitment::jobs::retain),
    (admin::jobs::CHECK, admin::jobs::check),
    (admin::jobs::VERIFY, admin::jobs::verify),
    (admin::jobs::TIDY, admin::jobs::tidy),
];

/// How often a process looks for jobs that are due.
const LOOK: Duration = Duration::from_secs(1);

/// Serves until the process is told to stop; requests under way are finished. Jobs run on a thread beside, and
/// letters leave from there where there is a mailer.
///
/// # Errors
/// When the address cannot be listened on, or plain http would leave this machine.
pub async fn serve(site: web::Data<Site>, listen: &str, mailer: Option<Mailer>) -> Result<()> {
    let refused = |e: std::io::Error| {
        Error::invalid(
            Message::new("serve-cannot-listen")
                .with("address", listen)
                .with("cause", e),
        )
    };
    let addresses: Vec<std::net::SocketAddr> = std::net::ToSocketAddrs::to_socket_addrs(listen)
        .map_err(refused)?
        .collect();
    if site.outside.host.is_none() && addresses.iter().any(|a| !a.ip().is_loopback()) {
        return Err(Error::invalid(Message::new("serve-needs-public-url")));
    }
    let served = site.clone();
    let server = HttpServer::new(move || {
        App::new()
            .app_data(served.clone())
            .wrap(Compress::default())
            .wrap(from_fn(problems::around))
            .configure(routes)
    })
    .client_request_timeout(Duration::from_secs(5))
    .keep_alive(Duration::from_secs(15))
    .shutdown_timeout(8)
    .bind(&addresses[..])
    .map_err(refused)?;
    static ENDED: AtomicBool = AtomicBool::new(false);
    ENDED.store(false, Ordering::Relaxed);
    let worker = std::thread::spawn(move || {
        let mut planned = None;
        while !ENDED.load(Ordering::Relaxed) {
            let (today, now) = (site.today(), site.now());
            if planned != Some(today) {
                match site
                    .db()
                    .write(|conn| admin::jobs::plan_day(conn, today, now))
                {
                    Ok(()) => planned = Some(today),
                    Err(e) => tracing::error!(error = %e, "the jobs of the day were not planned"),
                }
            }
            if let Err(e) = jobs::run_due(site.db(), &site.clock, JOBS) {
                tracing::error!(error = %e, "jobs could not be run");
            }
            if let Some(mailer) = &mailer
                && let Err(e) = mailer.send_due(site.db(), &site.clock)
            {
                tracing::error!(error = %e, "mail could not be sent");
            }
            std::thread::sleep(LOOK);
        }
    });
    let served = server.run().await;
    ENDED.store(true, Ordering::Relaxed);
    if worker.join().is_err() {
        tracing::error!("the thread of the jobs panicked");
    }
    Ok(served?)
}
