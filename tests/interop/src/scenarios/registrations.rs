//! Who may register.

use std::time::Duration;

use anyhow::{Result, ensure};

use super::on_server;
use crate::program::Program;
use crate::server::{Server, Target, asset};
use crate::sipp::Sipp;

/// How long the Python script may take.
const SCRIPT: Duration = Duration::from_secs(20);

fn register(server: &Server, scenario: &str, user: &str, password: &str, expires: u32) -> Result<()> {
    let run = Sipp::own(server, scenario)?.to(user).calls(1, 1);
    run.args(&["-au", user, "-ap", password, "-key", "expires", &expires.to_string()]).run()
}

pub(super) fn with_md5(target: &Target) -> Result<()> {
    on_server(target, |server| {
        server.expect_endpoint("2001", "offline")?;
        register(server, "register", "2001", "secret", 60)?;
        server.expect_endpoint("2001", "online")?;

        register(server, "unregister", "2001", "secret", 0)?;
        server.expect_endpoint("2001", "offline")
    })
}

pub(super) fn refused(target: &Target) -> Result<()> {
    on_server(target, |server| {
        register(server, "register_refused", "2001", "wrong", 60)?;
        register(server, "register_refused", "2999", "secret", 60)?;
        server.expect_endpoint("2001", "offline")
    })
}

pub(super) fn with_sha256(target: &Target) -> Result<()> {
    on_server(target, |server| {
        let status = script(server, "secret")?;
        ensure!(status == "200", "registering was answered {status}");
        server.expect_endpoint("2003", "online")?;
        let status = script(server, "wrong")?;
        ensure!(status == "401", "a wrong password was answered {status}");
        Ok(())
    })
}

fn script(server: &Server, password: &str) -> Result<String> {
    let program =
        Program::new(super::script::python()?, &format!("register-{password}"), server.folder.path());
    let program =
        program.arg(asset("script/register.py")).arg("127.0.0.1").arg(server.sip().port().to_string());
    Ok(program.args(["2003", password]).run(SCRIPT)?.trim().to_owned())
}
