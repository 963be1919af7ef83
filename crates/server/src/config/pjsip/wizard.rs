//! `pjsip_wizard.conf`: one section stands for the objects of a phone or a trunk.

use conf::{Complaint, Reader, Section, SectionReader, Standing, Understanding};
use signalling::config::Config;

use super::super::{Files, Report};
use super::words::parts;
use super::{Sockets, acl, read_section, references, table};

const NAME: &str = "pjsip_wizard.conf";
/// What stands before the options of each object, and the type of the object.
const PREFIXES: &[(&str, &str)] = &[
    ("endpoint/", "endpoint"),
    ("aor/", "aor"),
    ("inbound_auth/", "auth"),
    ("outbound_auth/", "auth"),
    ("identify/", "identify"),
    ("registration/", "registration"),
    ("phoneprov/", "phoneprov"),
];

/// Reads the file's wizards into objects.
pub(super) fn read(files: &mut Files, report: &mut Report, lists: &acl::Lists, sip: &mut Config) {
    let Some(file) = files.parse(NAME) else { return };
    let reader = Reader::new(&file);
    let mut sections = Vec::new();
    for section in reader.sections() {
        expand(&section, &mut sections);
    }
    let objects = file.with_sections(sections);
    let object_reader = Reader::new(&objects);
    for section in object_reader.sections() {
        // A wizard makes no transports.
        read_section(&section, lists, sip, &mut Sockets::new());
    }
    references::check(&object_reader, sip);
    report.read(NAME, &file, both(reader.finish(), object_reader.finish()));
}

/// One section's objects, as Asterisk names them.
fn expand(section: &SectionReader<'_, '_>, objects: &mut Vec<Section>) {
    let name = section.name();
    match section.get("type") {
        Some(kind) if kind.eq_ignore_ascii_case("wizard") => {}
        // Asterisk passes over other sections; templates come to this.
        Some(_) | None => {
            let help = Some("write `type = wizard` below it");
            return section.refuse(&format!("[{name}] is no wizard; it was ignored"), help);
        }
    }
    let own = section.section().entries();
    for entry in own.iter().filter(|entry| PREFIXES.iter().any(|(prefix, _)| entry.key.starts_with(prefix))) {
        section.know(&[&entry.key]);
    }
    let wizard = Wizard {
        section,
        hosts: section.entry("remote_hosts").into_iter().flat_map(parts).map(|(host, _)| host).collect(),
    };
    objects.extend(wizard.auth("outbound_auth/", "sends_auth", "oauth"));
    objects.extend(wizard.auth("inbound_auth/", "accepts_auth", "iauth"));
    objects.push(wizard.aor());
    objects.push(wizard.endpoint());
    objects.extend(wizard.identify());
    objects.extend(wizard.registrations());
    table::apply(section, &table::WIZARD);
}

struct Wizard<'a, 'r, 's> {
    section: &'s SectionReader<'a, 'r>,
    hosts: Vec<&'a str>,
}

