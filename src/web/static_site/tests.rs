//! What the server of a bundle gives, and above all what it does not.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use actix_web::body::to_bytes;
use actix_web::test::{TestRequest, call_service, init_service};
use tempfile::TempDir;

use super::*;

/// A bundle in `site`, with a file beside it that nobody may reach.
fn bundle() -> TempDir {
    let root = TempDir::new().unwrap();
    let site = root.path().join("site");
    fs::create_dir_all(site.join("people")).unwrap();
    fs::write(root.path().join("secret.html"), "secret").unwrap();
    fs::write(site.join("index.html"), "<p>start").unwrap();
    fs::write(site.join("people/index.html"), "<p>people").unwrap();
    fs::write(site.join("people/甲 1.html"), "<p>甲").unwrap();
    fs::write(site.join("style.css"), "p {}").unwrap();
    fs::write(site.join("data.json"), "{}").unwrap();
    fs::write(site.join(".hidden"), "hidden").unwrap();
    root
}

struct Answer {
    status: u16,
    headers: actix_web::http::header::HeaderMap,
    body: String,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }
}

async fn ask(root: &TempDir, request: TestRequest) -> Answer {
    let app = init_service(App::new().configure(configure(root.path().join("site")))).await;
    let response = call_service(&app, request.to_request()).await;
    let status = response.status().as_u16();
    let headers = response.headers().clone();
    let body = to_bytes(response.into_body()).await.unwrap();
    Answer {
        status,
        headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
    }
}

async fn get(root: &TempDir, path: &str) -> Answer {
    ask(root, TestRequest::get().uri(path)).await
}

#[actix_web::test]
async fn pages_come_with_their_type_and_the_safety_headers() {
    let root = bundle();
    for (path, kind, body) in [
        ("/", "text/html; charset=utf-8", "<p>start"),
        ("/index.html", "text/html; charset=utf-8", "<p>start"),
        ("/people/", "text/html; charset=utf-8", "<p>people"),
        (
            "/people/%E7%94%B2%201.html?x=1",
            "text/html; charset=utf-8",
            "<p>甲",
        ),
        ("/style.css", "text/css; charset=utf-8", "p {}"),
        ("/data.json", "application/json; charset=utf-8", "{}"),
    ] {
        let answer = get(&root, path).await;
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.header("content-type"), kind, "{path}");
        assert_eq!(answer.body, body, "{path}");
        assert_safe(&answer);
    }
}

fn assert_safe(answer: &Answer) {
    let policy = answer.header("content-security-policy");
    assert_eq!(
        policy,
        "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'"
    );
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert_eq!(answer.header("referrer-policy"), "no-referrer");
}

#[actix_web::test]
async fn what_is_not_there_is_a_small_plain_404_with_the_same_headers() {
    let root = bundle();
    for path in [
        "/none.html",
        "/index.html/",
        "/index.html/x",
        "/none/",
        "//",
        "/people//",
    ] {
        let answer = get(&root, path).await;
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
        assert_eq!(answer.body, "404 Not Found\n");
        assert_safe(&answer);
    }
}

#[actix_web::test]
async fn no_address_leads_out_of_the_bundle_or_to_a_hidden_file() {
    let root = bundle();
    for path in [
        "/../secret.html",
        "/people/../../secret.html",
        "/%2e%2e/secret.html",
        "/%2E%2E%2Fsecret.html",
        "/people/..%2f..%2fsecret.html",
        "/..%5csecret.html",
        "/%252e%252e/secret.html",
        "/.hidden",
        "/%2ehidden",
        "/people/../.hidden",
        "/%00",
        "/index.html%00",
        "/index.html%0a",
        "/%ff",
        "/%",
        "/%4",
        "/%2fetc/passwd",
        "//etc/passwd",
    ] {
        let answer = get(&root, path).await;
        assert_eq!(answer.status, 404, "{path}");
        assert_safe(&answer);
    }
}

