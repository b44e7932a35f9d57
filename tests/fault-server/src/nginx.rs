//! A real nginx that closes HTTP/2 connections after a number of requests. Needs an installed nginx.

use std::fs;
use std::io::Result;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::server::temporary;

/// A running nginx. Dropping it stops the process.
pub(crate) struct Nginx {
    process: Child,
    folder: PathBuf,
    port: u16,
}

impl Nginx {
    /// Starts nginx, which ends each connection after `requests` requests. `certificate` is a file with a certificate and
    /// its key.
    pub(crate) fn start(requests: u64, certificate: &Path) -> Result<Self> {
        let folder = temporary("nginx");
        fs::create_dir_all(&folder)?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let (certificate, body) = (certificate.display(), r#"{"success":true,"data":{"id":"own"}}"#);
        let config = format!(
            "daemon off; master_process off; pid nginx.pid; error_log error.log;
            events {{ worker_connections 4096; }}
            http {{
                access_log off;
                client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi;
                scgi_temp_path scgi;
                server {{
                    listen 127.0.0.1:{port} ssl http2;
                    ssl_certificate {certificate}; ssl_certificate_key {certificate};
                    keepalive_requests {requests};
                    location / {{ default_type application/json; return 200 '{body}'; }}
                }}
            }}"
        );
        fs::write(folder.join("nginx.conf"), config)?;
        let process = Command::new("nginx")
            .args(["-e", "error.log", "-c", "nginx.conf", "-p"])
            .arg(&folder)
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let nginx = Self { process, folder, port };
        for _ in 0..500 {
            if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        Ok(nginx)
    }

    pub(crate) fn base_url(&self) -> String {
        format!("https://localhost:{}", self.port)
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // Ignore errors: the process may have ended, and a remaining temporary folder does not affect tests.
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}
