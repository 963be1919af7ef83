//! The REST interface: its applications, users and settings.

use std::fmt::Write as _;

use stasis::{ApplicationSnapshot, Command as Ask};

use crate::console::answer::{Answer, Trouble};
use crate::console::command::{Command, Complete};
use crate::console::operator::Operator;
use crate::console::value::{Value, record};

pub(super) const APPS: Command = Command {
    words: "ari show apps",
    arguments: "",
    summary: "List registered applications.",
    usage: "Usage: ari show apps\n       Lists the Stasis applications there are.",
    complete: Complete::Nothing,
    run: |operator, call| {
        Box::pin(async move {
            call.exactly::<0>()?;
            let all = applications(&operator).await?;
            Ok(Answer::new(all.iter().map(application).collect(), |all| {
                let mut text = format!("{:<25}\n{}\n", "Application Name", "=".repeat(25));
                for application in all.items() {
                    let _ = writeln!(text, "{:<25}", application["name"]);
                }
                text
            }))
        })
    },
};

pub(super) const APP: Command = Command {
    words: "ari show app",
    arguments: "",
    summary: "Display details of a registered application.",
    usage: "Usage: ari show app <application>\n       Shows what an application is subscribed to.",
    complete: Complete::Application,
    run: |operator, call| {
        Box::pin(async move {
            let [name] = call.exactly()?;
            let all = applications(&operator).await?;
            let found = all.iter().find(|known| *known.name == *name);
            let found = found.ok_or_else(|| Trouble::Failed(String::new()))?;
            Ok(Answer::new(application(found), whole))
        })
    },
};

pub(super) const USERS: Command = Command {
    words: "ari show users",
    arguments: "",
    summary: "List ARI users",
    usage: "Usage: ari show users\n       Lists the users of the REST interface.",
    complete: Complete::Nothing,
    run: |operator, call| {
        Box::pin(async move {
            call.exactly::<0>()?;
            let ari = operator.reloader.ari();
            let mut users: Vec<&ari::User> = ari.iter().flat_map(|ari| &ari.front.users).collect();
            users.sort_by(|one, other| one.name.cmp(&other.name));
            let user = |user: &ari::User| {
                record! { "read_only" => user.read_only, "acl" => false, "name" => user.name.as_str() }
            };
            Ok(Answer::new(users.into_iter().map(user).collect(), |users| {
                let mut text = "r/o?  ACL?  Username\n----  ----  --------\n".to_owned();
                for user in users.items() {
                    let _ = writeln!(text, "{:<4}  {:<4}  {}", user["read_only"], user["acl"], user["name"]);
                }
                text
            }))
        })
    },
};

pub(super) const STATUS: Command = Command {
    words: "ari show status",
    arguments: "",
    summary: "Show ARI settings",
    usage: "Usage: ari show status\n       Shows how the REST interface is set.",
    complete: Complete::Nothing,
    run: |operator, call| {
        Box::pin(async move {
            call.exactly::<0>()?;
            let ari = operator.reloader.ari();
            let front = ari.as_ref().map(|ari| &ari.front);
            let data = record! {
                "enabled" => front.is_some(),
                "output_format" => if front.is_some_and(|front| front.pretty) { "pretty" } else { "compact" },
                "auth_realm" => front.map(|front| front.realm.as_str()),
                "allowed_origins" => front.map(|front| front.allowed_origins.join(",")),
            };
            Ok(Answer::new(data, |data| {
                format!(
                    "ARI Status:\nEnabled: {}\nOutput format: {}\nAuth realm: {}\nAllowed Origins: {}\n",
                    data["enabled"], data["output_format"], data["auth_realm"], data["allowed_origins"]
                )
            }))
        })
    },
};

async fn applications(operator: &Operator) -> Result<Vec<ApplicationSnapshot>, Trouble> {
    match operator.board.ask(Ask::Applications).await {
        Ok(Ok(stasis::Answer::Applications(mut all))) => {
            all.sort_by(|one, other| one.name.cmp(&other.name));
            Ok(all)
        }
        Ok(_) | Err(_) => Err(Trouble::Failed(String::new())),
    }
}

fn application(application: &ApplicationSnapshot) -> Value {
    let list = |names: &[String]| names.iter().map(|name| Value::from(name.as_str())).collect::<Value>();
    record! {
        "name" => &application.name,
        "channels" => list(&application.channels),
        "bridges" => list(&application.bridges),
        "endpoints" => list(&application.endpoints),
        "devices" => list(&application.devices),
    }
}

fn whole(application: &Value) -> String {
    let mut text = format!("Name: {}\n  Subscriptions: \n", application["name"]);
    for (title, field) in [
        ("Channels", "channels"),
        ("Bridges", "bridges"),
        ("Endpoints", "endpoints"),
        ("Device states", "devices"),
    ] {
        let _ = writeln!(text, "    {title}: {}", application[field].items().len());
        for one in application[field].items() {
            let _ = writeln!(text, "      {one}");
        }
    }
    text
}