#[cfg(unix)]
#[actix_web::test]
async fn links_are_followed_inside_the_bundle_only() {
    use std::os::unix::fs::symlink;
    let root = bundle();
    let site = root.path().join("site");
    symlink(root.path().join("secret.html"), site.join("out.html")).unwrap();
    symlink(root.path(), site.join("up")).unwrap();
    symlink(site.join("index.html"), site.join("in.html")).unwrap();
    assert_eq!(get(&root, "/out.html").await.status, 404);
    assert_eq!(get(&root, "/up/secret.html").await.status, 404);
    assert_eq!(get(&root, "/up").await.status, 404);
    assert_eq!(get(&root, "/in.html").await.body, "<p>start");
}

#[actix_web::test]
async fn a_folder_without_its_slash_is_sent_to_the_one_with_it() {
    let root = bundle();
    let answer = get(&root, "/people").await;
    assert_eq!(answer.status, 308);
    assert_eq!(answer.header("location"), "/people/");
}

#[actix_web::test]
async fn only_get_and_head_are_answered() {
    let root = bundle();
    for method in [
        "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "FETCH",
    ] {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let answer = ask(&root, TestRequest::get().uri("/").method(method.clone())).await;
        assert_eq!(answer.status, 405, "{method}");
        assert_eq!(answer.header("allow"), "GET, HEAD");
        assert_safe(&answer);
    }
}

#[actix_web::test]
async fn a_page_the_browser_already_has_is_not_sent_again_until_it_changes() {
    let root = bundle();
    let tag = get(&root, "/").await.header("etag").to_owned();
    let again = |tag: &str| {
        TestRequest::get()
            .uri("/")
            .insert_header(("If-None-Match", tag))
    };
    for known in [tag.as_str(), "*", &format!("\"other\", W/{tag}")] {
        let answer = ask(&root, again(known)).await;
        assert_eq!((answer.status, answer.body.as_str()), (304, ""), "{known}");
        assert_eq!(answer.header("etag"), tag);
        assert_safe(&answer);
    }
    assert_eq!(ask(&root, again("\"other\"")).await.status, 200);
    fs::write(root.path().join("site/index.html"), "<p>another").unwrap();
    let answer = ask(&root, again(&tag)).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "<p>another"));
}

#[actix_web::test]
async fn a_name_that_may_have_been_pointed_here_from_outside_is_not_answered() {
    let root = bundle();
    let named = |host: &str| TestRequest::get().uri("/").insert_header(("Host", host));
    for host in [
        "localhost:8080",
        "LOCALHOST",
        "127.0.0.1:8080",
        "[::1]:8080",
        "192.0.2.7",
    ] {
        assert_eq!(ask(&root, named(host)).await.status, 200, "{host}");
    }
    for host in [
        "evil.example",
        "localhost.evil.example:8080",
        "127.0.0.1.evil.example",
        "a b",
    ] {
        let answer = ask(&root, named(host)).await;
        assert_eq!(answer.status, 421, "{host}");
        assert_safe(&answer);
    }
}

#[actix_web::test]
async fn a_head_request_gets_the_headers_of_the_page_and_no_body() {
    let root = bundle();
    let configure = configure(root.path().join("site"));
    let server = HttpServer::new(move || App::new().configure(&configure))
        .workers(1)
        .disable_signals()
        .bind("127.0.0.1:0")
        .unwrap();
    let address = server.addrs()[0];
    let server = server.run();
    let handle = server.handle();
    actix_web::rt::spawn(server);
    let answer = web::block(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream
            .write_all(b"HEAD / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    })
    .await
    .unwrap();
    handle.stop(false).await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    assert!(
        head.to_ascii_lowercase().contains("content-length: 8"),
        "{head}"
    );
    assert_eq!(body, "");
}

#[actix_web::test]
async fn a_missing_folder_is_not_served() {
    let root = bundle();
    let error = serve_folder(root.path().join("none"), "127.0.0.1:0").await;
    assert_eq!(error.unwrap_err().kind(), ErrorKind::NotFound);
    let file = serve_folder(root.path().join("secret.html"), "127.0.0.1:0").await;
    assert_eq!(file.unwrap_err().kind(), ErrorKind::NotADirectory);
}