impl Wizard<'_, '_, '_> {
    fn says(&self, key: &str) -> bool {
        self.section.boolean(key, false)
    }

    fn value(&self, key: &str) -> Option<&str> {
        self.section.get(key).filter(|value| !value.is_empty())
    }

    /// An object with the options that stand below a prefix.
    fn object(&self, name: &str, kind: &str, prefix: &str) -> Section {
        let span = self.section.span();
        let mut object = Section::made(name, span);
        object.push("type", kind, span);
        for entry in self.section.section().entries() {
            if let Some(key) = entry.key.strip_prefix(prefix) {
                object.push_entry(key, entry);
            }
        }
        object
    }

    /// Adds a line that the wizard makes of one of its own keys, at the place of that key.
    fn add(&self, object: &mut Section, key: &str, value: &str, of: &str) {
        let span = self.section.section().entry(of).map_or(self.section.span(), |entry| entry.value_span);
        object.push(key, value, span);
    }

    fn add_shared(&self, object: &mut Section, keys: &[&str]) {
        for key in keys {
            if let Some(value) = self.value(key) {
                self.add(object, key, value, key);
            }
        }
    }

    fn named(&self, suffix: &str) -> String {
        format!("{}-{suffix}", self.section.name())
    }

    fn lack(&self, what: &str) {
        let name = self.section.name();
        let complaint = Complaint::error(self.section.span(), format!("[{name}] has no `{what}`"));
        self.section.complain(complaint.with_help(format!("write `{what} = …` below it")));
    }

    fn auth(&self, prefix: &str, flag: &str, suffix: &str) -> Option<Section> {
        if !self.says(flag) {
            return None;
        }
        let username = format!("{prefix}username");
        if self.value(&username).is_none() {
            self.lack(&username);
            return None;
        }
        let mut auth = self.object(&self.named(suffix), "auth", prefix);
        if auth.get("auth_type").is_none() {
            self.add(&mut auth, "auth_type", "userpass", flag);
        }
        Some(auth)
    }

    fn aor(&self) -> Section {
        let mut aor = self.object(self.section.name(), "aor", "aor/");
        if aor.get("contact").is_none() {
            let pattern = self.value("contact_pattern").unwrap_or("sip:${REMOTE_HOST}");
            for host in &self.hosts {
                self.add(&mut aor, "contact", &pattern.replace("${REMOTE_HOST}", host), "remote_hosts");
            }
        }
        self.add_shared(&mut aor, &["outbound_proxy"]);
        aor
    }

    fn endpoint(&self) -> Section {
        let name = self.section.name();
        let mut endpoint = self.object(name, "endpoint", "endpoint/");
        self.add(&mut endpoint, "aors", name, "type");
        self.add_shared(&mut endpoint, &["transport", "outbound_proxy"]);
        if self.says("sends_auth") {
            self.add(&mut endpoint, "outbound_auth", &self.named("oauth"), "sends_auth");
        }
        if self.says("accepts_auth") {
            self.add(&mut endpoint, "auth", &self.named("iauth"), "accepts_auth");
        }
        endpoint
    }

    fn identify(&self) -> Option<Section> {
        let name = self.section.name();
        if self.says("accepts_registrations") || self.says("sends_line_with_registrations") {
            return None;
        }
        let mut identify = self.object(&self.named("identify"), "identify", "identify/");
        if self.hosts.is_empty() && identify.get("match").is_none() {
            self.lack("remote_hosts");
            return None;
        }
        self.add(&mut identify, "endpoint", name, "type");
        if identify.get("match").is_none() {
            for host in &self.hosts {
                self.add(&mut identify, "match", without_port(host), "remote_hosts");
            }
        }
        Some(identify)
    }

    fn registrations(&self) -> Vec<Section> {
        if !self.says("sends_registrations") {
            return Vec::new();
        }
        if self.hosts.is_empty() {
            self.lack("remote_hosts");
            return Vec::new();
        }
        let name = self.section.name();
        let user = match self.says("sends_auth") {
            true => self.value("outbound_auth/username").unwrap_or(name),
            false => name,
        };
        let server = self.value("server_uri_pattern").unwrap_or("sip:${REMOTE_HOST}");
        let client = self.value("client_uri_pattern").unwrap_or("sip:${USERNAME}@${REMOTE_HOST}");
        let made = |(at, host): (usize, &&str)| {
            let filled = |pattern: &str| pattern.replace("${REMOTE_HOST}", host).replace("${USERNAME}", user);
            let mut registration =
                self.object(&self.named(&format!("reg-{at}")), "registration", "registration/");
            self.add(&mut registration, "server_uri", &filled(server), "remote_hosts");
            self.add(&mut registration, "client_uri", &filled(client), "remote_hosts");
            if self.says("sends_auth") {
                self.add(&mut registration, "outbound_auth", &self.named("oauth"), "sends_auth");
            }
            if self.says("sends_line_with_registrations") {
                self.add(&mut registration, "line", "yes", "sends_line_with_registrations");
                self.add(&mut registration, "endpoint", name, "sends_line_with_registrations");
            }
            self.add_shared(&mut registration, &["transport", "outbound_proxy"]);
            registration
        };
        self.hosts.iter().enumerate().map(made).collect()
    }
}

/// A host without its port; an IPv6 address keeps its colons.
fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if !name.contains(':') || name.ends_with(']') => {
            if port.bytes().all(|byte| byte.is_ascii_digit()) { name } else { host }
        }
        Some(_) | None => host,
    }
}

/// What is to be said of the wizards and of the objects they stand for. An option is what its object made of it.
fn both(wizards: conf::Report, objects: conf::Report) -> conf::Report {
    let conf::Report { mut complaints, mut understandings } = wizards;
    complaints.extend(objects.complaints);
    complaints.sort_by_key(|complaint| complaint.span);
    complaints.dedup();
    let standing = |it: &Understanding| {
        let of_object =
            objects.understandings.iter().find(|other| other.span == it.span && other.key.is_some());
        of_object.map(|other| other.standing)
    };
    for understanding in understandings.iter_mut().filter(|it| it.key.is_some()) {
        if let (Standing::Understood, Some(standing)) = (understanding.standing, standing(understanding)) {
            understanding.standing = standing;
        }
    }
    conf::Report { complaints, understandings }
}
